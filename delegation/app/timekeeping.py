"""The time that a process judges by: its clock's, as long as that agrees with the database's clock and with itself."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from delegation.store import ClockAstray

LIMIT: Final = timedelta(seconds=4)
"""How far the clock may lie from the database's.

Two processes then lie less than ten seconds apart, which is what a token may seem to come from the future.
"""
_PRECISE: Final = 1.0
"""Seconds that an answer of the database may take for its time to be worth something."""


@dataclass(frozen=True, slots=True)
class _Bearing:
    """What the right time was at a moment of the clock that nobody sets."""

    time: datetime
    elapsed: float


class Timekeeper:
    """A clock that answers only while it is right.

    Whatever decides, issues, claims or purges asks it for the time, so that nothing whatever is judged by a wrong one.
    Between two comparisons with the database a jump shows against the clock that goes on however the time is set.
    """

    def __init__(
        self, clock: Callable[[], datetime], monotonic: Callable[[], float], *, limit: timedelta = LIMIT
    ) -> None:
        """Believe `clock` for now; `monotonic` tells seconds that no setting of the time changes."""
        self._clock = clock
        self._monotonic = monotonic
        self._limit = limit
        # Replaced as a whole: other threads read the time too.
        self._bearing = _Bearing(clock(), monotonic())

    def __call__(self) -> datetime:
        """Return the present time, aware, in UTC. Raises ClockAstray while the clock is wrong."""
        now = self._clock()
        if abs(self._ahead(now)) > self._limit:
            raise ClockAstray(self._words(now))
        return now

    def fault(self) -> str | None:
        """Return what is wrong with the clock, and what to do; None while it is right."""
        now = self._clock()
        return self._words(now) if abs(self._ahead(now)) > self._limit else None

    def began(self) -> float:
        """Return the moment at which somebody begins to ask the database for its time."""
        return self._monotonic()

    def compare(self, time: datetime | None, began: float) -> None:
        """Go by the database's `time` from now on, which was asked for since `began`.

        None is a database on this machine, by its clock: then small steps are forgiven and jumps are not.
        """
        here = self._monotonic()
        if here - began > _PRECISE:
            return
        if time is not None:
            self._bearing = _Bearing(time, (began + here) / 2)
        elif self.fault() is None:
            self._bearing = _Bearing(self._clock(), here)

    def _ahead(self, now: datetime) -> timedelta:
        bearing = self._bearing
        return now - bearing.time - timedelta(seconds=self._monotonic() - bearing.elapsed)

    def _words(self, now: datetime) -> str:
        ahead = round(self._ahead(now).total_seconds())
        side = "ahead" if ahead > 0 else "behind"
        return f"the clock is {abs(ahead)} s {side}: set it right, and start the service again if it is right now"
