"""Clocks that a test sets wrong, as an administrator or a broken machine would."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from typing_extensions import override

from delegation.app.clock import utc_now
from tests.clock import Clock

HOUR = timedelta(hours=1)


@dataclass(slots=True)
class Shifted(Clock):
    """The clock of a machine, off by as much as a test says."""

    shift: timedelta = field(default_factory=timedelta)

    @override
    def __call__(self) -> datetime:
        """Return the present time, shifted."""
        return utc_now() + self.shift


@dataclass(slots=True)
class Machine(Clock):
    """A clock, and what goes on beside it whatever the time is set to."""

    seconds: float = 100.0

    def elapsed(self) -> float:
        """Return seconds that no setting of the clock changes."""
        return self.seconds

    def go_on(self, step: timedelta) -> None:
        """Let time go by, on both."""
        self.advance(step)
        self.seconds += step.total_seconds()
