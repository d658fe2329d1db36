"""Relationship models: what one must be to serve delegations, and the command that puts another in its place."""

import re
from typing import Annotated, Any, ClassVar, Final

from pydantic import Field
from typing_extensions import override

from authz_core import Model, warnings_of
from delegation.directory.command import Answer, Command, Kind, Slug
from delegation.directory.draft import Draft
from delegation.directory.errors import Conflict, DirectoryError
from delegation.state.entities import Row
from delegation.state.platform import Platform
from delegation.state.relationship_models import asked_of_objects, model_of, newest, relations_of

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,47}")
_WHO: Final = ("user", "agent", "group", "role")
"""Types whose things are held by others, or hold something for others: a bound there may reach a whole tenant."""


class UnfitModel(DirectoryError):
    """A model means something, and delegations cannot be served with it."""


def model_row(text: str, delegable: tuple[str, ...] | None, *, number: int, at: int) -> Row:
    """Return the row of a deployment's model of this number, made at a moment in epoch seconds.

    Raises EngineError for a text that means nothing, and UnfitModel.
    """
    types = None if delegable is None else sorted(set(delegable))
    row: Row = {"id": f"{number:08}", "document": {"text": text, "delegable": types}, "created_at": at}
    model = model_of(row)
    if "user" not in model.types:
        raise UnfitModel("the model has no type `user`: it is the people of this service who delegate")
    for name in sorted({*model.types, *(name for each in model.types.values() for name in each)}):
        if not _NAME.fullmatch(name):
            raise UnfitModel(f"`{name}` cannot be asked for: take small letters, digits, `_` and `-`, 48 at most")
    _refuse_bounds(model)
    return row


def _refuse_bounds(model: Model) -> None:
    if not model.delegable:
        raise UnfitModel("no type looks like a resource, so nothing could be delegated: name the delegable types")
    for type_ in sorted(model.delegable):
        if type_ in _WHO or not relations_of(model, type_):
            raise UnfitModel(f"things of type `{type_}` cannot be delegated: a user, a group or a role is no resource")


class PutRelationshipModel(Command):
    """Put another relationship model in the place of the one that counts.

    Relationships that it does not know stay, and count for nothing. A relation that an earlier model had and the
    newest has not is gone for ever, because what was delegated with it has ended.
    """

    do: ClassVar[str] = "put-relationship-model"
    only_with: ClassVar[Kind | None] = Kind.RELATIONSHIPS
    text: Annotated[str, Field(max_length=262_144)]
    """The model in OpenFGA's language, or in its JSON form."""
    delegable: Annotated[tuple[Slug, ...], Field(min_length=1, max_length=200)] | None = None
    """The types on which something can be delegated; those that look like resources unless they are named."""

    @override
    def draft(self, on: Draft) -> Answer:
        known = on.view.platform.relationship_models
        row = model_row(self.text, self.delegable, number=len(known) + 1, at=on.now)
        current = newest(known.values())
        if row["document"] == current["document"]:
            return shown(current)
        _refuse_return(on.view.platform, model_of(row))
        on.put_platform("relationship_models", **row)
        return shown(row)


def _refuse_return(platform: Platform, model: Model) -> None:
    """Refuse a relation that is gone: what held it would come back to life. Raises Conflict."""
    here = _relations(platform.model)
    for row in platform.relationship_models.values():
        if back := (_relations(model_of(row)) - here) & _relations(model):
            type_, relation = min(back)
            raise Conflict(f"the relation `{relation}` of `{type_}` was given up before; choose another name")


def _relations(model: Model) -> frozenset[tuple[str, str]]:
    return frozenset((type_, relation) for type_, relations in model.types.items() for relation in relations)


def shown(row: Row) -> dict[str, Any]:
    """Return a model as it is told, with what an author may want to know of it."""
    model = model_of(row)
    return {
        "id": row["id"],
        "text": row["document"]["text"],
        "delegable": sorted(model.delegable),
        "permissions": sorted(asked_of_objects(model) - model.administrative),
        "warnings": [*warnings_of(model)],
    }
