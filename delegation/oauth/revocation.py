"""Revocation: an agent gives up a token, or with the receipt the whole delegation (RFC 7009)."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from authlib.oauth2.rfc7009 import RevocationEndpoint
from typing_extensions import override

from delegation.audit import JSON
from delegation.authority.chain import chain_of
from delegation.authority.ending import revoked
from delegation.oauth.clients import AGENT_METHODS, Client
from delegation.oauth.errors import InvalidGrant, UnsupportedTokenType
from delegation.oauth.request import Request
from delegation.oauth.server import HEADERS
from delegation.state.organization import Organization
from delegation.store import Change, Put, Remove
from delegation.tokens import AccessToken, InvalidToken, Receipt, read_access_token, read_own_token, read_receipt

_KEPT: Final = 60
"""Seconds a revocation is kept beyond the end of its token, should clocks differ."""
_AT_ONCE: Final = 10


class Revocation(RevocationEndpoint):  # type: ignore[misc]  # Authlib carries no types
    """Ends what an agent presents; what is unknown, expired or ended already needs no ending (RFC 7009 §2.2)."""

    CLIENT_AUTH_METHODS = AGENT_METHODS

    @override
    def create_endpoint_response(self, request: Request) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        client = self.authenticate_endpoint_client(request)
        _revoke(request, client, request.parameters.require("token"))
        return 200, {}, HEADERS


def _revoke(request: Request, client: Client, text: str) -> None:
    token = _read(request, text)
    if token is None:
        _refuse_own(request, client, text)
    organization = request.context.view.organization
    if token is None or organization is None or token.organization != organization.id:
        return
    if client.party.id not in _holders(request, token):
        request.record("revocation.refused", "refused", organization.id, jti=token.jti)
        raise InvalidGrant("the token was issued to another client")  # RFC 7009 §2.1
    if isinstance(token, AccessToken):
        if token.jti not in organization.revoked:
            row: dict[str, JSON] = {"jti": token.jti, "expires_at": int(token.expires_at.timestamp())}
            changes: tuple[Change, ...] = (
                Put("revoked_tokens", row),
                *_forgotten(organization, int(request.context.now.timestamp())),
            )
            request.change(organization, "token.revoked", *changes, jti=token.jti)
        return
    delegation = organization.delegations.get(token.delegation)
    now = int(request.context.now.timestamp())
    if delegation is not None and (ended := revoked(delegation, by=client.actor, now=now)) != delegation:
        request.change(organization, "delegation.revoked", Put("delegations", ended.row()), delegation=ended.id)


def _holders(request: Request, token: AccessToken | Receipt) -> frozenset[str]:
    """Return the agents that may end what is presented: a token's own; of a delegation, those above it too."""
    if isinstance(token, AccessToken):
        return frozenset({token.client_id})
    world = request.context.view.world
    delegation = None if world is None else world.organization.delegations.get(token.delegation)
    if world is None or delegation is None:
        return frozenset({token.agent})
    return frozenset(link.agent for link in chain_of(world, delegation))


def _refuse_own(request: Request, client: Client, text: str) -> None:
    """Refuse an agent's own token: it is on no record, carries no right, and ends by itself. Raises ProtocolError."""
    context = request.context
    try:
        own = read_own_token(text, ring=context.ring, issuer=context.terms.issuer, now=context.now)
    except InvalidToken:
        return
    if own.agent != client.party.id:
        raise InvalidGrant("the token was issued to another client")  # RFC 7009 §2.1
    raise UnsupportedTokenType("an agent's own token is not revoked; suspend the agent, or let it expire")


def _forgotten(organization: Organization, now: int) -> Iterator[Remove]:
    """Return the end of a few revocations whose tokens have expired, so that their number does not grow for ever."""
    expired = (jti for jti, expires_at in organization.revoked.items() if expires_at < now - _KEPT)
    return (Remove("revoked_tokens", {"jti": jti}) for jti in islice(expired, _AT_ONCE))


def _read(request: Request, text: str) -> AccessToken | Receipt | None:
    context = request.context
    try:
        return read_access_token(text, ring=context.ring, issuer=context.terms.issuer, now=context.now)
    except InvalidToken:
        pass  # It may be a receipt.
    try:
        return read_receipt(text, ring=context.ring, issuer=context.terms.issuer, now=context.now)
    except InvalidToken:
        return None
