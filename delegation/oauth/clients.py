"""Client authentication: agents and services prove who they are (RFC 6749 §2.3, RFC 7523 with RFC 10070)."""

from collections.abc import Mapping
from typing import Final

from authlib.oauth2.rfc6749 import ClientMixin
from typing_extensions import override

from delegation.oauth.errors import InvalidRequest
from delegation.oauth.form import Form
from delegation.state.entities import Agent, Service, Standing
from delegation.state.platform import Platform
from delegation.tokens import is_secret

PRIVATE_KEY_JWT: Final = "private_key_jwt"
SECRET_METHODS: Final = ("client_secret_basic", "client_secret_post")
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
    used = ("authorization" in headers, form.get("client_secret"), form.get("client_assertion"))
    if sum(map(bool, used)) > 1:
        raise InvalidRequest("use one way to authenticate the client, not two")
