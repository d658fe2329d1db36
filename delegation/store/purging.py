"""Purging: claims and kept answers that have run out are deleted a few at a time, between the batches."""

import logging
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from delegation.store.failures import code_of
from delegation.store.link import Link
from delegation.store.statements import PURGE_ANSWERS, PURGE_CLAIMS

_LOG: Final = logging.getLogger(__name__)
_MOST: Final = 500
_PAUSE: Final = timedelta(minutes=1)
_GRACE: Final = timedelta(minutes=10)
"""How long both outlive their time: a process whose clock runs ahead forgets nothing that others still hold."""


class Purge:
    """Remembers when to purge next."""

    def __init__(self, link: Link) -> None:
        """Purge through the writer's connection."""
        self._link = link
        self._due: datetime | None = None

    def now_and_then(self, now: datetime) -> None:
        """Delete at most 500 claims and 500 answers, once a minute or as long as there are more.

        A failure leaves them for later.
        """
        if self._due is not None and now < self._due:
            return
        before = int((now - _GRACE).timestamp())
        self._due = now + _PAUSE
        try:
            connection = self._link.connection()
            slice_ = {"before": before, "most": _MOST}
            purged = [connection.execute(statement, slice_).rowcount for statement in (PURGE_CLAIMS, PURGE_ANSWERS)]
            connection.commit()
        except SQLAlchemyError as error:
            _LOG.warning("claims and answers that ran out could not be deleted: %s", code_of(error))
            self._link.drop()
            return
        if _MOST in purged:
            self._due = now
