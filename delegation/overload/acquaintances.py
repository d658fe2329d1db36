"""Acquaintances: which party proved who it is by which credentials, remembered to share out room, and for nothing else.

Whoever does not have the credentials cannot be taken for the party: nobody uses up a share by naming its owner.
"""

from collections import OrderedDict
from typing import Final

KEPT: Final = 10_000
"""Credentials that are remembered at most, some 200 bytes each."""


class Acquaintances:
    """Parties by the credentials that they had last. What is kept is a hash with a secret of this process."""

    def __init__(self) -> None:
        """Know nobody."""
        self._known: OrderedDict[int, str] = OrderedDict()

    def __len__(self) -> int:
        """Return how many credentials are remembered."""
        return len(self._known)

    def party(self, credentials: bytes) -> str | None:
        """Return who came with these credentials before; None when they are not known, or are none."""
        return self._known.get(hash(credentials)) if credentials else None

    def remember(self, credentials: bytes, client: str, organization: str | None) -> None:
        """Take note who has just proved by these credentials who it is, and about whose things it asked.

        A client that asks about several organizations is a party of its own.
        """
        if not credentials:
            return
        key, party = hash(credentials), organization or client
        known = self._known.get(key)
        if known is None and len(self._known) >= KEPT:
            self._known.popitem(last=False)
        self._known[key] = party if known in {None, party} else client
