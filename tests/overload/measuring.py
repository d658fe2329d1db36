"""What a server does when it is asked for five times what it can answer, beside what it does otherwise.

Others use the machine as well, and what they leave changes from second to second. So nothing is measured once: peak,
busy hour and flood take turns, and what counts is the server's processor time. Who wants figures measures a phase again
in which the server had to wait for a processor, and takes the median of all rounds.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final, Self

from tests.durability.server import Server
from tests.overload.house import Tenant, standing, tenant, where
from tests.overload.load import Ask, Stream, Told, TooBusyError, told

TIMES: Final = 5
ONCE: Final = 1
TRIES: Final = 10
"""How often something is measured at most until others leave the server the processor that it wants."""
_CROWD: Final = 400
"""Connections of the flood."""
_NORMAL: Final = 0.8
"""Share of the peak that is a normal, busy hour."""

KINDS: Final[dict[str, Callable[[Tenant], tuple[Ask, ...]]]] = {
    "mixed": Tenant.mixture,
    "introspection": lambda one: (one.introspection(one.token()),),
    "exchange": lambda one: (one.exchange(),),
}
"""What is asked."""


@dataclass(frozen=True, slots=True)
class Round:
    """A peak, a busy hour, and a flood, one after the other."""

    peak: Told
    normal: Told
    flood: Told

    @classmethod
    def of(cls, server: Server, asks: tuple[Ask, ...], seconds: float, *, tries: int) -> Self:
        """Measure a server. Raises TooBusyError."""
        peak = fair(server, Stream("all", asks), seconds, tries)
        normal = fair(server, Stream("all", asks, rate=_NORMAL * peak.rate, connections=64), seconds, tries)
        flood = fair(server, Stream("all", asks, rate=TIMES * peak.rate, connections=_CROWD), seconds, tries)
        return cls(peak, normal, flood)

    @property
    def phases(self) -> Sequence[tuple[str, Told]]:
        """All phases, with their names."""
        return (("peak", self.peak), ("normal", self.normal), (f"{TIMES} times the peak", self.flood))

    @property
    def answer(self) -> float:
        """Seconds of processor time that an answer takes at the peak."""
        return self.peak.server / self.peak.good

    @property
    def refusal(self) -> float:
        """Seconds of processor time that each request turned away has cost the flood's server, one way or another."""
        return (self.flood.server - self.flood.good * self.answer) / max(1, self.flood.busy)

    @property
    def goodput(self) -> float:
        """Good answers as a share of those at the peak, of a server asked for five times what its processor time gives.

        Who gets half a processor in the flood and a whole one at the peak was asked for ten times as much, and has
        turned away more. So what is left is reckoned from what a refusal has cost: of the processor time for one
        answer, what was answered and what of five was refused take all.
        """
        share = self.refusal / self.answer
        return (1 - TIMES * share) / (1 - share) if TIMES * share < 1 else 0.0

    @property
    def slower(self) -> float:
        """How much longer than normally all but one in a hundred of those let in take at most."""
        return self.flood.p99 / self.normal.p99


@dataclass(frozen=True, slots=True)
class Flood:
    """One run of some rounds."""

    rounds: tuple[Round, ...]

    @property
    def goodput(self) -> float:
        """Good answers in the flood as a share of those at the peak, for the same processor time."""
        return median(each.goodput for each in self.rounds)

    @property
    def slower(self) -> float:
        """How much longer than normally all but one in a hundred of those let in take at most."""
        return median(each.slower for each in self.rounds)

    @property
    def wrong(self) -> int:
        """Answers that must never come."""
        return sum(phase.wrong for each in self.rounds for _, phase in each.phases)

    @property
    def odd(self) -> set[str]:
        """What else came, of that which nobody expects."""
        return {odd for each in self.rounds for _, phase in each.phases for odd in phase.odd}


def flooded(server: Server, asks: tuple[Ask, ...], seconds: float, rounds: int, *, tries: int = ONCE) -> Flood:
    """Measure a server that has been asked before. Raises TooBusyError."""
    told(where(server), (Stream("all", asks),), 1.0)
    return Flood(tuple(Round.of(server, asks, seconds, tries=tries) for _ in range(rounds)))


def fair(server: Server, stream: Stream, seconds: float, tries: int) -> Told:
    """Return what becomes of a stream while the server has the processor that it wants. Raises TooBusyError.

    Who measures once takes what there is.
    """
    for _ in range(tries):
        outcome = told(where(server), (stream,), seconds)[stream.name]
        if outcome.is_fair or tries == ONCE:
            return outcome
    raise TooBusyError(f"{tries} times others had the processors when the server wanted one")


@contextmanager
def asked(directory: Path, flaw: str | None = None) -> Iterator[tuple[Server, Tenant]]:
    """Run a server with an organization until the block ends, perhaps with a flaw."""
    with standing(directory, flaw) as server:
        yield server, tenant(server, "acme")
