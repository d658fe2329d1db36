"""The OAuth endpoints as the door sees them: a form and headers in, an answer out, everything durable before."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from http import HTTPStatus
from typing import Final

from delegation.authority.tally import Asked, Said, count
from delegation.directory.people import Person
from delegation.oauth.client_credentials_grant import ClientCredentialsGrant
from delegation.oauth.details import read_details
from delegation.oauth.errors import InvalidClient, InvalidProof, ProtocolError
from delegation.oauth.exchange_grant import TokenExchangeGrant
from delegation.oauth.exchange_request import ACCESS_TOKEN
from delegation.oauth.form import Form
from delegation.oauth.headers import Headers
from delegation.oauth.introspection import Inquiry, introspected
from delegation.oauth.office import Office
from delegation.oauth.proofs import NONCE, PROOF, proofs_in
from delegation.oauth.request import Request
from delegation.oauth.revocation import Revocation
from delegation.oauth.server import Answer, Server
from delegation.oauth.signed_introspection import signed
from delegation.oauth.subjects import is_ours
from delegation.state.entities import IdentityProvider
from delegation.state.views import View
from delegation.store import Spent, Taken, Unit
from delegation.telemetry import metrics
from delegation.telemetry.tracing import span
from delegation.tokens import InvalidToken, ProviderUnavailable, Reason, claimed_world

_SERVER: Final = Server()
for _grant in (TokenExchangeGrant, ClientCredentialsGrant):
    _SERVER.register_grant(_grant)
_SERVER.register_endpoint(Revocation)
_ISSUED: Final = {
    TokenExchangeGrant.GRANT_TYPE: metrics.TOKENS_ISSUED.labels("token_exchange"),
    ClientCredentialsGrant.GRANT_TYPE: metrics.TOKENS_ISSUED.labels("client_credentials"),
}


class Endpoints:
    """Token, introspection and revocation endpoint."""

    def __init__(self, office: Office) -> None:
        """Answer with the parts of an office."""
        self._office = office

    async def token(self, form: Form, headers: Headers) -> Answer:
        """Answer a token request (RFC 6749 §3.2). Raises StoreUnavailable, ProviderUnavailable to clients alone."""
        person = await self._person(form)

        spent: Spent | None = None
        said: Said | None = None

        def decide(view: View) -> tuple[Answer, Unit]:
            nonlocal said
            request = Request(form, headers, self._office.context(view, person, spent=spent))
            with span("decision"):
                answer = _SERVER.create_token_response(request)
            said = request.said
            return answer, request.unit()

        while True:
            try:
                answer = await self._settled(decide, *self._concerned(form, person))
            except Spent as error:
                spent = error  # Decided again, so that the refusal is told and recorded as any other.
            else:
                _count(form, answer, said)
                return self._with_nonce(answer, headers)

    def _with_nonce(self, answer: Answer, headers: Headers) -> Answer:
        """Return the answer to a request with a proof, with the nonce for the next one (RFC 9449 §8, §8.2)."""
        if not proofs_in(headers):
            return answer
        nonce = self._office.nonces.given(self._office.clock())
        return replace(answer, headers=(*answer.headers, (NONCE, nonce)))

    async def introspect(self, inquiry: Inquiry) -> Answer:
        """Answer a service about a token (RFC 7662). Raises StoreUnavailable.

        It changes nothing, and nothing is written but what an active token costs where its delegation has a budget.
        """
        within, spent = inquiry.within, None
        while True:
            view = await self._seen_of(inquiry.form, within)
            request = Request(inquiry.form, inquiry.headers, self._office.context(view, spent=spent))
            with span("decision"):
                answer = introspected(request)
            if within and answer.status != HTTPStatus.OK:
                within = 0.0  # Who can prove itself by newer facts is not sent away on older ones.
                continue
            spent = await self._office.pictures.charge(request.spends) if request.spends else None
            if spent is None:  # Else it is decided again, so that the refusal is told as any other.
                break
        if request.said is not None:
            count(Asked.INTROSPECTION, request.said)
        if inquiry.sign and answer.status == HTTPStatus.OK:
            answer = replace(answer, signed=signed(answer, request.context, request.client))
        return replace(answer, age=view.age) if within else answer

    def _seen_of(self, form: Form, within: float) -> Awaitable[View]:
        """Return what a question about a token needs to be seen, as it was at most `within` seconds ago."""
        organization, user = claimed_world(form.get("token") or "", self._office.cabinet.memory)
        users = () if user is None else (user,)
        return self._office.pictures.view(organization=organization, users=users, within=within)

    async def revoke(self, form: Form, headers: Headers) -> Answer:
        """End a token or a delegation for the agent that holds it (RFC 7009). Raises StoreUnavailable."""

        def decide(view: View) -> tuple[Answer, Unit]:
            request = Request(form, headers, self._office.context(view))
            answer: Answer = _SERVER.create_endpoint_response(Revocation.ENDPOINT_NAME, request)
            return answer, request.unit()

        return await self._settled(decide, *claimed_world(form.get("token") or "", self._office.cabinet.memory))

    async def _settled(
        self, decide: Callable[[View], tuple[Answer, Unit]], organization: str | None, user: str | None
    ) -> Answer:
        users = () if user is None else (user,)

        def settled() -> Awaitable[Answer]:
            return self._office.pictures.settle(_anyone, decide, organization=organization, users=users)

        try:
            return await self._office.agent_keys.brought(settled)
        except ProtocolError as error:
            return Answer.to(error)
        except Taken as error:
            if error.purpose == PROOF:
                return Answer.to(InvalidProof("the proof was used before; make a new one for each request"))
            # The client's assertion was used before (RFC 7523 §3).
            return Answer.to(InvalidClient("the client could not be authenticated"))

    async def _person(self, form: Form) -> Person | InvalidToken | ProviderUnavailable | None:
        text = form.get("subject_token")
        if text is None or form.get("subject_token_type") != ACCESS_TOKEN:
            return None
        if is_ours(text, self._office.terms.issuer, self._office.cabinet.memory):
            return None
        try:
            return await self._office.people.identify(text, audience=self._audience)
        except (InvalidToken, ProviderUnavailable) as refusal:
            return refusal  # Told once the client has authenticated.

    def _concerned(
        self, form: Form, person: Person | InvalidToken | ProviderUnavailable | None
    ) -> tuple[str | None, str | None]:
        """Return the organization and the user whose pictures a token request needs."""
        if not isinstance(person, Person):
            return claimed_world(form.get("subject_token") or "", self._office.cabinet.memory)
        return _organization_named(form) or person.token.organization, person.user

    def _audience(self, provider: IdentityProvider) -> str:
        if provider.audience in self._office.terms.by_hand:
            raise InvalidToken(Reason.AUDIENCE, "a token for the user's own hand is handed to nobody")
        return provider.audience or self._office.terms.issuer


def _count(form: Form, answer: Answer, said: Said | None) -> None:
    if said is not None:
        count(Asked.ISSUE, said)
    if answer.status == HTTPStatus.OK:
        _ISSUED[form.require("grant_type")].inc()
    else:
        metrics.TOKENS_REFUSED.labels(answer.body["error"]).inc()


def _anyone(view: View) -> View:
    """Permit everybody: who the client is, and what it may do, is part of each answer."""
    return view


def _organization_named(form: Form) -> str | None:
    text = form.get("authorization_details")
    try:
        return None if text is None else read_details(text).organization
    except ProtocolError:
        return None  # Refused, with its reason, once the client has authenticated.
