"""Client authentication: agents and services prove who they are (RFC 6749 §2.3, RFC 7523 with RFC 10070)."""

import base64
from collections.abc import Callable
from datetime import datetime
from typing import Final
from urllib.parse import unquote_plus

from authlib.oauth2.rfc6749 import ClientMixin
from typing_extensions import override

from delegation.oauth.errors import InvalidRequest
from delegation.oauth.request import Request
from delegation.state.entities import Agent, Service, Standing
from delegation.state.platform import Platform
from delegation.tokens import hash_secret, is_one_of

PRIVATE_KEY_JWT: Final = "private_key_jwt"
BASIC: Final = "client_secret_basic"
POST: Final = "client_secret_post"
SECRET_METHODS: Final = (BASIC, POST)
AGENT_METHODS: Final = (*SECRET_METHODS, PRIVATE_KEY_JWT)
ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_SECRETS: Final = 2
"""Secrets of one client that are good at the same time."""


class Client(ClientMixin):  # type: ignore[misc]  # Authlib carries no types
    """An agent or a service as Authlib sees it."""

    def __init__(self, party: Agent | Service) -> None:
        """Stand for a registered party."""
        self.party = party
        self.proof: str | None = None
        """The hash of the secret by which it proved itself; None where it did so otherwise, or not yet."""

    @property
    def actor(self) -> str:
        """The name under which the client's requests are recorded."""
        return f"{'agent' if isinstance(self.party, Agent) else 'service'}:{self.party.id}"

    @override
    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        party = self.party
        if isinstance(party, Agent) and (party.jwks is not None or party.jwks_uri is not None):
            return method == PRIVATE_KEY_JWT
        return method in SECRET_METHODS

    def secrets(self, now: datetime) -> tuple[str, ...]:
        """Return the hashes of the secrets that are good at `now`: the present one, and for a while the one before."""
        party = self.party
        kept = party.previous_secret_until is not None and now.timestamp() < party.previous_secret_until
        hashes = (party.secret_hash, party.previous_secret_hash if kept else None)
        return tuple(each for each in hashes if each is not None)


def find_client(platform: Platform, client_id: str) -> Client | None:
    """Return the active service or the agent with this id. A suspended agent is known: it may still give things up."""
    service = platform.services.get(client_id)
    if service is not None and service.status is Standing.ACTIVE:
        return Client(service)
    agent = platform.agents.get(client_id)
    return None if agent is None or agent.status is Standing.DELETED else Client(agent)


def refuse_two_methods(request: Request) -> None:
    """Refuse a request that authenticates in two ways (RFC 6749 §2.3). Raises InvalidRequest."""
    form = request.parameters
    in_body = (form.get("client_secret") is not None) + (form.get("client_assertion") is not None)
    if len(request.authorizations) + in_body > 1:
        raise InvalidRequest("use one way to authenticate the client, not two")


def by_basic(_: Callable[[str], Client | None], request: Request) -> Client | None:
    """Return the client whose id and secret stand in the Authorization header, each form-encoded by itself."""
    pair = _basic_pair(request.authorizations[0]) if request.authorizations else None
    return None if pair is None else _by_secret(request, *pair)


def by_post(_: Callable[[str], Client | None], request: Request) -> Client | None:
    """Return the client whose id and secret stand in the body (RFC 6749 §2.3.1)."""
    id_, secret = request.parameters.get("client_id"), request.parameters.get("client_secret")
    return None if id_ is None or secret is None else _by_secret(request, id_, secret)


def _by_secret(request: Request, id_: str, secret: str) -> Client | None:
    client, now = find_client(request.context.view.platform, id_), request.context.now
    hashed = hash_secret(secret)
    # The work is the same for a client that nobody knows: time does not tell which there are.
    known = is_one_of(hashed, () if client is None else client.secrets(now), most=_SECRETS)
    if client is None or not known:
        return None
    client.proof = hashed
    return client


def _basic_pair(header: str) -> tuple[str, str] | None:
    scheme, _, encoded = header.partition(" ")
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode("ascii")
        id_, _, secret = text.partition(":")
        pair = _form_decoded(id_), _form_decoded(secret)
    except ValueError:
        return None
    return pair if scheme.lower() == "basic" else None


def _form_decoded(text: str) -> str:
    return unquote_plus(text, errors="strict") if "%" in text or "+" in text else text
