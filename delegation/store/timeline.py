"""Timelines: whether a PostgreSQL server is one that another was promoted in the place of, and was started again."""

import logging
from typing import Any, Final

from sqlalchemy.exc import DisconnectionError

_LOG: Final = logging.getLogger(__name__)

# The first eight digits of the name of the file that is being written are the timeline.
_QUESTION: Final = """
    SELECT s.system_identifier::text, left(pg_walfile_name(pg_current_wal_insert_lsn()), 8)
    FROM pg_control_system() AS s
"""
_UNTOLD: Final = frozenset({"42501", "42883", "0A000"})
"""SQLSTATEs of a server that does not tell: it may not be asked, or knows no such question."""


class Timelines:
    """Remembers, for one process, how often a server was promoted, and turns away from those left behind.

    A server that failed and is started again as it was takes writes as before, and has none of what was acknowledged
    since: what was revoked after the failover would be in force again.
    """

    def __init__(self) -> None:
        """Know of no server."""
        self._newest: dict[str, int] = {}

    def check(self, opened: Any) -> None:  # noqa: ANN401  the driver is an extra, so its types are not always there
        """Take note of a new connection's server. Raises DisconnectionError for one that another has replaced.

        Raises the driver's error when the question was not answered for any other reason than that it is refused.
        """
        try:
            found = opened.execute(_QUESTION).fetchone()
        except opened.Error as error:
            if error.sqlstate not in _UNTOLD:
                opened.close()  # It may be one left behind: nobody knows.
                raise
            found = None  # A server that does not tell is believed, as one that was never promoted is.
        opened.rollback()
        if found is None:
            return
        server, timeline = str(found[0]), int(found[1], 16)
        if timeline < self._newest.get(server, 0):
            _LOG.error("a server was promoted in the place of this one, which has to be fenced off: nothing is written")
            opened.close()
            raise DisconnectionError("this server was replaced by another")
        self._newest[server] = timeline
