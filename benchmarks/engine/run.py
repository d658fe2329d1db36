"""One run: every part in a process of its own, one after the other, so that none meets what another left behind."""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Final, ParamSpec, Protocol, TypeVar

from benchmarks.chart import Chart
from benchmarks.engine import database, documents, peers, sizes
from benchmarks.engine.catalogs import CATALOGS
from benchmarks.engine.database import DatabaseFigure
from benchmarks.engine.documents import DocumentFigure
from benchmarks.engine.measured import LARGEST, Effort, Measured
from benchmarks.engine.peers import PeerFigure
from benchmarks.engine.shapes import SHAPES, Shape
from benchmarks.engine.sizes import SizeFigure

P = ParamSpec("P")
R = TypeVar("R")

ALL_SHAPES: Final[tuple[Shape, ...]] = (*SHAPES, CATALOGS)


class Start(Protocol):
    """Carries out a measurement somewhere."""

    def __call__(self, measure: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Return what the function returns."""


def apart(measure: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
    """Return what a function returns in a fresh process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(measure, *args, **kwargs).result()


def run(effort: Effort, tell: Callable[[str], None], start: Start = apart) -> Measured:
    """Return what everything takes; `tell` hears what is being measured."""
    parts = _Parts(effort, tell, start)
    return Measured(
        effort=effort,
        sizes=tuple(parts.sizes()),
        documents=tuple(parts.documents()),
        condition=start(documents.measure_condition),
        databases=tuple(parts.databases()),
        peers=tuple(parts.peers()),
        missing=tuple(peers.missing()),
        shapes=tuple(parts.shapes()),
    )


def chart_of(name: str, most: int) -> Chart:
    """Return the chart of the shape with this name, which is how a shape is told to another process."""
    return next(shape for shape in ALL_SHAPES if shape.name == name).chart(most)


@dataclass(frozen=True, slots=True)
class _Parts:
    effort: Effort
    tell: Callable[[str], None]
    start: Start

    def sizes(self) -> Iterator[SizeFigure]:
        """Iterate over the sizes; lists of every length are for the largest, of one length for the others."""
        for size in self.effort.sizes:
            self.tell(f"{size:,} relationships")
            several = self.effort.answers if size == max(self.effort.sizes) else ()
            answers = tuple(sorted({*several, self.effort.fixed}))
            yield self.start(sizes.measure, size, answers, self.effort.questions)

    def documents(self) -> Iterator[DocumentFigure]:
        """Iterate over the smallest and the largest moderate size."""
        for size in sorted({*self._moderate()[:1], *self._moderate()[-1:]}):
            self.tell(f"documents in folders, {size:,} relationships")
            yield self.start(documents.measure, size, self.effort.questions // 2)

    def databases(self) -> Iterator[DatabaseFigure]:
        """Iterate over the largest moderate size."""
        for size in self._moderate()[-1:]:
            self.tell(f"loading {size:,} relationships from a database")
            yield self.start(database.measure, size)

    def peers(self) -> Iterator[PeerFigure]:
        """Iterate over other libraries at the sizes at which they are asked, which they are less often."""
        for size in self.effort.peers:
            self.tell(f"other libraries, {size:,} relationships")
            yield from self.start(peers.measure, size, min(self.effort.questions, peers.QUESTIONS))

    def shapes(self) -> Iterator[Chart]:
        """Iterate over what is varied."""
        for shape in ALL_SHAPES:
            self.tell(shape.title.lower())
            yield self.start(chart_of, shape.name, self.effort.most)

    def _moderate(self) -> list[int]:
        return sorted(size for size in self.effort.sizes if size <= LARGEST)
