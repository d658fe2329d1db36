"""The token exchange grant: a thin shell between Authlib and the exchange itself (RFC 8693 §2)."""

from typing import Any, Final

from authlib.oauth2.rfc6749 import BaseGrant, TokenEndpointMixin
from typing_extensions import override

from delegation.oauth.clients import AGENT_METHODS
from delegation.oauth.covering import Case
from delegation.oauth.errors import InvalidDetails, InvalidRequest, ProtocolError, UnauthorizedClient
from delegation.oauth.exchange import exchange
from delegation.oauth.exchange_request import ACCESS_TOKEN, GRANT_TYPE, ExchangeRequest, read_exchange
from delegation.oauth.request import Request
from delegation.oauth.subjects import subject_of
from delegation.state.entities import Agent, Service, Standing
from delegation.tokens import AccessToken, InvalidToken, Purpose, read_client_assertion, sign_access_token

_HEADERS: Final = [("Content-Type", "application/json"), ("Cache-Control", "no-store"), ("Pragma", "no-cache")]


class TokenExchangeGrant(BaseGrant, TokenEndpointMixin):  # type: ignore[misc]  # Authlib carries no types
    """Trades a person's token or a receipt for a token of the agent that asks."""

    GRANT_TYPE = GRANT_TYPE
    TOKEN_ENDPOINT_AUTH_METHODS = AGENT_METHODS
    request: Request

    @override
    def validate_token_request(self) -> None:
        self.authenticate_token_endpoint_client()

    @override
    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        context = self.request.context
        organization = context.view.organization.id if context.view.organization else None
        try:
            token = self._exchange(self.client.party)
            signed = self._signed(token)
        except ProtocolError as error:
            self.request.record("token.refused", "refused", organization, error=error.code, reason=error.description)
            raise
        self.request.record("token.issued", "issued", organization, **_recorded(token))
        return 200, _answer(token, signed), _HEADERS

    def _signed(self, token: AccessToken) -> str:
        context = self.request.context
        key = context.ring.signing(Purpose.ACCESS_TOKEN, now=context.now)
        try:
            return sign_access_token(token, key)
        except InvalidToken as error:
            raise InvalidDetails(f"the token cannot be issued: {error}; ask for fewer actions") from error

    def _exchange(self, agent: Agent | Service) -> AccessToken:
        context = self.request.context
        if not isinstance(agent, Agent):
            raise UnauthorizedClient("only agents exchange tokens")
        if agent.status is not Standing.ACTIVE:
            raise InvalidRequest("the agent is suspended")
        wanted = read_exchange(self.request.parameters)
        self._prove_actor(agent, wanted)
        subject = subject_of(context, agent, wanted)
        world = context.view.world
        # Whether an organization exists is nobody's business but its members'.
        by_user_token = subject.delegation is None
        if world is None or (by_user_token and subject.user not in world.organization.memberships):
            raise InvalidRequest("the user is in no such organization; name one in authorization_details")
        if wanted.details and wanted.details.organization not in {None, world.organization.id}:
            raise InvalidRequest("`organization` is not the one that `subject_token` speaks of")
        case = Case(world, agent, subject, wanted, int(context.now.timestamp()))
        return exchange(case, terms=context.terms, jti=context.identifier("at"))

    def _prove_actor(self, agent: Agent, wanted: ExchangeRequest) -> None:
        """Refuse an actor token that does not prove the client itself; the same assertion may serve as both."""
        if wanted.actor_token is None or wanted.actor_token == self.request.parameters.get("client_assertion"):
            return
        context = self.request.context
        try:
            assertion = read_client_assertion(
                wanted.actor_token,
                keys=context.registered(agent),
                client_id=agent.id,
                issuer=context.terms.issuer,
                now=context.now,
            )
        except InvalidToken as error:
            raise InvalidRequest(f"`actor_token` does not prove this agent: {error}") from error
        self.request.spend(assertion)


def _answer(token: AccessToken, signed: str) -> dict[str, Any]:
    """Return the members of a successful answer (RFC 8693 §2.2.1, RFC 9396 §7)."""
    scope = {} if token.scope is None else {"scope": token.scope}
    return {
        "access_token": signed,
        "issued_token_type": ACCESS_TOKEN,
        "token_type": "Bearer",
        "expires_in": int((token.expires_at - token.issued_at).total_seconds()),
        "authorization_details": [token.details.entry(token.audience)],
        **scope,
    }


def _recorded(token: AccessToken) -> dict[str, Any]:
    return {
        "jti": token.jti,
        "user": token.subject,
        "actors": list(token.actors),
        "delegation": token.details.delegation_id,
        "audience": token.audience,
        "identifier": token.details.identifier,
        "actions": sorted(token.details.actions),
        "expires_at": int(token.expires_at.timestamp()),
    }
