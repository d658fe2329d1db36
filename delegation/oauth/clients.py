"""Client authentication: agents and services prove who they are (RFC 6749 §2.3, RFC 7523 with RFC 10070)."""

import base64
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import unquote_plus

from authlib.oauth2 import OAuth2Request
from authlib.oauth2.rfc6749 import ClientMixin
from typing_extensions import override

from delegation.oauth.errors import InvalidRequest
from delegation.oauth.form import Form
from delegation.state.entities import Agent, Service, Standing
from delegation.state.platform import Platform
from delegation.tokens import is_secret

PRIVATE_KEY_JWT: Final = "private_key_jwt"
BASIC: Final = "client_secret_basic"
SECRET_METHODS: Final = (BASIC, "client_secret_post")
AGENT_METHODS: Final = (*SECRET_METHODS, PRIVATE_KEY_JWT)
ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class Client(ClientMixin):  # type: ignore[misc]  # Authlib carries no types
    """An agent or a service as Authlib sees it."""

    def __init__(self, party: Agent | Service) -> None:
        """Stand for a registered party."""
        self.party = party

    @property
    def actor(self) -> str:
        """The name under which the client's requests are recorded."""
        return f"{'agent' if isinstance(self.party, Agent) else 'service'}:{self.party.id}"

    @override
    def check_client_secret(self, client_secret: str) -> bool:
        return self.party.secret_hash is not None and is_secret(client_secret, self.party.secret_hash)

    @override
    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        if isinstance(self.party, Agent) and self.party.jwks is not None:
            return method == PRIVATE_KEY_JWT
        return method in SECRET_METHODS


def find_client(platform: Platform, client_id: str) -> Client | None:
    """Return the active service or the agent with this id. A suspended agent is known: it may still give things up."""
    service = platform.services.get(client_id)
    if service is not None and service.status is Standing.ACTIVE:
        return Client(service)
    agent = platform.agents.get(client_id)
    return None if agent is None or agent.status is Standing.DELETED else Client(agent)


def refuse_two_methods(form: Form, headers: Mapping[str, str]) -> None:
    """Refuse a request that authenticates in two ways (RFC 6749 §2.3). Raises InvalidRequest."""
    authorizations = [name for name in headers if name.lower() == "authorization"]
    in_body = (form.get("client_secret"), form.get("client_assertion"))
    if len(authorizations) + sum(map(bool, in_body)) > 1:
        raise InvalidRequest("use one way to authenticate the client, not two")


def by_basic(query_client: Callable[[str], Client | None], request: OAuth2Request) -> Client | None:
    """Return the client whose id and secret stand in the Authorization header, each form-encoded by itself."""
    pair = _basic_pair(request.headers.get("authorization", ""))
    client = None if pair is None else query_client(pair[0])
    return client if client is not None and pair is not None and client.check_client_secret(pair[1]) else None


def _basic_pair(header: str) -> tuple[str, str] | None:
    scheme, _, encoded = header.partition(" ")
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode("ascii")
        id_, _, secret = text.partition(":")
        pair = unquote_plus(id_, errors="strict"), unquote_plus(secret, errors="strict")
    except ValueError:
        return None
    return pair if scheme.lower() == "basic" else None
