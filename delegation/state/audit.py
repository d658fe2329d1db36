"""The picture of what the audit log has of its own: the keys that seal it."""

from collections.abc import Mapping
from operator import itemgetter
from typing import Final

from delegation.state.entities import Row
from delegation.state.shelf import Follower, Shelf

AUDIT: Final = "audit"


class Audit:
    """The audit log's own partition at one revision."""

    def __init__(self) -> None:
        """Start empty, at revision 0."""
        self.revision = 0
        self.keys: Shelf[str, Row] = Shelf(itemgetter("kid"), dict)
        self.tables: Mapping[str, Follower] = {"signing_keys": self.keys}

    def changed(self, tables: frozenset[str]) -> None:
        """Nothing is derived from its table."""
