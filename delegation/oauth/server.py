"""Authlib's authorization server on our terms: one for all requests, each of which brings its own view of the world.

Authlib brings client authentication, the dispatch of grants and endpoints, and the form of answers. What a grant
decides is ours. Nothing here waits: what must be written is left on the request as a unit of work.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from authlib.oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import InvalidClientError
from authlib.oauth2.rfc6749.errors import UnsupportedGrantTypeError
from typing_extensions import override

from delegation.oauth.agent_keys import NO_KEYS
from delegation.oauth.clients import (
    ASSERTION_TYPE,
    BASIC,
    POST,
    PRIVATE_KEY_JWT,
    Client,
    by_basic,
    by_post,
    find_client,
    refuse_two_methods,
)
from delegation.oauth.errors import InvalidClient, ProtocolError, UnsupportedGrantType
from delegation.oauth.request import Request
from delegation.quotas import count_client
from delegation.state.entities import Agent
from delegation.state.organization import Organization
from delegation.tokens import InvalidToken, claimed_assertion, read_client_assertion

HEADERS: Final = [("Content-Type", "application/json"), ("Cache-Control", "no-store"), ("Pragma", "no-cache")]
"""Of every answer that tells of a token (RFC 6749 §5.1)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What leaves on the wire."""

    status: int
    body: Mapping[str, Any]
    headers: tuple[tuple[str, str], ...] = ()
    age: float = 0.0
    """Seconds since the facts that it was worked out from were known to be the newest."""
    signed: str | None = None
    """The JWT that leaves instead of the body, where it was asked for."""

    @classmethod
    def to(cls, error: ProtocolError) -> "Answer":
        """Return the answer that tells of an error."""
        status, body, headers = error()
        return cls(status, dict(body), tuple(headers))


class Server(AuthorizationServer):  # type: ignore[misc]  # Authlib carries no types
    """Authlib's server. It holds nothing of a request: whom a client is looked up among is in each request's view."""

    def __init__(self) -> None:
        """Know how clients authenticate; grants and endpoints are registered by who has them."""
        super().__init__()
        self.register_client_auth_method(BASIC, by_basic)
        self.register_client_auth_method(POST, by_post)
        self.register_client_auth_method(PRIVATE_KEY_JWT, _private_key_jwt)

    @override
    def authenticate_client(self, request: Request, methods: tuple[str, ...], endpoint: str = "token") -> Client:
        refuse_two_methods(request)
        try:
            client: Client = super().authenticate_client(request, methods, endpoint)
        except InvalidClientError:
            # One answer for all causes: whether a client exists is nobody's business.
            raise InvalidClient("the client could not be authenticated") from None
        if request.parameters.get("client_id") not in {None, client.party.id}:  # RFC 7521 §4.2, for every method
            raise InvalidClient("the client could not be authenticated")
        request.client = client
        count_client(client.actor, _admitting(request.context.view.organization, client))
        return client

    @override
    def get_token_grant(self, request: Request) -> Any:
        request.parameters.require("grant_type")
        try:
            return super().get_token_grant(request)
        except UnsupportedGrantTypeError:
            raise UnsupportedGrantType("only token exchange and client credentials are supported here") from None

    @override
    def create_oauth2_request(self, request: Request) -> Request:
        return request

    @override
    def handle_response(self, status: int, body: Mapping[str, Any], headers: list[tuple[str, str]]) -> Answer:
        return Answer(status, dict(body), tuple(headers))

    @override
    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens to Authlib's signals."""


def _admitting(organization: Organization | None, client: Client) -> str | None:
    """Return the organization a request concerns if it admits the client: to no other is the request counted."""
    if organization is None:
        return None
    admitted = organization.agents if isinstance(client.party, Agent) else organization.services
    return organization.id if client.party.id in admitted else None


def _private_key_jwt(_: Callable[[str], Client | None], request: Request) -> Client | None:
    """Authenticate an agent by an assertion it signed; the assertion is spent with the request's unit of work."""
    form = request.parameters
    text = form.get("client_assertion")
    if text is None or form.get("client_assertion_type") != ASSERTION_TYPE:
        return None
    try:
        claimed = claimed_assertion(text)
        client = find_client(request.context.view.platform, claimed.client_id)
        party = None if client is None else client.party
        # For whom nobody knows, as for whom has no keys, the assertion is read with none: the work is the same.
        keys = request.context.means.registered(party, claimed) if isinstance(party, Agent) else NO_KEYS
        issuer, now = request.context.terms.issuer, request.context.now
        assertion = read_client_assertion(claimed, keys=keys, client_id=claimed.client_id, issuer=issuer, now=now)
    except InvalidToken:
        return None
    if form.get("client_id") not in {None, claimed.client_id}:
        return None  # It is refused (RFC 7521 §4.2), and stays good for whom it is of.
    request.spend(assertion)
    return client


SERVER: Final = Server()
"""For who needs nothing of it but that clients authenticate."""
