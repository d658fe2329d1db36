"""What every grant here has in common: an agent asks, authenticated, active, perhaps with a key that it proves."""

from authlib.oauth2.rfc6749 import BaseGrant, TokenEndpointMixin
from typing_extensions import override

from delegation.authority.refusal import Term
from delegation.oauth.clients import AGENT_METHODS
from delegation.oauth.errors import InvalidRequest, ProtocolError, UnauthorizedClient
from delegation.oauth.proofs import prove_possession
from delegation.oauth.request import Request
from delegation.state.entities import Agent, Standing


class AgentGrant(BaseGrant, TokenEndpointMixin):  # type: ignore[misc]  # Authlib carries no types
    """A grant of the token endpoint that agents alone may use (RFC 6749 §3.2.1)."""

    TOKEN_ENDPOINT_AUTH_METHODS = AGENT_METHODS
    request: Request

    @override
    def validate_token_request(self) -> None:
        self.authenticate_token_endpoint_client()
        prove_possession(self.request, self.client.party)

    def agent(self, deed: str) -> Agent:
        """Return the agent that asks. Raises ProtocolError for a service, and for an agent that is suspended.

        `deed` says in words what only agents do.
        """
        party = self.client.party
        if not isinstance(party, Agent):
            raise UnauthorizedClient(f"only agents {deed}")
        if party.status is not Standing.ACTIVE:
            raise InvalidRequest("the agent is suspended", reason="agent_suspended").blaming(Term.STATUS)
        return party

    def record_refusal(self, error: ProtocolError, organization: str | None) -> None:
        """Leave an audit record of a token that an agent did not get."""
        self.request.record("token.refused", "refused", organization, error=error.code, reason=error.description)
