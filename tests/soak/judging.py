"""Judging a series: whether what was measured again and again grows, by a slope that outliers do not turn."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt
from statistics import median
from typing import Final

_CONFIDENCE: Final = 1.96
"""Of a normal distribution, what 95 % lie within."""
_POINTS: Final = 240
"""Points that are compared at most: neighbours are put together, which makes them more independent, too."""


@dataclass(frozen=True, slots=True)
class Bound:
    """How much more of something there may be at the end of what is judged than at its beginning."""

    share: float
    """Of the median."""
    least: float
    """That much is nothing, whatever the median."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said of one series."""

    name: str
    median: float
    first: float
    last: float
    growth: float
    """From the beginning to the end of what was judged, by the slope of Theil and Sen."""
    surely: float
    """The lower end of the interval in which that lies with 95 % confidence."""
    allowed: float

    @property
    def grows(self) -> bool:
        """Whether there is more and more of it."""
        return self.growth > self.allowed and self.surely > 0


def judged(name: str, points: Sequence[tuple[float, float]], bound: Bound) -> Verdict:
    """Return what is to be said of values by time, once what comes first was left out.

    Raises ValueError where there are fewer than eight.
    """
    if len(points) < 8:
        raise ValueError(f"{len(points)} measurements of {name} are too few")
    thinned = _together(points)
    slopes = sorted((b[1] - a[1]) / (b[0] - a[0]) for a, b in combinations(thinned, 2))
    lasting = points[-1][0] - points[0][0]
    middle = median(value for _, value in points)
    return Verdict(
        name,
        middle,
        points[0][1],
        points[-1][1],
        median(slopes) * lasting,
        slopes[_lower(len(thinned), len(slopes))] * lasting,
        max(bound.share * middle, bound.least),
    )


def _together(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    size = -(-len(points) // _POINTS)
    lots = [points[start : start + size] for start in range(0, len(points), size)]
    return [(median(at for at, _ in lot), median(value for _, value in lot)) for lot in lots]


def _lower(points: int, slopes: int) -> int:
    """Return which slope is the lower end of the confidence interval (Sen 1968)."""
    spread = _CONFIDENCE * sqrt(points * (points - 1) * (2 * points + 5) / 18)
    return max(0, int((slopes - spread) / 2))
