"""The relationships of a deployment whose model is written in OpenFGA's language, and when each of them ends."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import Final

from authz_core import (
    Object,
    Relationship,
    RelationshipCondition,
    Relationships,
    Subject,
    parse_object,
    parse_subject,
    type_of,
)
from delegation.state.entities import Row

Name = tuple[str, str, str]
"""Object, relation, subject."""
_SPARE: Final = 64
"""Ends that may be left behind without being looked for."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Relationships by what they have in common; what is None is left open."""

    object: Object | None = None
    object_type: str | None = None
    relation: str | None = None
    subject: Subject | None = None

    def matches(self, row: Row) -> bool:
        """Return whether a row is among what is sought."""
        if self.object_type is not None and type_of(Object(row["object"])) != self.object_type:
            return False
        wanted = {"object": self.object, "relation": self.relation, "subject": self.subject}
        return all(value is None or row[name] == value for name, value in wanted.items())


class StoredRelationships:
    """Follows the table of relationships; one whose time is over counts for nothing, without a write."""

    def __init__(self, facts: Relationships) -> None:
        """Keep those that count in the facts."""
        self._facts = facts
        self._rows: dict[Name, Row] = {}
        self._ends: list[tuple[int, Name]] = []
        self.over: dict[Name, None] = {}
        """Those whose time is over, and which nobody has deleted yet."""

    def __len__(self) -> int:
        return len(self._rows)

    def put(self, row: Row) -> None:
        """Take a row over, in the place of one with its name."""
        self.remove(row)
        name = name_of(row)
        self._rows[name] = row
        self._facts.add(relationship_of(row))
        if row["until"] is not None:
            heappush(self._ends, (row["until"], name))
            self._tidy()

    def remove(self, key: Row) -> None:
        """Take a row away, if it is there."""
        name = name_of(key)
        row = self._rows.pop(name, None)
        if row is not None:
            self._facts.remove(relationship_of(row))
            self.over.pop(name, None)

    def _tidy(self) -> None:
        # Each prolonging leaves the end of before behind, which may lie years ahead.
        if len(self._ends) > 2 * len(self._rows) + _SPARE:
            waiting = (row for name, row in self._rows.items() if row["until"] is not None and name not in self.over)
            self._ends = [(row["until"], name_of(row)) for row in waiting]
            heapify(self._ends)

    def get(self, name: Name) -> Row | None:
        """Return the row with a name; None where there is none, or its time is over."""
        return None if name in self.over else self._rows.get(name)

    def found(self, sought: Sought) -> Iterator[Row]:
        """Yield the rows that are sought and that count, in no particular order."""
        for fact in self._near(sought):
            # Where roles say who may do what, the facts are theirs, and nothing is stored here.
            row = self._rows.get((fact.object, fact.relation, fact.subject))
            if row is not None and sought.matches(row):
                yield row

    def _near(self, sought: Sought) -> Iterable[Relationship]:
        if sought.object is not None:
            return self._facts.by_object(sought.object)
        return self._facts if sought.subject is None else self._facts.by_subject(sought.subject)

    def pass_time(self, now: float) -> None:
        """Let what ended by `now`, in epoch seconds, count for nothing. Time only moves forward."""
        while self._ends and self._ends[0][0] <= now:
            end, name = heappop(self._ends)
            row = self._rows.get(name)
            if row is not None and row["until"] == end:  # Else it was written anew meanwhile, with another end.
                self._facts.remove(relationship_of(row))
                self.over[name] = None


def relationship_of(row: Row) -> Relationship:
    """Return the relationship that a row describes."""
    named = row["condition"]
    condition = None if named is None else RelationshipCondition.of(named, row["context"] or {})
    return Relationship(parse_subject(row["subject"]), row["relation"], parse_object(row["object"]), condition)


def name_of(row: Row) -> Name:
    """Return what tells a row from all others."""
    return row["object"], row["relation"], row["subject"]
