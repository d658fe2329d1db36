"""Rows: what a unit may write into the entity tables, checked before a database sees it.

A database would coerce some of what is refused here, and the log would then tell of other rows than the tables hold.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from sqlalchemy import BigInteger, Boolean, Column, Table
from sqlalchemy.types import TypeEngine

from delegation.audit import JSON
from delegation.store.changes import Row
from delegation.store.columns import Document
from delegation.store.errors import InvalidUnit
from delegation.store.tables import PARTITIONED

Bound: TypeAlias = dict[str, JSON]
"""Values ready to be bound, the partition among them."""

_LARGEST: Final = 2**63


def text_value(value: JSON) -> str:
    """Return a text that both databases keep unchanged. Raises InvalidUnit."""
    if not isinstance(value, str):
        raise InvalidUnit("is no text")
    if "\0" in value or not _is_unicode(value):
        raise InvalidUnit("holds a character that cannot be kept")
    return value if type(value) is str else str(value)


def _is_unicode(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def number_value(value: JSON) -> int:
    """Return an integer that fits 64 bits; true and false are none. Raises InvalidUnit."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidUnit("is no integer")
    if not -_LARGEST <= value < _LARGEST:
        raise InvalidUnit("is an integer out of bounds")
    return int(value)


def _flag_value(value: JSON) -> bool:
    if not isinstance(value, bool):
        raise InvalidUnit("is neither true nor false")
    return value


def _document_value(value: JSON) -> JSON:
    return value


def _kind(type_: TypeEngine[object]) -> Callable[[JSON], JSON]:
    if isinstance(type_, Document):
        return _document_value
    if isinstance(type_, Boolean):
        return _flag_value
    return number_value if isinstance(type_, BigInteger) else text_value


@dataclass(frozen=True, slots=True)
class Shape:
    """What the rows of one table consist of, the partition aside."""

    table: str
    columns: Mapping[str, Callable[[JSON], JSON]]
    nullable: frozenset[str]
    key: tuple[str, ...]

    @classmethod
    def of(cls, table: Table) -> "Shape":
        """Return the shape of an entity table."""
        columns: list[Column[object]] = [c for c in table.columns if c.name != "partition"]
        return cls(
            table.name,
            {c.name: _kind(c.type) for c in columns},
            frozenset(c.name for c in columns if c.nullable),
            tuple(c.name for c in columns if c.primary_key),
        )

    def row(self, partition: str, row: Row) -> Bound:
        """Return a whole row, ready to be bound. Raises InvalidUnit."""
        return self._bound(partition, row, tuple(self.columns))

    def key_of(self, partition: str, key: Row) -> Bound:
        """Return a whole key, ready to be bound. Raises InvalidUnit."""
        return self._bound(partition, key, self.key)

    def _bound(self, partition: str, row: Row, names: tuple[str, ...]) -> Bound:
        bound: Bound = {"partition": partition}
        for name in names:
            try:
                bound[name] = self.value(name, row[name])
            except KeyError:
                raise InvalidUnit(f"`{self.table}.{name}` is missing") from None
        if len(row) != len(names):
            unknown = ", ".join(f"`{name}`" for name in row if name not in names)
            raise InvalidUnit(f"`{self.table}` takes no {unknown} here")
        return bound

    def value(self, name: str, value: JSON) -> JSON:
        """Return a value of a column, ready to be bound. Raises InvalidUnit, KeyError for an unknown column."""
        if value is None and name in self.nullable:
            return None
        check = self.columns[name]
        try:
            return check(value) if value is not None else _refuse_null()
        except InvalidUnit as error:
            raise InvalidUnit(f"`{self.table}.{name}` {error}") from None


def _refuse_null() -> JSON:
    raise InvalidUnit("may not be null")


SHAPES: Final[Mapping[str, Shape]] = {name: Shape.of(table) for name, table in PARTITIONED.items()}
"""The shape of every entity table by name."""
