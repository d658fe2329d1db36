"""How much one question may cost."""

from dataclasses import dataclass
from typing import Final

WORK_LIMIT: Final = 50_000
"""How many steps one question may take unless it says otherwise; a step takes some microseconds."""


class Exhausted(Exception):
    """A question takes more steps than it may."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one question may cost. Beyond, it is denied as too complex, and never answered otherwise.

    `steps` bounds the work, `hops` the usersets and parents that one proof passes through; none is no bound.
    """

    steps: int = WORK_LIMIT
    hops: int | None = None
