"""The relationships of a deployment whose model is written in OpenFGA's language, and when each of them ends."""

from heapq import heappop, heappush

from authz_core import Relationship, RelationshipCondition, Relationships, parse_object, parse_subject
from delegation.state.entities import Row

Name = tuple[str, str, str]
"""Object, relation, subject."""


class StoredRelationships:
    """Follows the table of relationships; one whose time is over counts for nothing, without a write."""

    def __init__(self, facts: Relationships) -> None:
        """Keep those that count in the facts."""
        self._facts = facts
        self._rows: dict[Name, Row] = {}
        self._ends: list[tuple[int, Name]] = []

    def __len__(self) -> int:
        return len(self._rows)

    def put(self, row: Row) -> None:
        """Take a row over, in the place of one with its name."""
        self.remove(row)
        name = _name(row)
        self._rows[name] = row
        self._facts.add(relationship_of(row))
        if row["until"] is not None:
            heappush(self._ends, (row["until"], name))

    def remove(self, key: Row) -> None:
        """Take a row away, if it is there."""
        row = self._rows.pop(_name(key), None)
        if row is not None:
            self._facts.remove(relationship_of(row))

    def get(self, name: Name) -> Row | None:
        """Return a row by object, relation and subject; it may be one whose time is over."""
        return self._rows.get(name)

    def rows(self) -> list[Row]:
        """Return all rows, in the order of their names."""
        return [self._rows[name] for name in sorted(self._rows)]

    def pass_time(self, now: float) -> None:
        """Let what ended by `now`, in epoch seconds, count for nothing. Time only moves forward."""
        while self._ends and self._ends[0][0] <= now:
            end, name = heappop(self._ends)
            row = self._rows.get(name)
            if row is not None and row["until"] == end:  # Else it was written anew meanwhile, with another end.
                self._facts.remove(relationship_of(row))


def relationship_of(row: Row) -> Relationship:
    """Return the relationship that a row describes."""
    named = row["condition"]
    condition = None if named is None else RelationshipCondition.of(named, row["context"] or {})
    return Relationship(parse_subject(row["subject"]), row["relation"], parse_object(row["object"]), condition)


def _name(row: Row) -> Name:
    return row["object"], row["relation"], row["subject"]
