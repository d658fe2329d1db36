"""Uses: when delegations were last used, remembered here and written now and then, never while somebody waits.

Nothing is decided by it. What a process remembers is lost when it is killed; when it ends in order it is written.
"""

import logging
from collections.abc import Iterable
from typing import Final

from delegation.store import Store, StoreError, Unit

_LOG: Final = logging.getLogger(__name__)
_MOST: Final = 65_536
"""Delegations remembered at most until they are written; the uses of others are not told."""
_TOGETHER: Final = 1_000
"""Delegations written in one transaction."""


class Uses:
    """Remembers the latest use of each delegation until it is written."""

    def __init__(self, store: Store) -> None:
        """Write to `store`."""
        self._store = store
        self._latest: dict[str, int] = {}

    def note(self, delegations: Iterable[str], at: int) -> None:
        """Take note of the use of delegations `at` this moment, in epoch seconds."""
        for delegation in delegations:
            if delegation in self._latest or len(self._latest) < _MOST:
                self._latest[delegation] = at

    async def write(self) -> None:
        """Write what was noted until now; what cannot be written is noted still."""
        latest, self._latest = self._latest, {}
        uses = sorted(latest.items())
        for start in range(0, len(uses), _TOGETHER):
            try:
                await self._store.commit(Unit(uses=tuple(uses[start : start + _TOGETHER])))
            except BaseException as error:
                self._latest = dict(uses[start:]) | self._latest
                if not isinstance(error, StoreError):
                    raise
                _LOG.warning("when delegations were last used could not be written: %s", error)
                return
