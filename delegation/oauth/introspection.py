"""Introspection: the live truth about a token, for the service it was issued for (RFC 7662)."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from authz_core import Object, parse_object
from delegation.authority.budgets import Kind
from delegation.authority.effective import Ground, chain_in_force, effective_on
from delegation.authority.prepared import prepared
from delegation.authority.refusal import Refusal, Term
from delegation.authority.tally import Said, Verdict, failing_term
from delegation.oauth.clients import SECRET_METHODS, Client
from delegation.oauth.errors import ProtocolError
from delegation.oauth.form import Form
from delegation.oauth.headers import Headers
from delegation.oauth.presented import presented_by
from delegation.oauth.request import Request
from delegation.oauth.server import HEADERS, SERVER, Answer
from delegation.state.entities import Service
from delegation.state.world import World
from delegation.tokens import AccessToken, InvalidToken, act_claim, confirmation, read_access_token

_OK: Final = tuple(HEADERS)


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A question about a token, and how it is to be answered."""

    form: Form
    headers: Headers
    within: float = 0.0
    """How many seconds old the facts may be."""
    sign: bool = False
    """Whether the answer is to be signed besides (RFC 9701)."""


def introspected(request: Request) -> Answer:
    """Return the answer to a service about tokens whose audience it is; about all others it is inactive and no more.

    Authlib's own endpoint would take the request apart once more; it authenticates the client here, and that is all.
    """
    try:
        client = SERVER.authenticate_client(request, SECRET_METHODS, "introspection")
        text = request.parameters.require("token")  # RFC 7662 §2.1; a hint is ignored, as it may be
    except ProtocolError as error:
        return Answer.to(error)
    return Answer(HTTPStatus.OK, introspect(request, client, text), _OK)


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
    presented, resource = presented_by(token), _resource_of(token)
    chain = chain_in_force(world, presented, now)
    if isinstance(chain, Refusal):
        return _inactive(request, chain.term)
    left = effective_on(Ground(world, presented, chain, now), token.asked, resource)
    if not left:
        return _inactive(request, failing_term(world, presented, token.asked, resource, now))
    refusal = request.charge(chain, Kind.EVALUATIONS)
    if refusal is not None:
        return _inactive(request, refusal.term)
    request.said = Verdict.ALLOWED
    return _active(token, left, world.organization.revision)


def _inactive(request: Request, said: Said) -> dict[str, Any]:
    """Return what is said of every token that is no good, whatever it is that said no."""
    request.said = said
    return {"active": False}


@prepared
def _resource_of(token: AccessToken) -> Object:
    return parse_object(token.details.identifier)


@prepared
def _claims_of(token: AccessToken) -> Mapping[str, Any]:
    """Return what is said of a token whenever it is good."""
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
        **({} if token.key is None else {"cnf": confirmation(token.key)}),
    }


@prepared
def _entry_of(token: AccessToken) -> Mapping[str, Any]:
    return token.details.entry(token.audience)


def _active(token: AccessToken, left: frozenset[str], revision: int) -> dict[str, Any]:
    """Return what is said of a token that is good: its claims, with what is left of its actions at this moment."""
    actions = sorted(left)
    return {
        **_claims_of(token),
        "authorization_details": [{**_entry_of(token), "actions": actions}],
        "revision": revision,
        **({} if token.scope is None else {"scope": " ".join(actions)}),
    }


def answers_to(world: World, client: Client, token: AccessToken) -> bool:
    """Return whether a service may be told about a token: its own audience, where the organization admits it."""
    service = client.party
    if not isinstance(service, Service) or token.organization != world.organization.id:
        return False
    return token.audience == service.audience and service.id in world.organization.services
