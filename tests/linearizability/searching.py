"""The search: every state that can be reached is looked at once, the nearest first."""

from array import array
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations_with_replacement
from typing import Final, NamedTuple

from tests.linearizability.mistakes import Mistake
from tests.linearizability.model import Rules, aged
from tests.linearizability.states import HINTED, Database, Kind, Process, Seen, Step, facts_at

PROCESSES: Final = 3


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much may happen in one history, beside what happens by itself."""

    commits: int = 0
    plain: int = 0
    bounded: int = 0
    faults: int = 0
    hints: int = 0
    periods: int = 0
    evictions: int = 0
    trims: int = 0
    heads: tuple[int, ...] = (1, 2, 3, 4)
    """The revisions that histories begin with: every place in the circle of changes."""


class Left(NamedTuple):
    """What may still happen."""

    commits: int
    plain: int
    bounded: int
    faults: int
    hints: int
    periods: int
    evictions: int
    trims: int


class State(NamedTuple):
    """Everything there is: processes by their numbers, in order, as they are alike."""

    database: Database
    now: int
    """The head when this period began."""
    left: Left
    processes: tuple[int, ...]


class Move(NamedTuple):
    """A step from one state to another."""

    told: str
    after: State
    wrong: str
    by_itself: bool


_SPENT: Final = {
    Kind.PLAIN_REQUEST: "plain",
    Kind.BOUNDED_REQUEST: "bounded",
    Kind.FAULT: "faults",
    Kind.HINT: "hints",
    Kind.EVICTION: "evictions",
}


class Moves:
    """What may happen in a state. What one process may do is worked out once for all states that it is alike in."""

    def __init__(self, bounds: Bounds, mistake: Mistake | None) -> None:
        """Allow what is within bounds, with a mistake in each process."""
        self._rules = Rules(mistake, remembers=bounds.bounded > 0)
        self._bounds = bounds
        self._numbers: dict[Process, int] = {}
        self._processes: list[Process] = []
        self._steps: dict[tuple[int, Database], list[tuple[Kind, str, int, str]]] = {}

    def number(self, process: Process) -> int:
        """Return the number of a process in one condition."""
        if process not in self._numbers:
            self._numbers[process] = len(self._processes)
            self._processes.append(process)
        return self._numbers[process]

    def first(self) -> Iterator[State]:
        """Yield the states that histories begin with: each process has the newest picture or none."""
        bounds = self._bounds
        left = Left(
            bounds.commits,
            bounds.plain,
            bounds.bounded,
            bounds.faults,
            bounds.hints,
            bounds.periods,
            bounds.evictions,
            bounds.trims,
        )
        for head in bounds.heads:
            warm = Process(picture=Seen(head, facts_at(head)), kept=True)
            conditions = sorted((self.number(Process()), self.number(warm)))
            for processes in combinations_with_replacement(conditions, PROCESSES):
                yield State(Database(head, 0, head), head, left, processes)

    def all(self, state: State) -> Iterator[Move]:
        """Yield everything that may happen next."""
        yield from self._around(state)
        left, processes = state.left, state.processes
        for place, number in enumerate(processes):
            if place and processes[place - 1] == number:
                continue  # The same, done by its twin.
            others = processes[:place] + processes[place + 1 :]
            for kind, told, after, wrong in self._of(number, state.database):
                spent = left
                if kind is not Kind.PROGRESS:
                    name = _SPENT[kind]
                    if not getattr(left, name):
                        continue
                    spent = left._replace(**{name: getattr(left, name) - 1})
                moved = state._replace(left=spent, processes=tuple(sorted((*others, after))))
                yield Move(told, moved, wrong, kind is Kind.PROGRESS)

    def _of(self, number: int, database: Database) -> list[tuple[Kind, str, int, str]]:
        known = self._steps.get((number, database))
        if known is None:
            steps: Iterator[Step] = self._rules.steps(self._processes[number], database)
            known = [(step.kind, step.told, self.number(step.after), step.wrong) for step in steps]
            self._steps[number, database] = known
        return known

    def _around(self, state: State) -> Iterator[Move]:
        """Yield what happens outside of all processes."""
        database, left = state.database, state.left
        if left.commits:
            committed = database._replace(head=database.head + 1)
            fewer = left._replace(commits=left.commits - 1)
            told = f"{committed.head} is committed and acknowledged"
            yield Move(told, state._replace(database=committed, left=fewer), "", by_itself=False)
        for entry in range(database.trimmed + 1, database.head + 1) if left.trims else ():
            trimmed = state._replace(
                database=database._replace(trimmed=entry), left=left._replace(trims=left.trims - 1)
            )
            yield Move(f"the log is trimmed up to {entry}", trimmed, "", by_itself=False)
        if left.periods:
            later = tuple(sorted(self.number(aged(self._processes[number])) for number in state.processes))
            past = database._replace(past=state.now)
            fewer = left._replace(periods=left.periods - 1)
            yield Move("a period ends", State(past, database.head, fewer, later), "", by_itself=False)

    def is_quiet(self, state: State) -> bool:
        """Return whether nobody waits for an answer."""
        waiting = (one for number in state.processes for one in self._processes[number].requests)
        return all(one.floor == HINTED for one in waiting)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a search found."""

    states: int
    moves: int
    wrong: str = ""
    """What went wrong first, if anything did."""
    trace: tuple[str, ...] = ()
    """The shortest history that leads there."""


@dataclass
class _Found:
    """The states found so far, each with how it was come by, and the moves that happen by themselves."""

    numbers: dict[State, int] = field(default_factory=dict)
    come_by: list[tuple[int, str]] = field(default_factory=list)
    quiet: list[int] = field(default_factory=list)
    waiting: deque[State] = field(default_factory=deque)
    """Those from which nothing was tried yet, the nearest first."""
    by_itself: "tuple[array[int], array[int]]" = field(default_factory=lambda: (array("L"), array("L")))

    def add(self, state: State, before: int, told: str, *, quiet: bool) -> int:
        """Number a state that was not found before, after the one that led to it."""
        number = self.numbers[state] = len(self.come_by)
        self.come_by.append((before, told))
        self.waiting.append(state)
        if quiet:
            self.quiet.append(number)
        return number

    def history(self, number: int) -> tuple[str, ...]:
        """Return what led to a state, the first thing first."""
        told = []
        while number >= 0:
            number, words = self.come_by[number]
            told.append(words)
        return tuple(reversed(told))

    def stuck(self) -> int | None:
        """Return the first state in which a request waits that nothing answers by itself; None when there is none."""
        origins: defaultdict[int, list[int]] = defaultdict(list)
        for origin, target in zip(*self.by_itself, strict=True):
            origins[target].append(origin)
        answerable = bytearray(len(self.come_by))
        reached = list(self.quiet)
        while reached:
            number = reached.pop()
            if not answerable[number]:
                answerable[number] = 1
                reached += origins.get(number, ())
        place = answerable.find(0)
        return None if place < 0 else place


def search(bounds: Bounds, mistake: Mistake | None = None) -> Outcome:
    """Look at every state within bounds: at the first wrong answer end, at the end look for who is never answered."""
    moves, found = Moves(bounds, mistake), _Found()
    for state in moves.first():
        found.add(state, -1, f"the newest revision is {state.database.head}", quiet=moves.is_quiet(state))
    made = 0
    for here, move in _explored(moves, found):
        made += 1
        if move.wrong:
            return Outcome(len(found.come_by), made, move.wrong, (*found.history(here), move.told))
    stuck = found.stuck()
    if stuck is not None:
        return Outcome(len(found.come_by), made, "never answered", found.history(stuck))
    return Outcome(len(found.come_by), made)


def _explored(moves: Moves, found: _Found) -> Iterator[tuple[int, Move]]:
    """Yield every move from every state, with the number of the state, until there is no state left."""
    while found.waiting:
        state = found.waiting.popleft()
        here = found.numbers[state]
        for move in moves.all(state):
            yield here, move
            there = found.numbers.get(move.after)
            if there is None:
                there = found.add(move.after, here, move.told, quiet=moves.is_quiet(move.after))
            if move.by_itself:
                found.by_itself[0].append(here)
                found.by_itself[1].append(there)
