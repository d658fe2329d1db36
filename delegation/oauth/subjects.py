"""Whom an exchange is for: a person, by a user token, a token of ours, or a delegation's receipt (RFC 8693 §2.1)."""

from dataclasses import dataclass

from delegation.authority.effective import chain_in_force
from delegation.authority.refusal import Refusal
from delegation.directory.people import Person
from delegation.oauth.details import Details, details_of
from delegation.oauth.errors import InvalidDetails, InvalidProof, InvalidRequest
from delegation.oauth.exchange_request import JWT, ExchangeRequest
from delegation.oauth.presented import presented_by
from delegation.oauth.request import Context
from delegation.state.entities import Agent
from delegation.tokens import (
    AccessToken,
    InvalidToken,
    Memory,
    ProviderUnavailable,
    claimed_issuer,
    read_access_token,
    read_receipt,
)


@dataclass(frozen=True, slots=True)
class Subject:
    """The person on whose behalf an agent asks, as proved by a verified subject token."""

    user: str
    expires_at: int
    """Epoch seconds; nothing derived from the token lives longer."""
    delegation: str | None = None
    """The delegation that a receipt names; None for a token."""
    derived_from: AccessToken | None = None
    """The token of ours that what is asked is derived from; None for a user token and a receipt."""
    scope: frozenset[str] | None = None
    """The permissions that a restricted token allows at most; None when it is not restricted."""
    details: Details | None = None
    """The roles and place that a restricted user token allows at most."""
    jti: str | None = None


def subject_of(context: Context, agent: Agent, request: ExchangeRequest) -> Subject:
    """Return the subject of an exchange.

    Raises InvalidRequest when its token is not acceptable, ProviderUnavailable when that cannot be found out.
    Each kind is verified by its own procedure, whatever else the request looks like.
    """
    if request.subject_token_type == JWT:
        return _by_receipt(context, agent, request)
    if is_ours(request.subject_token, context.terms.issuer, context.ring.memory):
        return _by_own_token(context, agent, request.subject_token)
    if isinstance(context.person, ProviderUnavailable):
        raise context.person
    if context.person is None or isinstance(context.person, InvalidToken):
        raise _unacceptable(f"`subject_token` is not acceptable: {context.person or 'it is no user token'}")
    return _by_user_token(context, context.person, agent)


def is_ours(token: str, issuer: str, memory: Memory) -> bool:
    """Return whether a token says that this service issued it, which decides how it is verified."""
    try:
        return claimed_issuer(token, memory) == issuer
    except InvalidToken:
        return False


def _by_own_token(context: Context, agent: Agent, text: str) -> Subject:
    """Return the subject of a token of ours: what is derived from it stands on all that it stands on."""
    try:
        token = read_access_token(text, ring=context.ring, issuer=context.terms.issuer, now=context.now)
    except InvalidToken as error:
        raise _unacceptable(f"`subject_token` is not acceptable: {error}") from error
    world = context.view.world
    if world is None or token.organization != world.organization.id:
        raise _unacceptable("`subject_token` is not acceptable: it is for no organization that is here")
    if token.key is not None and token.client_id != agent.id:
        # Whoever else is to act gets a delegation and uses its receipt.
        raise _unacceptable("`subject_token` is bound to a key of another agent")
    if token.key not in {None, context.key}:
        raise InvalidProof("`subject_token` is bound to a key: send a proof by this very key")
    standing = chain_in_force(world, presented_by(token), int(context.now.timestamp()))
    if isinstance(standing, Refusal):
        # Where a person can grant anew what has ended, or what is missing.
        detail = f"`subject_token` is not acceptable: {standing.detail}"
        raise InvalidRequest(detail, consent_uri=context.terms.consent_uri)
    return Subject(token.subject, int(token.expires_at.timestamp()), derived_from=token, scope=token.asked)


def _by_receipt(context: Context, agent: Agent, request: ExchangeRequest) -> Subject:
    try:
        receipt = read_receipt(request.subject_token, ring=context.ring, issuer=context.terms.issuer, now=context.now)
    except InvalidToken as error:
        raise _unacceptable(f"`subject_token` is not acceptable: {error}") from error
    if receipt.agent != agent.id:
        raise _unacceptable("`subject_token` is not acceptable: the receipt is for another agent")
    return Subject(receipt.user, int(receipt.expires_at.timestamp()), delegation=receipt.delegation)


def _by_user_token(context: Context, person: Person, agent: Agent) -> Subject:
    token = person.token
    named = token.eligible_actor
    if named is not None and (named.get("sub"), named.get("iss", context.terms.issuer)) != (
        agent.id,
        context.terms.issuer,
    ):
        raise _unacceptable("`subject_token` names another actor in `may_act`")  # RFC 8693 §4.4
    return Subject(
        user=person.user,
        expires_at=int(token.expires_at.timestamp()),
        scope=person.scope,
        details=_details(person),
        jti=token.jti,
    )


def _unacceptable(description: str) -> InvalidRequest:
    """Return the refusal of a subject token that another one has to be got for, as the agent can tell from `reason`."""
    return InvalidRequest(description, reason="subject_token")


def _details(person: Person) -> Details | None:
    entries = person.token.details
    if entries is None:
        return None
    if len(entries) != 1 or not isinstance(entries[0], dict):
        raise InvalidDetails("a restricted subject token must carry exactly one entry of authorization details")
    return details_of(entries[0])
