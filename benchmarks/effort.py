"""How much is done for each figure."""

from dataclasses import dataclass
from typing import Final

from benchmarks.organization import Size

CALM: Final = 2
"""Connections at which a server has time."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is done for each figure."""

    seconds: float
    """For each measurement; its warm-up comes before and is a quarter of it."""
    connections: int
    size: Size

    @property
    def warm_up(self) -> float:
        """Seconds before answers count."""
        return min(self.seconds / 4, 1.0)
