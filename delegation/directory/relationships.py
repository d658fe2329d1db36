"""Commands on relationships: who has which relation to what, where the model is one of relationships."""

from collections.abc import Container, Iterable, Mapping
from itertools import islice
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from typing_extensions import override

from authz_core import EngineError, Model, parse_object, parse_relation, parse_subject, validate_relationship
from delegation.directory.admissions import Seconds
from delegation.directory.command import Answer, Kind, ObjectText, OrganizationCommand, Slug, SubjectText
from delegation.directory.draft import Draft
from delegation.directory.errors import Conflict, DirectoryError, Exists, Unknown
from delegation.state.entities import Row
from delegation.state.relationships import Name, Sought, relationship_of

MOST: Final = 1_000
"""Relationships that one command changes at most."""
_LONGEST: Final = 1_500
"""Octets that object, relation and subject have together at most: a database finds them by all three."""


def _relation(text: str) -> str:
    try:
        return parse_relation(text)
    except EngineError as error:
        raise ValueError(str(error)) from error


RelationText = Annotated[str, AfterValidator(_relation)]


class Named(BaseModel):
    """One relationship by what tells it from others."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    object: ObjectText
    relation: RelationText
    subject: SubjectText

    @property
    def name(self) -> Name:
        """Object, relation and subject."""
        return self.object, self.relation, self.subject

    @model_validator(mode="after")
    def _short(self) -> Self:
        if len("".join(self.name).encode()) > _LONGEST:
            raise ValueError(f"object, relation and subject have more than {_LONGEST} octets together")
        return self


class Written(Named):
    """One relationship as it is to be, perhaps on a condition, perhaps for a time."""

    condition: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    context: dict[str, Any] | None = None
    """What is fixed of the condition's parameters; it wins over what a question brings along."""
    until: Seconds | None = None
    """When it ends, in epoch seconds; from then on it counts for nothing."""

    @model_validator(mode="after")
    def _about_something(self) -> Self:
        if self.condition is None and self.context is not None:
            raise ValueError("a `context` belongs to a `condition`")
        return self


class Filter(BaseModel):
    """Relationships by what they have in common."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    object: ObjectText | None = None
    object_type: Slug | None = None
    relation: RelationText | None = None
    subject: SubjectText | None = None

    def sought(self) -> Sought:
        """Return what is sought."""
        return Sought(
            None if self.object is None else parse_object(self.object),
            self.object_type,
            self.relation,
            None if self.subject is None else parse_subject(self.subject),
        )


class Precondition(Filter):
    """What must be so, or must not, for anything to be changed: of an object or of a subject."""

    must: Literal["exist", "not_exist"]

    @model_validator(mode="after")
    def _about_something(self) -> Self:
        if self.object is None and self.subject is None:
            raise ValueError("name an `object` or a `subject`")
        return self


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
        found = [_name(row) for row in on.organization.relationships.found(sought)]
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


def _name(row: Row) -> Name:
    return row["object"], row["relation"], row["subject"]


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
