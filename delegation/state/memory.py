"""Memory: how much the pictures of all kinds may hold together, and which of them is given up first."""

from collections import OrderedDict
from collections.abc import Collection, MutableMapping
from dataclasses import dataclass
from typing import Any, Final

from delegation.telemetry import metrics

PICTURE: Final = 20
"""Rows that a picture counts for beyond those it shows: an empty one takes that much memory."""


@dataclass(frozen=True, slots=True)
class _Held:
    """A picture's share of the memory, and the album it is to be taken out of."""

    rows: int
    album: MutableMapping[str, Any]


class Memory:
    """Bounds the rows that the albums of one process keep.

    Invariant: a picture in an album is counted here, under the name of its partition, which is no other album's.
    """

    def __init__(self, rows: int) -> None:
        """Let pictures hold this many rows together."""
        self._rows = rows
        self._taken = 0
        self._held: OrderedDict[str, _Held] = OrderedDict()

    @property
    def taken(self) -> int:
        """How many rows all pictures count for."""
        return self._taken

    def keep(self, partition: str, rows: int, album: MutableMapping[str, Any]) -> None:
        """Count a picture in an album, with as many rows as it shows now."""
        known = self._held.get(partition)
        self._taken += rows + PICTURE - (0 if known is None else known.rows)
        self._held[partition] = _Held(rows + PICTURE, album)

    def use(self, partition: str) -> None:
        """Hold a picture that is kept for the one used last."""
        self._held.move_to_end(partition)

    def forget(self, partition: str) -> None:
        """Count a picture no longer."""
        held = self._held.pop(partition, None)
        if held is not None:
            self._taken -= held.rows

    def make_room(self, spared: Collection[str]) -> None:
        """Give up those not used for longest until the rest fits, never one of those spared, however large."""
        while self._taken > self._rows:
            coldest = next((partition for partition in self._held if partition not in spared), None)
            if coldest is None:
                return
            del self._held[coldest].album[coldest]
            self.forget(coldest)
            metrics.PICTURES.labels("dropped").inc()
