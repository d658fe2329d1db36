"""The time that a process judges by: its clock's, as long as that agrees with the database's clock and with itself."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from delegation.store import ClockAstray, StoreUnavailable

LIMIT: Final = timedelta(seconds=4)
"""How far the clock may lie from the database's.

Two processes then lie less than ten seconds apart, which is what a token may seem to come from the future.
"""
_PRECISE: Final = 1.0
"""Seconds that an answer of the database may take for its time to be worth something."""
_FORGIVEN: Final = 1 / 3600
"""Seconds by which a clock that nobody else's is compared with may go wrong in a second: more than any quartz errs."""
_READINGS: Final = 3
"""Of how many readings of both clocks the closest together counts."""


@dataclass(frozen=True, slots=True)
class _Bearing:
    """What the time was at a moment of the clock that nobody sets."""

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
        self._stopped: str | None = None
        # Replaced as a whole: other threads read the time too.
        self._bearing = self._sight()

    def __call__(self) -> datetime:
        """Return the present time, aware, in UTC.

        Raises ClockAstray while the clock is wrong, and StoreUnavailable while it is stopped.
        """
        now = self._clock()
        if self._stopped is None and abs(now - self._right_at(self._monotonic())) <= self._limit:
            return now
        return self._certain()

    def stop(self, reason: str | None) -> None:
        """Tell nobody the time, for a reason, so that nothing is decided or changed; with None tell it again."""
        self._stopped = reason

    def fault(self) -> str | None:
        """Return why the time is not told, and what to do; None while it is."""
        try:
            self._certain()
        except StoreUnavailable as error:
            return str(error)
        return None

    def began(self) -> float:
        """Return the moment at which somebody begins to ask the database for its time."""
        return self._monotonic()

    def compare(self, time: datetime | None, began: float) -> bool:
        """Go by the database's `time` from now on, which was asked for since `began`; return whether it says enough.

        None is a database on this machine, by its clock: then small steps are forgiven, slowly, and jumps are not.
        """
        here = self._monotonic()
        if time is None:
            self._forgive(self._sight())
        elif here - began > _PRECISE:
            return False
        else:
            self._bearing = _Bearing(time, (began + here) / 2)
        return True

    def _forgive(self, sight: _Bearing) -> None:
        """Come nearer to what a clock says that is right, by no more than it may have gone wrong in the meantime.

        To go all the way would let steps add up without end that are each within the limit.
        """
        if abs(self._ahead(sight)) > self._limit:
            return
        most = timedelta(seconds=(sight.elapsed - self._bearing.elapsed) * _FORGIVEN)
        right = self._right_at(sight.elapsed)
        self._bearing = _Bearing(right + min(max(sight.time - right, -most), most), sight.elapsed)

    def _certain(self) -> datetime:
        """Return the time after a closer look: where a thread waits between two readings, a clock seems to jump."""
        if self._stopped is not None:
            raise StoreUnavailable(self._stopped)
        sight = self._sight()
        ahead = self._ahead(sight)
        if abs(ahead) <= self._limit:
            return sight.time
        seconds = round(ahead.total_seconds())
        wrong = f"the clock is {abs(seconds)} s {'ahead' if seconds > 0 else 'behind'}"
        raise ClockAstray(f"{wrong}: set it right, and start the service again if it is right now")

    def _sight(self) -> _Bearing:
        """Read both clocks at one moment, or as nearly as this machine lets a thread."""
        readings = [(self._monotonic(), self._clock(), self._monotonic()) for _ in range(_READINGS)]
        before, time, after = min(readings, key=lambda reading: reading[2] - reading[0])
        return _Bearing(time, (before + after) / 2)

    def _ahead(self, sight: _Bearing) -> timedelta:
        return sight.time - self._right_at(sight.elapsed)

    def _right_at(self, elapsed: float) -> datetime:
        """Return what the time should be at a moment of the clock that nobody sets."""
        bearing = self._bearing
        return bearing.time + timedelta(seconds=elapsed - bearing.elapsed)
