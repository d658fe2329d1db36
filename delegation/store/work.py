"""Work: what a sequence of changes leaves to do in each table, so that many units' changes can go in one statement."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from delegation.audit import JSON
from delegation.store.changes import Change, Put, Remove
from delegation.store.errors import InvalidUnit
from delegation.store.rows import SHAPES, Bound
from delegation.store.tables import tables_of


@dataclass(slots=True)
class TableWork:
    """What is left to do in one table, in this order."""

    removals: list[Bound] = field(default_factory=list)
    """Keys of rows that must be there."""
    discards: list[Bound] = field(default_factory=list)
    """Keys of rows that may be there: put and then removed."""
    puts: list[Bound] = field(default_factory=list)

    def take(self, other: "TableWork") -> None:
        """Add work that concerns other partitions."""
        self.removals += other.removals
        self.discards += other.discards
        self.puts += other.puts


Work: TypeAlias = dict[str, TableWork]
"""What is left to do, by table."""


def add(work: Work, other: Mapping[str, TableWork]) -> None:
    """Add work that concerns other partitions."""
    for table, task in other.items():
        work.setdefault(table, TableWork()).take(task)


_RowName: TypeAlias = tuple[str, tuple[JSON, ...]]


@dataclass(slots=True)
class _Fate:
    """What becomes of one row."""

    key: Bound
    row: Bound | None = None
    was_there: bool = False

    def add_to(self, work: TableWork) -> None:
        if self.was_there:
            work.removals.append(self.key)
        if self.row is not None:
            work.puts.append(self.row)
        elif not self.was_there:
            work.discards.append(self.key)


def work_of(partition: str, changes: Iterable[Change]) -> Work:
    """Return what the changes, one after the other, leave to do in a partition. Raises InvalidUnit."""
    tables = {table.name for table in tables_of(partition)}
    fates: dict[_RowName, _Fate] = {}
    for change in changes:
        if change.table not in tables:
            raise InvalidUnit(f"`{partition}` has no table `{change.table}`")
        _follow(fates, partition, change)
    work: Work = {}
    for (table, _), fate in fates.items():
        fate.add_to(work.setdefault(table, TableWork()))
    return work


def _follow(fates: dict[_RowName, _Fate], partition: str, change: Change) -> None:
    shape = SHAPES[change.table]
    match change:
        case Put(_, row):
            bound = shape.row(partition, row)
            key = {name: bound[name] for name in ("partition", *shape.key)}
            fate = fates.setdefault((change.table, tuple(key.values())), _Fate(key))
            fate.row = bound
        case Remove(_, given):
            key = shape.key_of(partition, given)
            name = (change.table, tuple(key.values()))
            known = fates.get(name)
            if known is None:
                fates[name] = _Fate(key, was_there=True)
            elif known.row is None:
                raise InvalidUnit(f"a row of `{change.table}` is removed twice")
            else:
                known.row = None
