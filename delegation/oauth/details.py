"""`authorization_details` of type `resource_role`: one role on one subtree (RFC 9396 §2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from authz_core import EngineError, Object, parse_id, parse_object
from delegation.oauth.errors import InvalidDetails
from delegation.tokens import InvalidJSON, json_value

TYPE: Final = "resource_role"

_Text = Annotated[str, Field(min_length=1, max_length=600)]
_Texts = Annotated[tuple[_Text, ...], Field(min_length=1, max_length=200)]


class _Entry(BaseModel):
    """One entry on the wire; an unknown member is an error, not a wish to be ignored (RFC 9396 §5)."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    type: Literal["resource_role"]
    identifier: _Text
    privileges: _Texts
    actions: _Texts | None = None
    locations: Annotated[tuple[_Text, ...], Field(min_length=1, max_length=1)] | None = None
    delegation_id: _Text | None = None
    organization: _Text | None = None


_ENTRIES: Final = TypeAdapter(tuple[_Entry, ...])


@dataclass(frozen=True, slots=True)
class Details:
    """What a request asks for: roles on a resource, perhaps fewer permissions, perhaps by a named delegation."""

    identifier: Object
    privileges: frozenset[str]
    actions: frozenset[str] | None
    location: str | None
    delegation: str | None
    organization: str | None


def read_details(text: str) -> Details:
    """Return the one entry of an `authorization_details` parameter. Raises InvalidDetails."""
    octets = text.encode()
    try:
        json_value(octets)  # What two readers could understand differently is read by neither.
        entries = _ENTRIES.validate_json(octets)
    except InvalidJSON as error:
        raise InvalidDetails(f"`authorization_details` is {error}") from None
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in fault["loc"])[:80] or "authorization_details"
        raise InvalidDetails(f"`{place}`: {fault['msg']}") from None
    if len(entries) != 1:
        raise InvalidDetails("ask for exactly one entry: a token has one grant and one chain")
    return _details(entries[0])


def details_of(entry: Mapping[str, Any]) -> Details:
    """Return the details that an entry of a verified token describes. Raises InvalidDetails."""
    try:
        return _details(_Entry.model_validate_json(TypeAdapter(dict[str, Any]).dump_json(dict(entry))))
    except ValidationError:
        raise InvalidDetails("the subject token carries details that are not understood here") from None


def _details(entry: _Entry) -> Details:
    try:
        identifier = parse_object(entry.identifier)
        organization = None if entry.organization is None else parse_id(entry.organization)
    except EngineError as error:
        raise InvalidDetails(f"`identifier` or `organization`: {error}") from error
    for name in ("privileges", "actions"):
        values = getattr(entry, name)
        if values is not None and len(set(values)) != len(values):
            raise InvalidDetails(f"`{name}` names a value twice")
    return Details(
        identifier=identifier,
        privileges=frozenset(entry.privileges),
        actions=None if entry.actions is None else frozenset(entry.actions),
        location=entry.locations[0] if entry.locations else None,
        delegation=entry.delegation_id,
        organization=organization,
    )
