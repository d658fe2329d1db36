"""Drafts: what was told of the partitions since everything was current last. Nobody decides on it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from delegation.edge.errors import Contradictory
from delegation.edge.shapes import SHAPES, shape_of
from delegation.state.organization import Organization
from delegation.state.platform import PARTITION, Platform
from delegation.state.user import User
from delegation.tokens import JSON

Log: TypeAlias = Platform | Organization
"""A picture that follows a log which is told."""
_CHANGE: Final = {"put", "row"}
_REMOVAL: Final = {"remove", "key"}


@dataclass(frozen=True, slots=True)
class Put:
    """A row that was added or replaced."""

    table: str
    row: Mapping[str, JSON]


@dataclass(frozen=True, slots=True)
class Remove:
    """A row that went."""

    table: str
    key: Mapping[str, JSON]


@dataclass(slots=True)
class Draft:
    """What was told of one partition: all of it anew, or what came after what is known."""

    revision: int
    """Which it is at with all of this."""
    begun: Log | None = None
    """The picture that replaces what is known; None where entries follow it."""
    is_whole: bool = True
    changes: list[Put | Remove] = field(default_factory=list)
    """Of the entries that follow what is known, in order."""

    def take(self, change: Put | Remove) -> None:
        """Take over a change: into the picture that was begun, else later into the one that is known."""
        if self.begun is None:
            self.changes.append(change)
        else:
            apply(self.begun, (change,))


def apply(picture: Log, changes: "list[Put | Remove] | tuple[Put | Remove, ...]") -> None:
    """Bring changes into a picture."""
    for change in changes:
        match change:
            case Put(table, row):
                picture.tables[table].put(row)
            case Remove(table, key):
                picture.tables[table].remove(key)
    picture.changed(frozenset(change.table for change in changes))


def blank(partition: str, organization: str) -> Log:
    """Return an empty picture of a partition; raises Contradictory for one that is not of the organization."""
    kind, _, name = partition.partition(":")
    if partition == PARTITION:
        return Platform()
    if kind == "org" and name == organization:
        return Organization(name)
    raise Contradictory("a partition is told that was not asked for")


def change_in(partition: str, told: JSON) -> Put | Remove:
    """Return a change as it was told of a partition; raises Contradictory."""
    if isinstance(told, dict) and told.keys() == _CHANGE:
        table, shape = shape_of(partition, told["put"])
        return Put(table, shape.row(told["row"]))
    if isinstance(told, dict) and told.keys() == _REMOVAL:
        table, shape = shape_of(partition, told["remove"])
        return Remove(table, shape.name(told["key"]))
    raise Contradictory("a change is told that is none")


def user_in(row: Mapping[str, JSON]) -> User:
    """Return the user that a row tells of. Raises Contradictory where the row is at no revision."""
    user = User(str(row["id"]))
    user.profiles.put({name: row[name] for name in ("id", "name", "status")})
    user.revision = whole(row["revision"])
    return user


def revision_in(body: Mapping[str, JSON]) -> int:
    """Return the revision that an event names; raises Contradictory."""
    return whole(body.get("revision"))


def whole(value: JSON) -> int:
    """Return a number of entries; raises Contradictory for anything else."""
    if number(value) < 1:
        raise Contradictory("a revision is told that is none")
    return number(value)


def number(value: JSON) -> int:
    """Return how many there are; raises Contradictory for what is no number of things."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Contradictory("a number is told that is none")
    return value


def partition_in(body: Mapping[str, JSON]) -> str:
    """Return the partition that an event names; raises Contradictory."""
    partition = body.get("partition")
    if not isinstance(partition, str) or partition.partition(":")[0] not in SHAPES:
        raise Contradictory("a partition is told that this release does not know")
    return partition
