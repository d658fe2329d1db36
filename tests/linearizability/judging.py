"""What must be answered when, and every answer that was wrong.

All moments are read from one monotonic clock, in the one process that sends every request.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

KEPT: Final = 64
"""Turns of a token's life that are kept: no check lasts as long as that many."""
SHARP: Final = 0.001
"""Seconds after an acknowledgement within which a check is the sharpest that there can be."""
Verdict: TypeAlias = Literal["allowed", "denied", "undecided", "stale allow", "false denial"]
"""What an answer was."""
_SHOWN: Final = 20
"""Violations that are told one by one; all are counted."""


@dataclass(frozen=True, slots=True)
class Turn:
    """From this moment on a token must be allowed, or denied, or either while a change is under way (None)."""

    at: float
    allowed: bool | None
    why: str


class Life:
    """What may be answered about one token, from its issue on."""

    def __init__(self, at: float) -> None:
        """Be allowed from a moment on."""
        self._turns = [Turn(at, allowed=True, why="issued")]

    def turn(self, at: float, *, allowed: bool | None, why: str) -> None:
        """Say what holds from a moment on, which is later than all that were said."""
        self._turns.append(Turn(at, allowed, why))
        if len(self._turns) > 2 * KEPT:
            del self._turns[:KEPT]

    def between(self, start: float, end: float) -> Turn | None:
        """Return what held from before `start` until after `end`; None when something changed or nobody knows."""
        place = bisect_left(self._turns, start, key=lambda turn: turn.at) - 1
        if place < 0 or (place + 1 < len(self._turns) and self._turns[place + 1].at <= end):
            return None
        held = self._turns[place]
        return None if held.allowed is None else held


@dataclass(frozen=True, slots=True)
class Check:
    """One question about a token and its answer."""

    process: int
    kind: str
    organization: str
    start: float
    end: float
    allowed: bool
    revision: int | None
    """What the answer says it is true of, if it says so."""


@dataclass
class Judge:
    """Hears every check, and knows what the last acknowledged change of each organization was."""

    verdicts: Counter[str] = field(default_factory=Counter)
    """How many checks were denied, allowed, undecided, or wrong in which way."""
    sharp: int = 0
    """How many of those denied were sent within a millisecond after the acknowledgement."""
    violations: list[str] = field(default_factory=list)
    _floors: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def stale(self) -> int:
        """How often something was allowed that had been taken away."""
        return self.verdicts["stale allow"]

    @property
    def wrong(self) -> int:
        """How many answers were wrong."""
        return sum(self.verdicts[kind] for kind in ("stale allow", "false denial", "revision from the past"))

    def floor(self, organization: str) -> int:
        """Return the newest revision that anybody was told of: no check that starts now may be told of an older one."""
        return self._floors[organization]

    def told(self, organization: str, revision: int) -> None:
        """Note that somebody was told of a revision."""
        self._floors[organization] = max(self._floors[organization], revision)

    def hear(self, check: Check, life: Life, floor: int) -> Verdict:
        """Judge a check and return the verdict; `floor` is what was the floor when it started."""
        if check.revision is not None:
            if check.revision < floor:
                self._note("revision from the past", check, f"of {check.revision}, though {floor} was known")
            self.told(check.organization, check.revision)
        held = life.between(check.start, check.end)
        if held is None:
            self.verdicts["undecided"] += 1
            return "undecided"
        if held.allowed is check.allowed:
            right: Verdict = "allowed" if check.allowed else "denied"
            self.verdicts[right] += 1
            self.sharp += not check.allowed and check.start - held.at < SHARP
            return right
        wrong: Verdict = "stale allow" if check.allowed else "false denial"
        self._note(wrong, check, f"{(check.start - held.at) * 1000:.2f} ms after: {held.why}")
        return wrong

    def _note(self, wrong: str, check: Check, words: str) -> None:
        self.verdicts[wrong] += 1
        if len(self.violations) < _SHOWN:
            self.violations.append(f"{wrong}: {check.kind} at process {check.process}, {words}")
