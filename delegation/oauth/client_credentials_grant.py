"""The client credentials grant: an agent's own token, which carries no user's rights (RFC 6749 §4.4)."""

from datetime import timedelta
from typing import Any

from typing_extensions import override

from delegation.oauth.agent_grant import AgentGrant
from delegation.oauth.errors import InvalidDetails, InvalidScope, InvalidTarget, ProtocolError
from delegation.oauth.exchange_request import CLIENT_CREDENTIALS
from delegation.oauth.server import HEADERS
from delegation.tokens import OwnToken, Purpose, sign_own_token


class ClientCredentialsGrant(AgentGrant):
    """Gives an agent a token about itself, for this service alone: good as `actor_token`, never as a subject."""

    GRANT_TYPE = CLIENT_CREDENTIALS

    @override
    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        context = self.request.context
        try:
            agent = self.agent("have tokens of their own")
            self._refuse_wishes()
        except ProtocolError as error:
            self.record_refusal(error, None)
            raise
        lifetime = context.terms.lifetime
        ends = context.now + timedelta(seconds=lifetime)
        token = OwnToken(context.terms.issuer, agent.id, context.now, ends, context.means.identifier("at"), context.key)
        signed = sign_own_token(token, context.ring.signing(Purpose.ACCESS_TOKEN, now=context.now))
        self.request.record("token.issued", "issued", None, jti=token.jti, audience=token.issuer)
        kind = "Bearer" if token.key is None else "DPoP"
        return 200, {"access_token": signed, "token_type": kind, "expires_in": lifetime}, HEADERS

    def _refuse_wishes(self) -> None:
        """Refuse every wish for more than the agent's name. Raises ProtocolError."""
        form, issuer = self.request.parameters, self.request.context.terms.issuer
        if form.get("scope") is not None:
            raise InvalidScope("an agent's own token carries no permissions; exchange a user's token for some")
        if form.get("authorization_details") is not None:
            raise InvalidDetails("an agent's own token carries no rights; exchange a user's token for some")
        if {*form.all("resource"), *form.all("audience")} - {issuer}:
            raise InvalidTarget("an agent's own token is for this service alone")
