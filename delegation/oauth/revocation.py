"""Revocation: an agent gives up a token, or with the receipt the whole delegation (RFC 7009)."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from authlib.oauth2.rfc7009 import RevocationEndpoint
from typing_extensions import override

from delegation.audit import JSON
from delegation.authority.ending import revoked
from delegation.oauth.clients import AGENT_METHODS, Client
from delegation.oauth.errors import InvalidGrant
from delegation.oauth.request import Request
from delegation.state.organization import Organization
from delegation.store import Change, Put, Remove
from delegation.tokens import AccessToken, InvalidToken, Receipt, read_access_token, read_receipt

_HEADERS: Final = [("Content-Type", "application/json"), ("Cache-Control", "no-store"), ("Pragma", "no-cache")]
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
        return 200, {}, _HEADERS


def _revoke(request: Request, client: Client, text: str) -> None:
    token = _read(request, text)
    organization = request.context.view.organization
    if token is None or organization is None or token.organization != organization.id:
        return
    holder = token.agent if isinstance(token, Receipt) else token.client_id
    if holder != client.party.id:
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
