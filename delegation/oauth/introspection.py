"""Introspection: the live truth about a token, for the service it was issued for (RFC 7662)."""

from dataclasses import replace
from typing import Any

from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from typing_extensions import override

from authz_core import parse_object
from delegation.authority.budgets import Kind
from delegation.authority.chain import chain_of
from delegation.authority.effective import effective
from delegation.authority.refusal import Term
from delegation.authority.tally import Said, Verdict, failing_term
from delegation.oauth.clients import SECRET_METHODS, Client
from delegation.oauth.presented import presented_by
from delegation.oauth.request import Request
from delegation.oauth.server import HEADERS
from delegation.state.entities import Service
from delegation.state.world import World
from delegation.tokens import AccessToken, InvalidToken, act_claim, confirmation, read_access_token


class Introspection(IntrospectionEndpoint):  # type: ignore[misc]  # Authlib carries no types
    """Answers a service about tokens whose audience it is; about all others it says inactive and no more."""

    CLIENT_AUTH_METHODS = SECRET_METHODS

    @override
    def create_endpoint_response(self, request: Request) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        client = self.authenticate_endpoint_client(request)
        text = request.parameters.require("token")  # RFC 7662 §2.1; a hint is ignored, as it may be
        return 200, introspect(request, client, text), HEADERS


def introspect(request: Request, client: Client, text: str) -> dict[str, Any]:
    """Return the introspection answer about a token for a service (RFC 7662 §2.2)."""
    context = request.context
    try:
        token = read_access_token(text, ring=context.ring, issuer=context.terms.issuer, now=context.now)
    except InvalidToken:
        return _inactive(request, Term.TOKEN)
    world = context.view.world
    if world is None or not answers_to(world, client, token):
        return _inactive(request, Verdict.OTHER)
    now = int(context.now.timestamp())
    presented, resource = presented_by(token), parse_object(token.details.identifier)
    left = effective(world, presented, token.asked, resource, now)
    if not left:
        return _inactive(request, failing_term(world, presented, token.asked, resource, now))
    chain = chain_of(world, world.organization.delegations[token.details.delegation_id])
    refusal = request.charge(chain, Kind.EVALUATIONS)
    if refusal is not None:
        return _inactive(request, refusal.term)
    request.said = Verdict.ALLOWED
    return _active(token, left, world.organization.revision)


def _inactive(request: Request, said: Said) -> dict[str, Any]:
    """Return what is said of every token that is no good, whatever it is that said no."""
    request.said = said
    return {"active": False}


def _active(token: AccessToken, left: frozenset[str], revision: int) -> dict[str, Any]:
    """Return what is said of a token that is good: its claims, with what is left of its actions at this moment."""
    scope = {} if token.scope is None else {"scope": " ".join(sorted(left))}
    return {
        "active": True,
        "token_type": "Bearer" if token.key is None else "DPoP",  # RFC 9449 §6.2
        "iss": token.issuer,
        "sub": token.subject,
        "aud": token.audience,
        "client_id": token.client_id,
        "iat": int(token.issued_at.timestamp()),
        "nbf": int(token.not_before.timestamp()),
        "exp": int(token.expires_at.timestamp()),
        "jti": token.jti,
        "org_id": token.organization,
        "act": act_claim(token.issuer, token.actors),
        "authorization_details": [replace(token.details, actions=left).entry(token.audience)],
        "revision": revision,
        **({} if token.key is None else {"cnf": confirmation(token.key)}),
        **scope,
    }


def answers_to(world: World, client: Client, token: AccessToken) -> bool:
    """Return whether a service may be told about a token: its own audience, where the organization admits it."""
    service = client.party
    if not isinstance(service, Service) or token.organization != world.organization.id:
        return False
    return token.audience == service.audience and service.id in world.organization.services
