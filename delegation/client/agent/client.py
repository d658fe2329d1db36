"""The agent's side: tokens that let it do one thing, in one place, for one user."""

import logging
from collections.abc import Collection
from dataclasses import KW_ONLY, dataclass, field
from datetime import timedelta
from typing import Final
from urllib.parse import quote

import httpx2
from typing_extensions import Unpack, override

from delegation.client.agent.bearer import DelegatedAuth, Terms
from delegation.client.agent.delegated_token import DelegatedToken, OwnToken, own_token_in, token_in
from delegation.client.agent.passing_on import Child, Passed, body_of, checked_key, passed_in
from delegation.client.agent.protected_resource import ProtectedResource, look_up
from delegation.client.agent.refusals import problem_in, refusal_in
from delegation.client.agent.token_cache import TokenCache
from delegation.client.agent.token_request import HeldToken, Receipt, Subject, TokenRequest, Wanted, request_for, slugs
from delegation.client.errors import ClientError
from delegation.client.issuer.closing import Closing
from delegation.client.issuer.credentials import PrivateKey, credential_of
from delegation.client.issuer.endpoints import Issuer
from delegation.client.issuer.flights import Flights
from delegation.client.issuer.json_text import Hidden, json_object
from delegation.client.issuer.possession import Possession
from delegation.client.settings import ClientSettings

_log = logging.getLogger("delegation.client")
_REFRESH_AGAIN: Final = timedelta(seconds=5)


@dataclass(slots=True, eq=False)
class AgentClient(Closing):
    """An agent known to one issuer, with the tokens it holds; to be used within one event loop.

    Give either `secret` or `key` (a private P-256 or Ed25519 JSON Web Key). `http` lends a
    connection pool, which stays the lender's to close.

    With `dpop` every token is bound to a key, and worth nothing to whoever finds it (RFC 9449): True makes a key that
    lives as long as this object, and a private key like `key` is used as it is. It is best not the same as `key`.
    """

    issuer: str
    client_id: str
    _: KW_ONLY
    secret: str | None = field(default=None, repr=False)
    key: PrivateKey | None = field(default=None, repr=False)
    dpop: PrivateKey | bool = field(default=False, repr=False)
    http: httpx2.AsyncClient | None = field(default=None, repr=False)
    settings: ClientSettings = field(default_factory=ClientSettings, repr=False)
    _asked: Issuer = field(init=False, repr=False)
    _possession: Possession | None = field(init=False, repr=False)
    _tokens: TokenCache = field(init=False, repr=False)
    _flights: Flights[tuple[TokenRequest, int], DelegatedToken] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Raise ValueError for a credential, UntrustedIssuer for an issuer that cannot be used."""
        credential = credential_of(self.client_id, self.secret, self.key)
        self._asked = Issuer(self.issuer, credential, self.http, self.settings)
        bound, given = self.dpop is not False, None if isinstance(self.dpop, bool) else self.dpop
        self._possession = Possession(given, self.settings) if bound else None
        self._tokens = TokenCache(self.settings.cached_tokens)
        self._flights = Flights()

    async def token(self, subject: Subject, **wanted: Unpack[Wanted]) -> DelegatedToken:
        """Return a token for what is wanted: one that is held, or a new one.

        Raises ConsentRequired where a person must grant it first, AmbiguousDelegation where
        `delegation` must be named, Refused for any other no, Unavailable where asking again may
        help, and ValueError for a request that asks for nothing definite.
        """
        return await self.token_for(request_for(subject, wanted))

    def auth(
        self, subject: Subject, *, origin: str | None = None, step_up: Collection[str] = (), **wanted: Unpack[Wanted]
    ) -> DelegatedAuth:
        """Return what puts such a token on each request to the service at `origin`.

        The origin follows from `resource` where that is the service's own address. `step_up` names permissions that
        `actions` leaves out and that a single request may get nevertheless, when the service answers that its token
        lacked one; the request is sent again only if it may be repeated (not a POST). Without it nothing is widened.
        """
        request = request_for(subject, wanted)
        allowed = frozenset(slugs("step_up", step_up)) if step_up else frozenset[str]()
        return DelegatedAuth(self, Terms(request, origin or request.resource, allowed, self._possession))

    async def token_for(self, request: TokenRequest) -> DelegatedToken:
        """Return a token for the request; as `token`, for a request made before."""
        held, now = self._tokens.get(request), self.settings.clock()
        if held is not None and held.is_fresh(now):
            return held
        self._asked.check_loop()
        # Nobody joins whoever began to ask before something was ended.
        flight = request, self._tokens.ends
        if held is not None and held.is_usable(now):
            # The successor is fetched while the present token still serves: nobody waits for it.
            self._flights.start(flight, lambda: self._renew(request))
            return held
        return await self._flights.join(flight, lambda: self._exchange(request))

    def held(self, request: TokenRequest) -> DelegatedToken | None:
        """Return the token that is held for the request; None where the issuer is to be asked."""
        token = self._tokens.get(request)
        return token if token is not None and token.is_fresh(self.settings.clock()) else None

    def forget(self, token: DelegatedToken) -> None:
        """Hold the token no longer: a service answered 401 to it."""
        self._tokens.drop(token.value)

    async def revoke(self, ended: DelegatedToken | Receipt) -> None:
        """End a token of this agent, or by its receipt the whole delegation (RFC 7009)."""
        form = Hidden(token=ended.value if isinstance(ended, DelegatedToken) else ended.text)
        response = await self._asked.post_form("revocation_endpoint", form, idempotent=True)
        if response.status_code != httpx2.codes.OK:
            raise refusal_in(json_object(response.content))
        self._tokens.end(form["token"])

    async def narrow(self, token: DelegatedToken, **wanted: Unpack[Wanted]) -> DelegatedToken:
        """Return a token that allows a part of what a token of this agent allows, and ends no later.

        It dies with the token it comes from. Raises as `token`.
        """
        return await self.token(HeldToken(token.value), **wanted)

    async def own_token(self) -> OwnToken:
        """Return a token that says who this agent is and carries no user's rights. Raises Refused and Unavailable."""
        asked_at = self.settings.clock()
        response = await self._asked.post_for_token({"grant_type": "client_credentials"}, self._possession)
        return own_token_in(response, asked_at, bound=self._possession is not None)

    async def delegate(self, parent: str, *, idempotency_key: str | None = None, **child: Unpack[Child]) -> Passed:
        """Let another agent do a part of what the delegation `parent` lets this agent do.

        However often it is asked under one `idempotency_key`, one child is made, and the answer is the first one's.
        Left out, a new one is made for this call; a program that may have to ask again later keeps one of its own.
        Raises Widens where it would exceed the parent, Refused for any other no, Unavailable where asking again may
        help, ValueError for nothing definite.
        """
        key = self.settings.identifiers() if idempotency_key is None else checked_key(idempotency_key)
        path = f"/delegations/{quote(parent, safe='')}/children"
        return passed_in(await self._asked.post_at(path, body_of(child), idempotency_key=key))

    async def end(self, delegation: str, *, organization: str) -> None:
        """End for ever a delegation that this agent holds, or one made out of such; it dies with all below.

        Raises Refused for any other, and Unavailable.
        """
        path = f"/delegations/{quote(delegation, safe='')}/end"
        response = await self._asked.post_at(path, {"organization": organization}, idempotent=True)
        if response.status_code != httpx2.codes.OK:
            raise problem_in(json_object(response.content))

    async def discover(self, address: str) -> ProtectedResource:
        """Return what the service at an address says of itself (RFC 9728), if this client's issuer speaks for it.

        The address is the one that tokens are for, `resource` elsewhere, letter by letter. Raises WrongTarget where the
        service calls itself otherwise, UntrustedIssuer where it trusts others, Unavailable, and UnexpectedAnswer.
        """
        wire = self._asked.wire
        return await wire.in_time(lambda: look_up(address, self.issuer, wire), "the service")

    @override
    async def close(self) -> None:
        """Forget all tokens and stop asking."""
        await self._flights.cancel()
        await self._asked.close()
        self._tokens.clear()

    async def _exchange(self, request: TokenRequest) -> DelegatedToken:
        asked_at, ends = self.settings.clock(), self._tokens.ends
        response = await self._asked.post_for_token(request.form(), self._possession)
        bound = self._possession is not None
        token = token_in(response, asked_at, self.settings.refresh_before, bound=bound)
        if ends == self._tokens.ends:  # Else it may have been got by what was ended meanwhile.
            self._tokens.put(request, token)
        return token

    async def _renew(self, request: TokenRequest) -> DelegatedToken:
        try:
            return await self._exchange(request)
        except ClientError as error:
            _log.info("a token for %s could not be renewed: %s", request.identifier, error)
            self._tokens.postpone(request, self.settings.clock() + _REFRESH_AGAIN)
            raise
