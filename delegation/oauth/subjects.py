"""Whom an exchange is for: a person by a user token, or by the receipt of a delegation (RFC 8693 §2.1)."""

from dataclasses import dataclass

from delegation.directory.people import Person
from delegation.oauth.details import Details, details_of
from delegation.oauth.errors import InvalidDetails, InvalidRequest
from delegation.oauth.exchange_request import JWT, ExchangeRequest
from delegation.oauth.request import Context
from delegation.state.entities import Agent
from delegation.tokens import InvalidToken, ProviderUnavailable, read_receipt


@dataclass(frozen=True, slots=True)
class Subject:
    """The person on whose behalf an agent asks, as proved by a verified subject token."""

    user: str
    expires_at: int
    """Epoch seconds; nothing derived from the token lives longer."""
    delegation: str | None = None
    """The delegation that a receipt names; None for a user token."""
    scope: frozenset[str] | None = None
    """What a restricted user token allows at most; None when it is not restricted."""
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
    if isinstance(context.person, ProviderUnavailable):
        raise context.person
    if context.person is None or isinstance(context.person, InvalidToken):
        raise InvalidRequest(f"`subject_token` is not acceptable: {context.person or 'it is no user token'}")
    return _by_user_token(context, context.person, agent)


def _by_receipt(context: Context, agent: Agent, request: ExchangeRequest) -> Subject:
    try:
        receipt = read_receipt(request.subject_token, ring=context.ring, issuer=context.terms.issuer, now=context.now)
    except InvalidToken as error:
        raise InvalidRequest(f"`subject_token` is not acceptable: {error}") from error
    if receipt.agent != agent.id:
        raise InvalidRequest("`subject_token` is not acceptable: the receipt is for another agent")
    return Subject(receipt.user, int(receipt.expires_at.timestamp()), delegation=receipt.delegation)


def _by_user_token(context: Context, person: Person, agent: Agent) -> Subject:
    token = person.token
    named = token.eligible_actor
    if named is not None and (named.get("sub"), named.get("iss", context.terms.issuer)) != (
        agent.id,
        context.terms.issuer,
    ):
        raise InvalidRequest("`subject_token` names another actor in `may_act`")  # RFC 8693 §4.4
    return Subject(
        user=person.user,
        expires_at=int(token.expires_at.timestamp()),
        scope=person.scope,
        details=_details(person),
        jti=token.jti,
    )


def _details(person: Person) -> Details | None:
    entries = person.token.details
    if entries is None:
        return None
    if len(entries) != 1 or not isinstance(entries[0], dict):
        raise InvalidDetails("a restricted subject token must carry exactly one entry of authorization details")
    return details_of(entries[0])
