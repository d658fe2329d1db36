"""What a run is to measure, and what it found."""

from dataclasses import dataclass
from typing import Final

from benchmarks.chart import Chart
from benchmarks.engine.database import DatabaseFigure
from benchmarks.engine.documents import ConditionFigure, DocumentFigure
from benchmarks.engine.listing import ListingFigure
from benchmarks.engine.peers import PeerFigure
from benchmarks.engine.sizes import QUESTIONS, SizeFigure

ANSWERS: Final = (10, 100, 1_000, 10_000)
FIXED: Final = 1_000
"""Answers of the lists that are compared from size to size."""
LARGEST: Final = 1_000_000
"""Beyond this many relationships only checks, memory and lists are measured."""


@dataclass(frozen=True, slots=True)
class Effort:
    """What is measured, and up to which size."""

    sizes: tuple[int, ...]
    peers: tuple[int, ...]
    """Sizes at which other libraries stand beside the engine."""
    answers: tuple[int, ...] = ANSWERS
    fixed: int = FIXED
    questions: int = QUESTIONS
    """How many questions are asked of each size; slow libraries are asked fewer."""
    most: int = LARGEST
    """The largest number that a shape is tried with."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a run found."""

    effort: Effort
    sizes: tuple[SizeFigure, ...]
    documents: tuple[DocumentFigure, ...]
    condition: ConditionFigure
    databases: tuple[DatabaseFigure, ...]
    peers: tuple[PeerFigure, ...]
    missing: tuple[str, ...]
    """Libraries that are not installed."""
    shapes: tuple[Chart, ...]

    @property
    def listings(self) -> tuple[ListingFigure, ...]:
        """Every list, at every size."""
        return tuple(listing for size in self.sizes for listing in size.listings)

    @property
    def charts(self) -> tuple[Chart, ...]:
        """Every chart: the check at each size, the shapes of facts, then the lists."""
        return (self._checks(), *self.shapes, *self._lists())

    def _checks(self) -> Chart:
        spread = [(size.relationships, size.checks[0]) for size in self.sizes]
        points = [(number, {"engine": check.engine, "by hand": check.by_hand}) for number, check in spread]
        return Chart("checks", "A check, questions spread", "relationships", points)

    def _lists(self) -> tuple[Chart, ...]:
        largest = max(self.sizes, key=lambda size: size.relationships).listings
        equal = [each for each in self.listings if each.answers == self.effort.fixed]
        return (
            Chart("answers", "Lists, by their length", "answers", [(each.answers, each.values()) for each in largest]),
            Chart(
                "graph",
                f"Lists of {self.effort.fixed:,}",
                "relationships",
                [(each.relationships, each.values()) for each in equal],
            ),
        )
