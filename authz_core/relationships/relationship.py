"""One stored fact, and the condition that may stand on it."""

import json
from collections.abc import Mapping
from typing import NamedTuple

from authz_core.errors import InvalidRelationship, quoted
from authz_core.references import CONDITIONAL, Object, Subject, kind_of

Key = tuple[Subject, str, Object]
"""What tells one relationship from another: its condition is a property of it."""


class RelationshipCondition(NamedTuple):
    """The name of the condition under which a relationship counts, and the context fixed when it was written."""

    name: str
    context: str = "{}"
    """A JSON object in its canonical form, so that two contexts are equal only if their texts are."""

    @classmethod
    def of(cls, name: str, context: Mapping[str, object]) -> "RelationshipCondition":
        """Return the condition with this context; raise `InvalidRelationship` for what JSON cannot hold."""
        try:
            text = json.dumps(context, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
        except (TypeError, ValueError, RecursionError) as error:
            raise InvalidRelationship(f"the context of condition {quoted(name)} is no JSON: {error}") from error
        return cls(name, text)


class Relationship(NamedTuple):
    """One stored fact: the subject has the relation on the object, on a condition or without."""

    subject: Subject
    relation: str
    object: Object
    condition: RelationshipCondition | None = None

    @property
    def kind(self) -> str:
        """The kind of its subject, with the name of its condition where it has one."""
        form = kind_of(self.subject)
        return form if self.condition is None else f"{form}{CONDITIONAL}{self.condition.name}"

    @property
    def key(self) -> Key:
        """The relationship without its condition."""
        return self[:3]
