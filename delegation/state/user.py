"""The picture of one user: whether the account is active and which identities are linked to it."""

from collections.abc import Mapping
from operator import itemgetter

from delegation.state.entities import Row, Standing
from delegation.state.shelf import Follower, Shelf


class User:
    """A user's own partition at one revision: true for every organization at once."""

    def __init__(self, id: str) -> None:
        """Start empty, at revision 0."""
        self.id = id
        self.revision = 0
        self.profiles: Shelf[str, Row] = Shelf(itemgetter("id"), dict)
        self.identities: Shelf[tuple[str, str], tuple[str, str]] = Shelf(
            itemgetter("issuer", "subject"), itemgetter("issuer", "subject")
        )
        self.tables: Mapping[str, Follower] = {"users": self.profiles, "identities": self.identities}

    def changed(self, tables: frozenset[str]) -> None:
        """Nothing is derived from a user's tables."""

    @property
    def deleted(self) -> bool:
        """Whether the account was deleted, which is for ever."""
        profile = self.profiles.get(self.id)
        return profile is not None and profile["status"] == Standing.DELETED

    @property
    def active(self) -> bool:
        """Whether the account may take part anywhere."""
        profile = self.profiles.get(self.id)
        return profile is not None and profile["status"] == Standing.ACTIVE
