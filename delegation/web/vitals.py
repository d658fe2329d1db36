"""Vitals: what a process knows of itself, beside what it finds in the database."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from starlette.requests import Request


class Life:
    """Whether the process goes on, or is about to end."""

    def __init__(self, drain: float, monotonic: Callable[[], float]) -> None:
        """Leave `drain` seconds between the news that the process ends and its end."""
        self._drain = drain
        self._monotonic = monotonic
        self._ends: float | None = None

    @property
    def is_leaving(self) -> bool:
        """Whether the process is to end, and others are to be asked in its stead."""
        return self._ends is not None

    @property
    def is_over(self) -> bool:
        """Whether whoever watches has had the time to notice."""
        return self._ends is not None and self._monotonic() >= self._ends

    @property
    def has_watchers(self) -> bool:
        """Whether there is anybody to whom time is given."""
        return self._drain > 0

    def leave(self) -> None:
        """Let it be known that the process ends."""
        if self._ends is None:
            self._ends = self._monotonic() + self._drain


@dataclass(frozen=True, slots=True)
class Vitals:
    """How the process is."""

    life: Life
    faults: Callable[[], str | None]
    """Why nothing can be answered rightly, and what to do; None while it can."""
    troubles: Callable[[], list[str]]
    """What does not work although everything is answered."""


def vitals(request: Request) -> Vitals:
    """Return the vitals that the application's lifespan set up."""
    return cast(Vitals, request.state.vitals)
