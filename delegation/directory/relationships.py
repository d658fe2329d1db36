"""Commands on relationships: who has which relation to what, where the model is one of relationships."""

from collections.abc import Container, Iterable, Mapping
from itertools import islice
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import Field, model_validator
from typing_extensions import override

from authz_core import EngineError, Model, validate_relationship
from delegation.directory.command import Answer, Kind, ObjectText, OrganizationCommand, Slug, SubjectText
from delegation.directory.draft import Draft
from delegation.directory.errors import Conflict, DirectoryError, Exists, Unknown
from delegation.directory.relationship_forms import Filter, Named, Precondition, RelationText, Written
from delegation.state.entities import Row
from delegation.state.relationships import Name, name_of, relationship_of

MOST: Final = 1_000
"""Relationships that one command changes at most."""


class PreconditionFailed(Conflict):
    """What was to be so before anything is changed is not so."""

    code = "precondition_failed"


class RelationshipCommand(OrganizationCommand):
    """A command on an organization's relationships: what gives and what takes away is the model's to say.

    So it is for administrators of the platform, who have everything that could be given.
    """

    within_organization: ClassVar[bool] = False
    only_with: ClassVar[Kind | None] = Kind.RELATIONSHIPS


class WriteRelationships(RelationshipCommand):
    """Write and delete relationships, all of them or none; what is deleted can be written anew in the same breath."""

    do: ClassVar[str] = "write-relationships"
    writes: Annotated[tuple[Written, ...], Field(max_length=MOST)] = ()
    deletes: Annotated[tuple[Named, ...], Field(max_length=MOST)] = ()
    preconditions: Annotated[tuple[Precondition, ...], Field(max_length=100)] = ()
    on_duplicate: Literal["error", "ignore"] = "error"
    """What becomes of the command where a relationship is there already, exactly as it is to be."""
    on_missing: Literal["error", "ignore"] = "error"
    """What becomes of the command where a relationship that is to go is not there."""

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if not 1 <= len(self.writes) + len(self.deletes) <= MOST:
            raise ValueError(f"name from 1 to {MOST} relationships")
        for named in (self.writes, self.deletes):
            if len({each.name for each in named}) < len(named):
                raise ValueError("name each relationship once")
        return self

    @override
    def draft(self, on: Draft) -> Answer:
        for precondition in self.preconditions:
            _confirm(on, precondition)
        deleted = {each.name: None for each in self.deletes if self._is_there(on, each)}
        written = {each.name: row for each in self.writes if (row := self._row(on, each, deleted)) is not None}
        _change(on, {**deleted, **written})
        gone = len(deleted.keys() - written.keys())
        return {"organization": self.organization, "written": len(written), "deleted": gone}

    def _is_there(self, on: Draft, named: Named) -> bool:
        there = on.organization.relationships.get(named.name) is not None
        if not there and self.on_missing == "error":
            raise Unknown(f"there is no relationship `{' '.join(reversed(named.name))}`")
        return there

    def _row(self, on: Draft, written: Written, deleted: dict[Name, None]) -> Row | None:
        """Return the row of a relationship that is to be; None for one that may be left as it is."""
        if written.until is not None and written.until <= on.now:
            raise DirectoryError("a relationship would end before it begins: `until` lies ahead, or is left out")
        row: Row = written.model_dump()
        _validate(on, row)
        known = None if written.name in deleted else on.organization.relationships.get(written.name)
        if known is None:
            return row
        text = f"`{' '.join(reversed(written.name))}`"
        if dict(known) != row:
            raise Conflict(f"the relationship {text} is there on other terms; delete it in the same request")
        if self.on_duplicate == "error":
            raise Exists(f"the relationship {text} is there already")
        return None


class DeleteRelationships(RelationshipCommand):
    """Delete the relationships of an object or of a subject, a thousand at a time: `left` are there afterwards."""

    do: ClassVar[str] = "delete-relationships"
    object: ObjectText | None = None
    object_type: Slug | None = None
    relation: RelationText | None = None
    subject: SubjectText | None = None

    @override
    def draft(self, on: Draft) -> Answer:
        if self.object is None and self.subject is None:
            raise DirectoryError("name an `object` or a `subject`: not all relationships go at once")
        sought = Filter(
            object=self.object, object_type=self.object_type, relation=self.relation, subject=self.subject
        ).sought()
        found = [name_of(row) for row in on.organization.relationships.found(sought)]
        _change(on, dict.fromkeys(found[:MOST]))
        on.noted["relationships"] = [" ".join(reversed(name)) for name in found[:MOST]]
        deleted = min(len(found), MOST)
        return {"organization": self.organization, "deleted": deleted, "left": len(found) - deleted}


def _confirm(on: Draft, precondition: Precondition) -> None:
    there = next(on.organization.relationships.found(precondition.sought()), None) is not None
    if there is not (precondition.must == "exist"):
        about = precondition.model_dump(exclude_none=True, exclude={"must"})
        told = ", ".join(f"{name} `{value}`" for name, value in about.items())
        state = "there is a relationship" if there else "there is no relationship"
        raise PreconditionFailed(f"{state} with {told}; nothing was changed")


def _validate(on: Draft, row: Row) -> None:
    """Refuse a relationship that the model does not know, or of somebody who takes no part here."""
    fact = relationship_of(row)
    validate_relationship(on.world.model, fact)
    kind, _, name = fact.subject.partition(":")
    parts: Mapping[str, Container[str]] = {"user": on.organization.memberships, "agent": on.organization.agents}
    if kind in parts and "#" not in name and name != "*" and name not in parts[kind]:
        raise Unknown(f"no principal `{fact.subject}` in the organization")


def _change(on: Draft, rows: Mapping[Name, Row | None]) -> None:
    """Write rows, and delete where there is none; with them go some of those whose time is over."""
    for name, row in rows.items():
        if row is None:
            on.remove_here("relationships", **_key(name))
        else:
            on.put_here("relationships", **row)
    if rows:
        ended: Iterable[Name] = islice(on.organization.relationships.over, MOST)
        for name in [name for name in ended if name not in rows]:
            on.remove_here("relationships", **_key(name))


def _key(name: Name) -> dict[str, str]:
    return dict(zip(("object", "relation", "subject"), name, strict=True))


def shown(model: Model, row: Row) -> dict[str, Any]:
    """Return a relationship as it is told; one that the model does not know is stale, and counts for nothing."""
    told = {name: value for name, value in row.items() if value is not None}
    return {**told, "stale": True} if is_stale(model, row) else told


def is_stale(model: Model, row: Row) -> bool:
    """Return whether a model does not know a relationship."""
    try:
        validate_relationship(model, relationship_of(row))
    except EngineError:
        return True
    return False
