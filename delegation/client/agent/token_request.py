"""What an agent asks for: a role, at a place, for one user and one service."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final, Required, TypeAlias, TypedDict

from delegation.client.issuer.json_text import Hidden

GRANT_TYPE: Final = "urn:ietf:params:oauth:grant-type:token-exchange"
KINDS: Final = "urn:ietf:params:oauth:token-type:"  # RFC 8693 §3
ACCESS_TOKEN: Final = f"{KINDS}access_token"
DETAILS_TYPE: Final = "resource_role"


@dataclass(frozen=True, slots=True)
class UserToken:
    """The access token a user handed to the agent: proof that the user is there."""

    text: str = field(repr=False)
    kind: ClassVar[str] = "access_token"


@dataclass(frozen=True, slots=True)
class Receipt:
    """The receipt of a delegation for unattended use: the user need not be there."""

    text: str = field(repr=False)
    kind: ClassVar[str] = "jwt"


@dataclass(frozen=True, slots=True)
class HeldToken:
    """A token that an agent of the chain holds: what is asked by it is derived from it, and worth no more."""

    text: str = field(repr=False)
    kind: ClassVar[str] = "access_token"


Subject: TypeAlias = UserToken | Receipt | HeldToken


class Wanted(TypedDict, total=False):
    """The keywords of a request: nothing in it has a wide default.

    `resource` is the audience of the service to be called, `identifier` the resource at the top of
    what is reached (`project:apollo`). `actions` narrows the roles to some of their permissions;
    left out, it asks for all of them. `delegation` and `organization` are needed only where the
    rest leaves it open.
    """

    resource: Required[str]
    identifier: Required[str]
    roles: Required[Collection[str]]
    actions: Collection[str]
    delegation: str
    organization: str


_KNOWN: Final = Wanted.__required_keys__ | Wanted.__optional_keys__


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRequest:
    """A request in one canonical spelling: equal requests are interchangeable."""

    subject: Subject
    resource: str
    identifier: str
    roles: tuple[str, ...]
    actions: tuple[str, ...] | None = None
    delegation: str | None = None
    organization: str | None = None

    def form(self) -> Mapping[str, str]:
        """Return the parameters of the exchange (RFC 8693 §2.1, RFC 9396 §6)."""
        details: dict[str, object] = {
            "type": DETAILS_TYPE,
            "identifier": self.identifier,
            "privileges": self.roles,
            "actions": self.actions,
            "delegation_id": self.delegation,
            "organization": self.organization,
        }
        given = {name: value for name, value in details.items() if value is not None}
        return Hidden(
            grant_type=GRANT_TYPE,
            subject_token=self.subject.text,
            subject_token_type=KINDS + self.subject.kind,
            resource=self.resource,
            authorization_details=json.dumps([given]),
        )


def request_for(subject: Subject, wanted: Wanted) -> TokenRequest:
    """Return the request; raises ValueError where it asks for nothing definite, TypeError for wrong keywords.

    A narrowing that is misspelt must not go unnoticed: what is left out asks for everything.
    """
    unknown, missing = wanted.keys() - _KNOWN, Wanted.__required_keys__ - wanted.keys()
    if unknown or missing:
        raise TypeError(f"a request names {sorted(_KNOWN)}: not {sorted(unknown)}, but {sorted(missing)}")
    roles, actions = wanted["roles"], wanted.get("actions")
    texts: tuple[object, ...] = (subject.text, wanted["resource"], wanted["identifier"])
    if not all(isinstance(text, str) and text for text in texts):
        raise ValueError("a request names a subject, a `resource` and an `identifier`")
    return TokenRequest(
        subject=subject,
        resource=wanted["resource"],
        identifier=wanted["identifier"],
        roles=slugs("roles", roles),
        actions=None if actions is None else slugs("actions", actions),
        delegation=wanted.get("delegation"),
        organization=wanted.get("organization"),
    )


def slugs(name: str, given: Collection[str]) -> tuple[str, ...]:
    """Return names in their one order; raises ValueError, by this name, where there is none."""
    # A bare string is a collection of letters, and an empty list must never mean "everything".
    if isinstance(given, str) or not given:
        raise ValueError(f"`{name}` is a list of at least one slug")
    return tuple(sorted(set(given)))
