"""What a service says of itself: its identifier, and who issues tokens for it (RFC 9728)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import httpx2

from delegation.client.errors import UnexpectedAnswer, UntrustedIssuer, WrongTarget, printable
from delegation.client.issuer.addresses import is_protected, origin_of, shown
from delegation.client.issuer.discovery import well_known
from delegation.client.issuer.json_text import JSON, json_object, text_of
from delegation.client.issuer.wire import Outgoing, Wire

_DOCUMENT: Final = "oauth-protected-resource"
_METADATA: Final = re.compile(r'(?<![\w-])resource_metadata="([^"]*)"')  # RFC 9728 §5.1


@dataclass(frozen=True, slots=True)
class ProtectedResource:
    """A service that this client's issuer speaks for, in its own words."""

    resource: str
    """What its tokens are for: `resource` of everything that is asked for it."""
    permissions: frozenset[str]
    """The scopes that it names; there may be others."""
    is_bound_only: bool
    """Whether it takes no token but those bound to a key: then the client needs `dpop`."""


async def look_up(address: str, issuer: str, wire: Wire) -> ProtectedResource:
    """Return what the service at an address says of itself.

    Raises WrongTarget unless it calls itself exactly so, UntrustedIssuer unless it names exactly this issuer,
    Unavailable, and UnexpectedAnswer.
    """
    if not is_protected(address) or "#" in address:
        raise WrongTarget(f"`{shown(address)}` is no https address of a service (http serves for this machine alone)")
    challenged = await wire.ask(lambda: _get(address))
    metadata = _told_in(challenged, address) or well_known(address, _DOCUMENT)
    response = await wire.ask(lambda: _get(metadata))
    if response.status_code != httpx2.codes.OK:
        raise UnexpectedAnswer(f"`{metadata}` answered {response.status_code}: the service says nothing of itself")
    return _checked(json_object(response.content), address, issuer)


def _get(url: str) -> Outgoing:
    return Outgoing("GET", url, idempotent=True, whom="the service")


def _told_in(response: httpx2.Response, address: str) -> str | None:
    """Return where a challenge says that the metadata is; an address of elsewhere is nothing to go to."""
    named = _METADATA.search(response.headers.get("WWW-Authenticate", ""))
    if response.status_code != httpx2.codes.UNAUTHORIZED or named is None or not is_protected(named[1]):
        return None
    return named[1] if origin_of(httpx2.URL(named[1])) == origin_of(httpx2.URL(address)) else None


def _checked(members: Mapping[str, JSON], address: str, issuer: str) -> ProtectedResource:
    resource, servers = text_of(members, "resource"), members.get("authorization_servers")
    if resource != address:  # RFC 9728 §3.3
        raise WrongTarget(f"the service at `{address}` calls itself `{printable(resource)}`; use exactly that address")
    if not isinstance(servers, list) or issuer not in servers:
        raise UntrustedIssuer(f"the service at `{address}` does not name `{issuer}` among those that issue its tokens")
    scopes = members.get("scopes_supported")
    return ProtectedResource(
        resource=resource,
        permissions=frozenset(map(str, scopes)) if isinstance(scopes, list) else frozenset(),
        is_bound_only=members.get("dpop_bound_access_tokens_required") is True,
    )
