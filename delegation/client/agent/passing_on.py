"""Passing on: an agent lets another do a part of what it may do itself, and ends delegations of its chains."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Required, TypedDict

import httpx2

from delegation.client.agent.refusals import problem_in
from delegation.client.agent.token_request import Receipt
from delegation.client.errors import UnexpectedAnswer
from delegation.client.issuer.json_text import json_object, text_of, whole_number_of

_KEY: Final = re.compile(r"[!#-\[\]-~]{1,255}")
_LAST_SECOND: Final = 253_402_300_799  # the year 9999 ends


class Child(TypedDict, total=False):
    """What another agent is to be let do; what is left out is the parent's own, and nothing may exceed it.

    `resource` is the resource at the top of what is reached (`app:storefront`). `permissions` narrows the roles.
    `depth` says how many further hops may follow, `unattended` whether there is to be a receipt.
    """

    organization: Required[str]
    agent: Required[str]
    resource: Required[str]
    roles: Required[Collection[str]]
    lifetime: Required[timedelta]
    permissions: Collection[str]
    audiences: Collection[str]
    depth: int
    unattended: bool
    purpose: str
    budget: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Passed:
    """A delegation that was made out of another; the other agent gets its own tokens by the receipt."""

    delegation: str
    agent: str
    expires_at: datetime
    withheld: frozenset[str]
    """Permissions that the user does not hold there at this moment."""
    receipt: Receipt | None
    """To be handed to the other agent, for which alone it is good; None unless `unattended` was asked."""


def checked_key(key: str) -> str:
    """Return an idempotency key; raises ValueError for what cannot stand in its header field in quotes."""
    if _KEY.fullmatch(key) is None:
        raise ValueError("an `idempotency_key` is 1 to 255 visible ASCII characters, no quote and no backslash")
    return key


def body_of(child: Child) -> Mapping[str, object]:
    """Return the JSON members that ask for a child; raises ValueError where it asks for nothing definite."""
    if not child["agent"] or not child["resource"] or not child["organization"]:
        raise ValueError("a child names an `organization`, an `agent` and a `resource`")
    seconds = int(child["lifetime"].total_seconds())
    if seconds < 1:
        raise ValueError("`lifetime` is at least a second")
    members: dict[str, object] = {name: value for name, value in child.items() if name != "lifetime"}
    for name in ("roles", "permissions", "audiences"):
        if name in members:
            members[name] = _slugs(name, members[name])
    return {**members, "expires_in": seconds}


def passed_in(response: httpx2.Response) -> Passed:
    """Return the child that an answer tells of. Raises Widens and other Refused, and UnexpectedAnswer."""
    members = json_object(response.content)
    if response.status_code != httpx2.codes.CREATED:
        raise problem_in(members)
    receipt, withheld = members.get("receipt"), members.get("withheld")
    ends = whole_number_of(members, "expires_at")
    if not isinstance(withheld, list) or not 0 < ends <= _LAST_SECOND:
        raise UnexpectedAnswer("the answer tells of no delegation")
    return Passed(
        delegation=text_of(members, "id"),
        agent=text_of(members, "agent"),
        expires_at=datetime.fromtimestamp(ends, UTC),
        withheld=frozenset(map(str, withheld)),
        receipt=Receipt(receipt) if isinstance(receipt, str) else None,
    )


def _slugs(name: str, slugs: object) -> list[str]:
    # A bare string is a collection of letters, and an empty list must never mean "everything".
    if isinstance(slugs, str) or not isinstance(slugs, Collection) or not slugs:
        raise ValueError(f"`{name}` is a list of at least one name")
    return sorted({str(slug) for slug in slugs})
