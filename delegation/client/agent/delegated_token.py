"""A token as the agent holds it, read from the answer of the token endpoint (RFC 8693 §2.2.1)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import httpx2

from delegation.client.agent.refusals import refusal_in
from delegation.client.agent.token_request import ACCESS_TOKEN
from delegation.client.errors import UnexpectedAnswer
from delegation.client.issuer.json_text import JSON, json_object, text_of, whole_number_of

_LAST_MOMENTS: Final = timedelta(seconds=5)  # too short to reach a service and be checked there
_LONGEST_LIFE: Final = timedelta(days=1)
_TOKEN: Final = re.compile(r"[A-Za-z0-9._~+/-]+=*")  # RFC 6750 §2.1


@dataclass(frozen=True, slots=True)
class DelegatedToken:
    """A token for one service; `actions` is what it allows at its identifier now, if stated."""

    value: str = field(repr=False)
    expires_at: datetime
    refresh_at: datetime
    identifier: str
    actions: frozenset[str] | None
    delegation: str | None
    is_bound: bool = False
    """Whether it is worth nothing without a proof of the agent's key (RFC 9449)."""

    def is_usable(self, now: datetime) -> bool:
        """Return whether enough of its life is left to call a service with it."""
        return now < self.expires_at - _LAST_MOMENTS

    def is_fresh(self, now: datetime) -> bool:
        """Return whether it is too early to look for a successor."""
        return now < self.refresh_at and self.is_usable(now)


@dataclass(frozen=True, slots=True)
class OwnToken:
    """An agent's own token: it says who the agent is, and carries no user's rights."""

    value: str = field(repr=False)
    expires_at: datetime


def own_token_in(response: httpx2.Response, asked_at: datetime, *, bound: bool = False) -> OwnToken:
    """Return the own token the answer carries, `bound` to a key or not, as it was asked for.

    Raises what `refusal_in` finds, or UnexpectedAnswer.
    """
    members = _issued(response, bound=bound)
    life = _life(members)
    return OwnToken(text_of(members, "access_token"), asked_at + life)


def token_in(
    response: httpx2.Response, asked_at: datetime, refresh_before: timedelta, *, bound: bool = False
) -> DelegatedToken:
    """Return the token the answer carries, `bound` to a key or not, as it was asked for.

    Raises what `refusal_in` finds, or UnexpectedAnswer.
    """
    members = _issued(response, bound=bound)
    if text_of(members, "issued_token_type") != ACCESS_TOKEN:
        raise UnexpectedAnswer("what was issued is not called an access token")
    life = _life(members)
    entry = _entry(members)
    return DelegatedToken(
        value=text_of(members, "access_token"),
        # Counted from before the question, so never later than the service's own reckoning.
        expires_at=asked_at + life,
        refresh_at=asked_at + max(life - refresh_before, life * 3 / 4),
        identifier=text_of(entry, "identifier"),
        actions=_actions(entry),
        delegation=_delegation(entry),
        is_bound=bound,
    )


def _issued(response: httpx2.Response, *, bound: bool) -> Mapping[str, JSON]:
    """Return the members of an answer that issues a token which can be presented as it is meant to be."""
    members = json_object(response.content)
    if response.status_code != httpx2.codes.OK:
        raise refusal_in(members)
    # A token that is not bound although a proof was sent is a token for whoever finds it (RFC 9449 §5).
    if text_of(members, "token_type").lower() != ("dpop" if bound else "bearer"):
        raise UnexpectedAnswer("the token is of a type that this client cannot present, or was not bound to its key")
    if _TOKEN.fullmatch(text_of(members, "access_token")) is None:
        # What refuses to send it would show it.
        raise UnexpectedAnswer("the token cannot stand in a header field")
    return members


def _life(members: Mapping[str, JSON]) -> timedelta:
    seconds = whole_number_of(members, "expires_in")
    if not 0 < seconds <= _LONGEST_LIFE.total_seconds():
        raise UnexpectedAnswer("`expires_in` is out of bounds")
    return timedelta(seconds=seconds)


def _entry(members: Mapping[str, JSON]) -> Mapping[str, JSON]:
    details = members.get("authorization_details")
    if not isinstance(details, list) or len(details) != 1 or not isinstance(details[0], Mapping):
        raise UnexpectedAnswer("`authorization_details` does not hold exactly one entry")
    return details[0]


def _actions(entry: Mapping[str, JSON]) -> frozenset[str] | None:
    actions = entry.get("actions")
    if actions is None:
        return None
    if not isinstance(actions, list):
        raise UnexpectedAnswer("`actions` is not a list")
    return frozenset(str(action) for action in actions)


def _delegation(entry: Mapping[str, JSON]) -> str | None:
    delegation = entry.get("delegation_id")
    return delegation if isinstance(delegation, str) else None
