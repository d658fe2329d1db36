"""Shelves: the rows of one table within a picture, as values found by key."""

from collections.abc import Callable, Hashable
from typing import Generic, Protocol, TypeVar

from delegation.state.entities import Row

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Follower(Protocol):
    """Whatever in a picture follows one table of the database. Its length is the number of rows it shows."""

    def __len__(self) -> int: ...

    def put(self, row: Row) -> None:
        """Take over a row that was added or replaced."""

    def remove(self, key: Row) -> None:
        """Forget the row with this key."""


class Shelf(dict[K, V], Generic[K, V]):
    """A dict from key to value that follows a table."""

    def __init__(self, key: Callable[[Row], K], value: Callable[[Row], V]) -> None:
        """Start empty; `key` and `value` read a row."""
        super().__init__()
        self._key = key
        self._value = value

    def put(self, row: Row) -> None:
        """Take over a row that was added or replaced."""
        self[self._key(row)] = self._value(row)

    def remove(self, key: Row) -> None:
        """Forget the row with this key."""
        self.pop(self._key(key), None)
