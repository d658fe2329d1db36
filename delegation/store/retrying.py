"""Retrying: whether a failed attempt is worth another one, and how long to wait before it."""

from time import monotonic, sleep
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from delegation.store.failures import is_conflict, is_lost

_CONFLICTS: Final = 4
"""How often something is tried that loses against other processes' transactions."""
_REST: Final = 0.2
"""Seconds for which nobody looks again whether a database that is gone is back."""
_PAUSES: Final = (0.05, 0.2, 0.75)
"""Seconds before each new attempt: a database that cut its connections, to restart, is often back at once."""


class Retrying:
    """Bears with a database that was well a moment ago, and not with one that is known to be gone."""

    def __init__(self) -> None:
        """Take the database for well."""
        self._conflicts = 0
        self._pauses = iter(_PAUSES)
        self._gone = False
        self._failed_at = 0.0

    @property
    def is_hopeless(self) -> bool:
        """Whether the database was gone a moment ago: those who queue need not find that out one after the other."""
        return self._gone and monotonic() - self._failed_at < _REST

    def begin(self) -> None:
        """Forget what failed before: something else is tried now."""
        self._conflicts = 0
        self._pauses = iter(_PAUSES)

    def succeeded(self) -> None:
        """Take note that the database answers."""
        self._gone = False

    def give_up(self) -> None:
        """Wait no more until the database answers again."""
        self._gone = True

    def once_more(self, error: SQLAlchemyError) -> bool:
        """Return whether to try again what failed without having been committed; waits before it says yes."""
        self._failed_at = monotonic()
        if is_conflict(error):
            self._conflicts += 1
            return self._conflicts < _CONFLICTS
        if not is_lost(error) or self._gone:
            return False
        pause = next(self._pauses, None)
        if pause is None:
            self._gone = True
            return False
        sleep(pause)
        return True
