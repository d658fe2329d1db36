"""What a token lets its bearer do, and what the tokens it comes from let through (RFC 9396 §2)."""

from dataclasses import dataclass
from typing import Final

from delegation.tokens.claims import MAX_URI, Claims, members, optional_text, text, texts
from delegation.tokens.errors import InvalidToken, Reason
from delegation.tokens.strict_json import JSON

RESOURCE_ROLE: Final = "resource_role"

_MAX_REFERENCE: Final = 512  # a type, a colon and an id
_ENTRY: Final = frozenset({"type", "identifier", "privileges", "actions", "locations", "delegation_id"})
_ANCESTOR: Final = frozenset({"jti", "identifier", "privileges", "actions", "locations"})


@dataclass(frozen=True, slots=True)
class Grant:
    """The one entry of `authorization_details` in a token of ours; the delegation is named, never copied."""

    identifier: str
    """The resource, as `type:id`."""
    privileges: tuple[str, ...]
    """Slugs of the roles."""
    actions: frozenset[str]
    """The permissions that were effective at the resource when the token was issued."""
    delegation_id: str

    def entry(self, audience: str) -> dict[str, JSON]:
        """Return the entry as tokens and answers show it; its only location is the token's audience."""
        return {
            "type": RESOURCE_ROLE,
            "identifier": self.identifier,
            "privileges": [*self.privileges],
            "actions": [*sorted(self.actions)],
            "locations": [audience],
            "delegation_id": self.delegation_id,
        }

    @classmethod
    def of_entry(cls, value: JSON, audience: str) -> "Grant":
        """Return the grant of an entry for this audience; raises InvalidToken for any other value."""
        entry = members(value, "authorization_details", _ENTRY)
        if entry.get("type") != RESOURCE_ROLE or entry.get("locations") != [audience]:
            raise InvalidToken(Reason.CLAIM, "the entry must be of our type, for the audience alone")
        return cls(
            identifier=text(entry, "identifier", _MAX_REFERENCE),
            privileges=texts(entry, "privileges"),
            actions=frozenset(texts(entry, "actions")),
            delegation_id=text(entry, "delegation_id"),
        )


@dataclass(frozen=True, slots=True)
class Ancestor:
    """A token that another was derived from: its name, and the bound that it passes on.

    One that was restricted to a place has an identifier and privileges; one that was restricted to
    permissions has actions. None is no restriction of that sort, or one that the token's own bound implies.
    One without any of all this is no ancestor.
    """

    jti: str | None
    identifier: str | None
    privileges: tuple[str, ...]
    actions: frozenset[str] | None
    location: str | None = None
    """The only audience that a user token lets what is derived from it be for; None where it leaves that open."""


def ancestor_member(ancestor: Ancestor) -> JSON:
    """Return the ancestor as the claim `ancestors` holds it."""
    member: dict[str, JSON] = {}
    if ancestor.jti is not None:
        member["jti"] = ancestor.jti
    if ancestor.identifier is not None:
        member |= {"identifier": ancestor.identifier, "privileges": [*ancestor.privileges]}
    if ancestor.actions is not None:
        member["actions"] = [*sorted(ancestor.actions)]
    if ancestor.location is not None:
        member["locations"] = [ancestor.location]
    return member


def ancestor_in(value: JSON) -> Ancestor:
    """Return the ancestor that a member of `ancestors` describes; raises InvalidToken."""
    member = members(value, "ancestors", _ANCESTOR)
    placed = "identifier" in member
    if placed != ("privileges" in member) or not member:
        raise InvalidToken(Reason.CLAIM, "an ancestor must have a name, a place or permissions")
    return Ancestor(
        jti=optional_text(member, "jti"),
        identifier=text(member, "identifier", _MAX_REFERENCE) if placed else None,
        privileges=texts(member, "privileges") if placed else (),
        actions=frozenset(texts(member, "actions")) if "actions" in member else None,
        location=_location_in(member),
    )


def _location_in(member: Claims) -> str | None:
    if "locations" not in member:
        return None
    locations = member["locations"]
    if not isinstance(locations, list) or len(locations) != 1:
        raise InvalidToken(Reason.CLAIM, "`locations` of an ancestor must name one audience")
    return text({"locations": locations[0]}, "locations", MAX_URI)
