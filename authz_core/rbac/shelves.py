"""A frozen mapping of which a changed copy costs next to nothing, however large it is."""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, Final, Generic, TypeVar

Value = TypeVar("Value")

# As many as keep both short: what a change copies is one shelf and the list of shelves. A power of two.
_SHELVES: Final = 64
_NOTHING: Final[tuple[dict[str, Any], ...]] = ({},) * _SHELVES


class Shelves(Mapping[str, Value], Generic[Value]):
    """Texts and what they stand for, put on shelves by their hash; two copies share every shelf but the changed one."""

    __slots__ = ("_shelves", "_size")

    # Invariant: no shelf is changed once it stands here.
    _shelves: tuple[dict[str, Value], ...]
    _size: int

    def __init__(self, entries: Mapping[str, Value] | None = None) -> None:
        shelves: tuple[dict[str, Value], ...] = tuple({} for _ in range(_SHELVES)) if entries else _NOTHING
        for key, value in (entries or {}).items():
            shelves[hash(key) % _SHELVES][key] = value
        self._shelves = shelves
        self._size = len(entries or ())

    def __getitem__(self, key: str) -> Value:
        return self._shelves[hash(key) % _SHELVES][key]

    def __iter__(self) -> Iterator[str]:
        return chain.from_iterable(self._shelves)

    def __len__(self) -> int:
        return self._size

    def __repr__(self) -> str:
        return f"Shelves({dict(self)!r})"

    def having(self, key: str, value: Value) -> "Shelves[Value]":
        """Return the mapping with this entry added or replaced."""
        return self._changed(key, {**self._shelf(key), key: value})

    def without(self, key: str) -> "Shelves[Value]":
        """Return the mapping without the entry; raise `KeyError` where there is none."""
        shelf = dict(self._shelf(key))
        del shelf[key]
        return self._changed(key, shelf)

    def _shelf(self, key: str) -> dict[str, Value]:
        return self._shelves[hash(key) % _SHELVES]

    def _changed(self, key: str, shelf: dict[str, Value]) -> "Shelves[Value]":
        place = hash(key) % _SHELVES
        other: Shelves[Value] = object.__new__(Shelves)
        other._shelves = (*self._shelves[:place], shelf, *self._shelves[place + 1 :])
        other._size = self._size + len(shelf) - len(self._shelves[place])
        return other
