"""The token exchange grant: a thin shell between Authlib and the exchange itself (RFC 8693 §2)."""

from dataclasses import replace
from typing import Any

from typing_extensions import override

from delegation.audit import JSON
from delegation.authority.budgets import Kind
from delegation.authority.chain import chain_of
from delegation.authority.refusal import Term
from delegation.authority.tally import Verdict
from delegation.oauth.agent_grant import AgentGrant
from delegation.oauth.covering import Case
from delegation.oauth.errors import InvalidDetails, InvalidProof, InvalidRequest, ProtocolError
from delegation.oauth.exchange import exchange
from delegation.oauth.exchange_request import ACCESS_TOKEN, GRANT_TYPE, ExchangeRequest, read_exchange
from delegation.oauth.policy_made import by_policy
from delegation.oauth.server import HEADERS
from delegation.oauth.subjects import is_ours, subject_of
from delegation.state.entities import Agent
from delegation.store import Put
from delegation.tokens import (
    AccessToken,
    InvalidToken,
    Purpose,
    claimed_assertion,
    read_client_assertion,
    read_own_token,
    sign_access_token,
)


class TokenExchangeGrant(AgentGrant):
    """Trades a person's token or a receipt for a token of the agent that asks."""

    GRANT_TYPE = GRANT_TYPE

    @override
    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        context = self.request.context
        organization = context.view.organization.id if context.view.organization else None
        try:
            case = self._case(self.agent("exchange tokens"))
            token = exchange(case, terms=context.terms, jti=context.means.identifier("at"), key=context.key)
            signed = self._signed(token)
            self._charge(token, case)
        except ProtocolError as error:
            self.record_refusal(error, organization)
            self.request.said = error.said
            raise
        self.request.said = Verdict.ALLOWED
        self.request.record("token.issued", "issued", organization, **_recorded(token))
        return 200, _answer(token, signed), HEADERS

    def _signed(self, token: AccessToken) -> str:
        context = self.request.context
        key = context.ring.signing(Purpose.ACCESS_TOKEN, now=context.now)
        try:
            return sign_access_token(token, key)
        except InvalidToken as error:
            raise InvalidDetails(f"the token cannot be issued: {error}; ask for fewer actions") from error

    def _charge(self, token: AccessToken, case: Case) -> None:
        """Use the budgets that the token costs, and leave the delegation that a policy makes for it.

        Both are written with the token's record or not at all. Raises InvalidRequest when a budget has nothing left.
        """
        organization, made = case.world.organization, case.made
        delegation = made or organization.delegations[token.details.delegation_id]
        refusal = self.request.charge(chain_of(case.world, delegation), Kind.TOKENS)
        if refusal is not None:
            detail, terms = f"{refusal.detail}; ask the user for a new delegation", self.request.context.terms
            raise InvalidRequest(detail, reason=refusal.reason, consent_uri=terms.consent_uri).blaming(refusal.term)
        if made is not None:
            told: dict[str, JSON] = {"user": made.user, "agent": made.agent, "consent": dict(made.consent)}
            put = Put("delegations", made.row())
            self.request.change(organization, "delegation.created", put, delegation=made.id, **told)

    def _case(self, agent: Agent) -> Case:
        """Return who asks for what in which world, with the delegation that a policy makes for it."""
        context = self.request.context
        wanted = read_exchange(self.request.parameters)
        self._prove_actor(agent, wanted)
        subject = subject_of(context, agent, wanted)
        world = context.view.world
        # Whether an organization exists is nobody's business but its members'.
        by_user_token = subject.delegation is None
        if world is None or (by_user_token and subject.user not in world.organization.memberships):
            refusal = InvalidRequest("the user is in no such organization; name one in authorization_details")
            raise refusal.blaming(Term.USER)
        if wanted.details and wanted.details.organization not in {None, world.organization.id}:
            raise InvalidRequest("`organization` is not the one that `subject_token` speaks of")
        case = Case(world, agent, subject, wanted, int(context.now.timestamp()))
        return replace(case, made=by_policy(case, context.terms.limits, context.means.identifier))

    def _prove_actor(self, agent: Agent, wanted: ExchangeRequest) -> None:
        """Refuse an actor token that does not prove the client itself; the same assertion may serve as both."""
        if wanted.actor_token is None or wanted.actor_token == self.request.parameters.get("client_assertion"):
            return
        context = self.request.context
        if is_ours(wanted.actor_token, context.terms.issuer, context.ring.memory):
            self._prove_by_own_token(agent, wanted.actor_token)
            return
        if wanted.actor_token_type == ACCESS_TOKEN:
            raise InvalidRequest("`actor_token` is no access token of this service")
        try:
            claimed = claimed_assertion(wanted.actor_token)
            assertion = read_client_assertion(
                claimed,
                keys=context.means.registered(agent, claimed),
                client_id=agent.id,
                issuer=context.terms.issuer,
                now=context.now,
            )
        except InvalidToken as error:
            raise InvalidRequest(f"`actor_token` does not prove this agent: {error}") from error
        self.request.spend(assertion)

    def _prove_by_own_token(self, agent: Agent, actor_token: str) -> None:
        """Refuse a token of ours that is not the agent's own; one that says `act` is nobody's own."""
        context = self.request.context
        try:
            own = read_own_token(actor_token, ring=context.ring, issuer=context.terms.issuer, now=context.now)
        except InvalidToken as error:
            raise InvalidRequest(f"`actor_token` does not prove this agent: {error}") from error
        if own.agent != agent.id:
            raise InvalidRequest("`actor_token` is another agent's")
        if own.key not in {None, context.key}:
            raise InvalidProof("`actor_token` is bound to a key: send a proof by this very key")


def _answer(token: AccessToken, signed: str) -> dict[str, Any]:
    """Return the members of a successful answer (RFC 8693 §2.2.1, RFC 9396 §7)."""
    scope = {} if token.scope is None else {"scope": token.scope}
    return {
        "access_token": signed,
        "issued_token_type": ACCESS_TOKEN,
        "token_type": "Bearer" if token.key is None else "DPoP",  # RFC 9449 §5
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
        **({} if token.key is None else {"key": token.key}),
    }
