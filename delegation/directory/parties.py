"""Commands on agents and services: registration, with their first credentials, and status."""

from typing import Annotated, ClassVar, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator
from typing_extensions import override

from delegation.directory.command import Answer, Command, Id, Name
from delegation.directory.credentials import Secret
from delegation.directory.draft import Draft
from delegation.directory.errors import Exists
from delegation.directory.keys import AgentKeys, AgentKeysAddress
from delegation.state.entities import Standing
from delegation.tokens import hash_secret


def _audience(uri: str) -> str:
    parts = urlsplit(uri)
    if parts.scheme not in {"https", "http"} or not parts.hostname or parts.fragment:
        raise ValueError("must be an absolute http or https URI without a fragment")  # RFC 8707 §2
    return uri


Audience = Annotated[str, Field(max_length=500), AfterValidator(_audience)]
_OTHERS: Final = 2
"""Of three kinds of credentials, those that an agent does not have."""


class RegisterAgent(Command):
    """Register an agent: with the public keys it signs its assertions with, with their address, or with a secret."""

    do: ClassVar[str] = "register-agent"
    id: Id
    name: Name = ""
    jwks: AgentKeys | None = None
    jwks_uri: AgentKeysAddress | None = None
    secret: Literal[True] | Secret | None = None
    """`true` has one generated and shown once; a given one must have at least 32 characters."""
    dpop_bound: bool | None = None
    """Whether the agent gets tokens bound to a key alone (RFC 9449 §5.2)."""

    @model_validator(mode="after")
    def _one_credential(self) -> Self:
        if [self.jwks, self.jwks_uri, self.secret].count(None) != _OTHERS:
            raise ValueError("give one of `jwks`, `jwks_uri` and `secret`")
        return self

    @override
    def draft(self, on: Draft) -> Answer:
        known = on.view.platform.agents.get(self.id)
        if known is not None and known.status is not Standing.DELETED:
            raise Exists(f"the agent `{self.id}` is registered already")
        secret = on.secret() if self.secret is True else self.secret
        on.name("principal", self.id)
        on.put_platform(
            "agents",
            id=self.id,
            name=self.name,
            status=Standing.ACTIVE,
            jwks=self.jwks,
            secret_hash=None if secret is None else hash_secret(secret),
            created_at=on.now,
            previous_secret_hash=None,
            previous_secret_until=None,
            jwks_uri=self.jwks_uri,
            dpop_bound=self.dpop_bound,
        )
        shown = {"client_secret": secret} if self.secret is True else {}
        return {"id": self.id, "client_id": self.id, "name": self.name, "status": Standing.ACTIVE, **shown}


class SetAgentStatus(Command):
    """Suspend, resume or delete an agent everywhere at once; deletion is for ever."""

    do: ClassVar[str] = "set-agent-status"
    id: Id
    status: Standing

    @override
    def draft(self, on: Draft) -> Answer:
        agent = on.agent(self.id)
        row = {name: getattr(agent, name) for name in agent.__slots__}
        on.put_platform("agents", **{**row, "status": self.status})
        return {"id": self.id, "status": self.status}


class RegisterService(Command):
    """Register a service: the audience tokens are issued for, and a secret to ask about them."""

    do: ClassVar[str] = "register-service"
    id: Id
    audience: Audience
    name: Name = ""
    secret: Literal[True] | Secret = True

    @override
    def draft(self, on: Draft) -> Answer:
        known = on.view.platform.services.get(self.id)
        if known is not None and known.status is not Standing.DELETED:
            raise Exists(f"the service `{self.id}` is registered already")
        secret = on.secret() if self.secret is True else self.secret
        on.name("principal", self.id)
        on.name("audience", self.audience)
        on.put_platform(
            "services",
            id=self.id,
            name=self.name,
            audience=self.audience,
            status=Standing.ACTIVE,
            secret_hash=hash_secret(secret),
            created_at=on.now,
            previous_secret_hash=None,
            previous_secret_until=None,
        )
        shown = {"client_secret": secret} if self.secret is True else {}
        return {"id": self.id, "client_id": self.id, "audience": self.audience, "name": self.name, **shown}


class SetServiceStatus(Command):
    """Suspend, resume or delete a service; deletion is for ever."""

    do: ClassVar[str] = "set-service-status"
    id: Id
    status: Standing

    @override
    def draft(self, on: Draft) -> Answer:
        service = on.service(self.id)
        row = {name: getattr(service, name) for name in service.__slots__}
        on.put_platform("services", **{**row, "status": self.status})
        return {"id": self.id, "status": self.status}
