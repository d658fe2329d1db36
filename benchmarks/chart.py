"""A chart: what is varied along one axis, what one question then takes along the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Chart:
    """One picture among several, and the figures it is made of."""

    name: str
    title: str
    varied: str
    """What is varied, as it stands beneath the picture."""
    points: Sequence[tuple[int, Mapping[str, float]]]
    """For each number that was tried, the microseconds of each line by its name."""
    even: bool = False
    """Whether equal steps are equal on the axis of values, which then begins at nothing; by powers of ten otherwise."""
    even_across: bool = False
    """The same for the numbers."""

    @property
    def lines(self) -> list[str]:
        """The names of the lines, in the order in which the first point has them."""
        return list(self.points[0][1])

    def raw(self) -> dict[str, Any]:
        """Return the figures for programs."""
        points = [{"number": number, **values} for number, values in self.points]
        return {"name": self.name, "title": self.title, "varied": self.varied, "microseconds": points}
