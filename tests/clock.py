"""A clock that stands still until a test moves it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


@dataclass(slots=True)
class Clock:
    """Answers the same time at every call; `advance` is the only way it moves."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        """Return the present time, aware and in UTC."""
        return self.now

    def advance(self, step: timedelta) -> None:
        """Let `step` go by at once."""
        self.now += step
