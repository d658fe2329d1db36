"""Shares: whoever has much under way is refused before whoever has little."""

from typing import Final

_SHARE: Final = 3
"""How many times the room that is left one party may take: alone three quarters of all, two together 3/7 each.

The room that is left shrinks for the greedy alone (Choudhury and Hahne, Dynamic Queue Length Thresholds, 1998).
"""


class Shares:
    """What each party has under way. Parties that have nothing under way take no memory."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self._under_way: dict[str, int] = {}
        self._all = 0

    @property
    def under_way(self) -> int:
        """How many are under way, of all parties."""
        return self._all

    def allows(self, party: str, limit: int) -> bool:
        """Return whether a party may have one more under way, where all together may have `limit`."""
        return self._under_way.get(party, 0) < _SHARE * (limit - self._all)

    def take(self, party: str) -> None:
        """Count one more of a party."""
        self._under_way[party] = self._under_way.get(party, 0) + 1
        self._all += 1

    def give_back(self, party: str) -> None:
        """Count one less of a party."""
        self._all -= 1
        self._under_way[party] -= 1
        if not self._under_way[party]:
            del self._under_way[party]

    def __len__(self) -> int:
        """Return how many parties have something under way."""
        return len(self._under_way)
