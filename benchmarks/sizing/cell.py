"""One cell as a simulation: replicas of the service, each one process on a processor of its own, and their database.

A request is read by the loop of its process, waits for a freshness read that began after it came, is worked out by the
loop, and where it issues a token waits for the commit that it shares with all others who waited at that moment.
"""

from dataclasses import dataclass, field
from functools import partial
from typing import Final

from benchmarks.sizing.events import Places, Then, Timeline

UNDIVIDED: Final = 0.25
"""Share of the database's work for an exchange that a whole batch causes once, the transaction itself."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What each step takes, in seconds of a processor, unless it says otherwise."""

    check: float
    exchange: float
    read: float
    """A freshness read, in the database."""
    commit: float
    """An exchange, in the database, its batch's share included when there is but one."""
    cold: float
    """What a check takes beyond another when its organization has to be loaded."""
    followed: float = 0.0
    """What a check takes beyond another when its organization has changed since the process was last asked about it."""
    way: float = 0.0
    """The way to the database and back, by the clock."""
    flush: float = 0.0
    """Until a commit is on the disk, by the clock."""


@dataclass(slots=True)
class Tally:
    """What came of requests."""

    latencies: list[float] = field(default_factory=list)
    refused: int = 0
    """Requests that were told to come again, because the database could not be read."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asked, and is told one of the two."""

    answered: Then
    refused: Then


class Database:
    """Processors that read and commit, until it is lost and until it is back."""

    def __init__(self, timeline: Timeline, processors: Places, costs: Costs) -> None:
        self._timeline = timeline
        self._processors = processors
        self.costs = costs
        self.lost = False
        self.reads = 0

    def lose(self) -> None:
        """Answer nobody from now on."""
        self.lost = True

    def recover(self) -> None:
        """Answer again."""
        self.lost = False

    def read(self, then: Then) -> None:
        """Read the newest revisions."""
        self.reads += 1
        self._timeline.after(self.costs.way / 2, partial(self._work, self.costs.read, 0.0, then))

    def commit(self, number: int, then: Then) -> None:
        """Make some exchanges durable together."""
        work = self.costs.commit * (UNDIVIDED + (1 - UNDIVIDED) * number)
        self._timeline.after(self.costs.way / 2, partial(self._work, work, self.costs.flush, then))

    def _work(self, seconds: float, flush: float, then: Then) -> None:
        self._processors.use(seconds, partial(self._timeline.after, flush + self.costs.way / 2, then))


class Process:
    """One replica."""

    def __init__(self, timeline: Timeline, database: Database, processors: Places | None = None) -> None:
        self._timeline = timeline
        self._database = database
        self._loop = Places(timeline, 1)
        self._processors = processors
        """Those of a machine that several share; none where each process has its own."""
        self._next: list[Then] = []
        self._reading = False
        self._to_commit: list[Then] = []
        self._committing = False

    @property
    def busy(self) -> float:
        """Seconds that its loop worked."""
        return self._loop.busy

    def check(self, caller: Caller, *, cold: bool = False, changed: bool = False) -> None:
        """Answer a check; what is cold or has changed is read from the database first."""
        costs = self._database.costs
        answer = partial(self._work, costs.check, caller.answered)
        if cold or changed:
            extra = costs.cold if cold else costs.followed
            self._fresh(caller, partial(self._database.read, partial(self._work, extra, answer)))
        else:
            self._fresh(caller, answer)

    def exchange(self, caller: Caller) -> None:
        """Issue a token."""
        issue = partial(self._commit, caller.answered)
        self._fresh(caller, partial(self._work, self._database.costs.exchange, issue))

    def _work(self, seconds: float, then: Then) -> None:
        if self._processors is None:
            self._loop.use(seconds, then)
        else:
            # The loop has one thread, and a thread needs one of the processors that all share.
            self._loop.with_one_of(self._processors, seconds, then)

    def _fresh(self, caller: Caller, then: Then) -> None:
        if self._database.lost:
            caller.refused()
            return
        self._next.append(then)
        self._read()

    def _read(self) -> None:
        if self._reading or not self._next:
            return
        self._reading = True
        served, self._next = self._next, []

        def seen() -> None:
            self._reading = False
            for then in served:
                then()
            self._read()

        self._database.read(seen)

    def _commit(self, then: Then) -> None:
        self._to_commit.append(then)
        self._flush()

    def _flush(self) -> None:
        if self._committing or not self._to_commit:
            return
        self._committing = True
        together, self._to_commit = self._to_commit, []

        def kept() -> None:
            self._committing = False
            for then in together:
                then()
            self._flush()

        self._database.commit(len(together), kept)
