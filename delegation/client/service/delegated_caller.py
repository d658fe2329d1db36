"""Who calls a service, for whom and within what: read from an introspection answer (RFC 7662)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from delegation.client.errors import UnexpectedAnswer
from delegation.client.issuer.json_text import JSON, text_of, whole_number_of

Details: TypeAlias = Mapping[str, JSON]


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegatedCaller:
    """A live delegated token, as the service it was presented to may know it.

    `subject` is the user, `actor` the agent that calls, `earlier_actors` those before it (latest
    first), which are history and decide nothing (RFC 8693 §4.1). `details` is what the token allows
    at its identifier at this moment; what lies beneath is a question to evaluation.
    """

    token: str = field(repr=False)
    subject: str
    actor: str
    earlier_actors: tuple[str, ...]
    organization: str
    details: tuple[Details, ...]
    expires_at: int
    revision: JSON
    key: str | None = None
    """Thumbprint of the key that the token is bound to, and that the caller proved; None for a bearer token."""


@dataclass(frozen=True, slots=True)
class Meant:
    """What a token must be for, to be accepted here."""

    issuer: str
    audience: str
    now: datetime
    key: str | None = None
    """The key of which the presenter proved possession."""


def caller_in(members: Mapping[str, JSON], token: str, meant: Meant) -> DelegatedCaller | None:
    """Return the caller; None if the token is not good here, whatever the reason.

    Raises UnexpectedAnswer where the answer leaves it open: that is an error, never a yes.
    """
    active = members.get("active")
    if not isinstance(active, bool):
        raise UnexpectedAnswer("`active` is missing from the answer or is no truth value")
    if not active or not _is_for(members, meant):
        return None
    if not _is_bound_to(members, meant.key):
        return None
    actors = _actors(members.get("act"))
    if not actors:
        return None
    return DelegatedCaller(
        token=token,
        subject=text_of(members, "sub"),
        actor=actors[0],
        earlier_actors=actors[1:],
        organization=text_of(members, "org_id"),
        details=_details(members),
        expires_at=whole_number_of(members, "exp"),
        revision=members.get("revision"),
        key=meant.key,
    )


def _is_for(members: Mapping[str, JSON], meant: Meant) -> bool:
    audience = members.get("aud")
    sole = audience[0] if isinstance(audience, list) and len(audience) == 1 else audience
    in_time = whole_number_of(members, "exp") > meant.now.timestamp()
    return sole == meant.audience and members.get("iss") == meant.issuer and in_time


def _is_bound_to(members: Mapping[str, JSON], key: str | None) -> bool:
    """Return whether a token is bound to the key that was proved, and to none where none was (RFC 9449 §7.1, §7.2)."""
    kind, confirmed = text_of(members, "token_type").lower(), members.get("cnf")
    if key is None:
        return kind == "bearer" and "cnf" not in members
    return kind == "dpop" and isinstance(confirmed, Mapping) and confirmed == {"jkt": key}


def _actors(act: JSON) -> tuple[str, ...]:
    actors: list[str] = []
    while act is not None:
        if not isinstance(act, Mapping):
            raise UnexpectedAnswer("`act` is not an object")
        actors.append(text_of(act, "sub"))
        act = act.get("act")
    return tuple(actors)


def _details(members: Mapping[str, JSON]) -> tuple[Details, ...]:
    details = members.get("authorization_details")
    if not isinstance(details, list):
        raise UnexpectedAnswer("`authorization_details` is not a list")
    entries = tuple(entry for entry in details if isinstance(entry, Mapping))
    if len(entries) != len(details):
        raise UnexpectedAnswer("an entry of `authorization_details` is not an object")
    return entries
