"""The clocks: read here and nowhere else, and handed to whoever needs the time."""

import time
from datetime import UTC, datetime
from typing import Final

_ASLEEP_TOO: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""On Linux the monotonic clock stands still while the machine is suspended."""


def utc_now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC)


def elapsed() -> float:
    """Return seconds since some moment in the past, which go on whatever the time is set to."""
    return time.clock_gettime(_ASLEEP_TOO)
