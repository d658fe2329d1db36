"""The client credentials grant: an agent's own token, which carries no user's rights (RFC 6749 §4.4)."""

from datetime import timedelta
from typing import Any

from authlib.oauth2.rfc6749 import BaseGrant, TokenEndpointMixin
from typing_extensions import override

from delegation.oauth.clients import AGENT_METHODS
from delegation.oauth.errors import (
    InvalidDetails,
    InvalidRequest,
    InvalidScope,
    InvalidTarget,
    ProtocolError,
    UnauthorizedClient,
)
from delegation.oauth.exchange_request import CLIENT_CREDENTIALS
from delegation.oauth.proofs import prove_possession
from delegation.oauth.request import Request
from delegation.oauth.server import HEADERS
from delegation.state.entities import Agent, Service, Standing
from delegation.tokens import OwnToken, Purpose, sign_own_token


class ClientCredentialsGrant(BaseGrant, TokenEndpointMixin):  # type: ignore[misc]  # Authlib carries no types
    """Gives an agent a token about itself, for this service alone: good as `actor_token`, never as a subject."""

    GRANT_TYPE = CLIENT_CREDENTIALS
    TOKEN_ENDPOINT_AUTH_METHODS = AGENT_METHODS
    request: Request

    @override
    def validate_token_request(self) -> None:
        self.authenticate_token_endpoint_client()
        prove_possession(self.request, self.client.party)

    @override
    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        context = self.request.context
        try:
            agent = self._agent(self.client.party)
            self._refuse_wishes()
        except ProtocolError as error:
            self.request.record("token.refused", "refused", None, error=error.code, reason=error.description)
            raise
        lifetime = context.terms.lifetime
        ends = context.now + timedelta(seconds=lifetime)
        token = OwnToken(context.terms.issuer, agent.id, context.now, ends, context.identifier("at"), context.key)
        signed = sign_own_token(token, context.ring.signing(Purpose.ACCESS_TOKEN, now=context.now))
        self.request.record("token.issued", "issued", None, jti=token.jti, audience=token.issuer)
        kind = "Bearer" if token.key is None else "DPoP"
        return 200, {"access_token": signed, "token_type": kind, "expires_in": lifetime}, HEADERS

    def _agent(self, party: Agent | Service) -> Agent:
        if not isinstance(party, Agent):
            raise UnauthorizedClient("only agents have tokens of their own")
        if party.status is not Standing.ACTIVE:
            raise InvalidRequest("the agent is suspended")
        return party

    def _refuse_wishes(self) -> None:
        """Refuse every wish for more than the agent's name. Raises ProtocolError."""
        form, issuer = self.request.parameters, self.request.context.terms.issuer
        if form.get("scope") is not None:
            raise InvalidScope("an agent's own token carries no permissions; exchange a user's token for some")
        if form.get("authorization_details") is not None:
            raise InvalidDetails("an agent's own token carries no rights; exchange a user's token for some")
        if {*form.all("resource"), *form.all("audience")} - {issuer}:
            raise InvalidTarget("an agent's own token is for this service alone")
