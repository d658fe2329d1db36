"""Commands on agents and services: registration, credentials, and which organization lets them in."""

from typing import Annotated, Any, ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from typing_extensions import override

from authz_core import object_of, parse_object, type_of
from delegation.authority.ending import on_agent
from delegation.directory.command import (
    Answer,
    Command,
    Id,
    Name,
    ObjectText,
    OrganizationCommand,
    PermissionSlug,
    Slug,
)
from delegation.directory.draft import Draft
from delegation.directory.errors import Conflict, Exists, Unknown
from delegation.directory.keys import AgentKeys
from delegation.state.entities import Standing
from delegation.tokens import hash_secret


def _audience(uri: str) -> str:
    parts = urlsplit(uri)
    if parts.scheme not in {"https", "http"} or not parts.hostname or parts.fragment:
        raise ValueError("must be an absolute http or https URI without a fragment")  # RFC 8707 §2
    return uri


Audience = Annotated[str, Field(max_length=500), AfterValidator(_audience)]
Seconds = Annotated[int, Field(ge=0, le=253_402_300_799)]
Secret = Annotated[str, Field(min_length=32, max_length=200)]


class RegisterAgent(Command):
    """Register an agent: with the public keys it signs its assertions with, or with a secret."""

    do: ClassVar[str] = "register-agent"
    id: Id
    name: Name = ""
    jwks: AgentKeys | None = None
    secret: Literal[True] | Secret | None = None
    """`true` has one generated and shown once; a given one must have at least 32 characters."""

    @model_validator(mode="after")
    def _one_credential(self) -> Self:
        if (self.jwks is None) is (self.secret is None):
            raise ValueError("give either `jwks` or `secret`")
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
            jwks_uri=None,
            dpop_bound=None,
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


class CeilingMember(BaseModel):
    """One alternative of a ceiling; times are epoch seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    resource: ObjectText
    roles: Annotated[tuple[Slug, ...], Field(min_length=1, max_length=20)]
    permissions: Annotated[tuple[PermissionSlug, ...], Field(min_length=1, max_length=200)] | None = None
    not_before: Seconds = 0
    until: Seconds | None = None


class AdmitAgent(OrganizationCommand):
    """Let an agent into an organization under a ceiling, or expressly without one; again replaces the ceiling."""

    do: ClassVar[str] = "admit-agent"
    agent: Id
    ceiling: Literal["none"] | Annotated[tuple[CeilingMember, ...], Field(max_length=20)]

    @override
    def draft(self, on: Draft) -> Answer:
        on.agent(self.agent)
        ceiling = None if self.ceiling == "none" else [_member(on, member) for member in self.ceiling]
        on.put_here("admitted_agents", agent=self.agent, ceiling=ceiling)
        return {"organization": self.organization, "agent": self.agent, "ceiling": ceiling or self.ceiling}


class DismissAgent(OrganizationCommand):
    """End an agent's admission: its delegations are revoked for ever and its assignments removed."""

    do: ClassVar[str] = "dismiss-agent"
    agent: Id

    @override
    def draft(self, on: Draft) -> Answer:
        if self.agent not in on.organization.agents:
            raise Unknown(f"the agent `{self.agent}` is not admitted")
        on.remove_here("admitted_agents", agent=self.agent)
        on.forget(object_of("agent", self.agent))
        revoked = on.revoke(on_agent(self.agent))
        return {"organization": self.organization, "agent": self.agent, "revoked": revoked}


class AdmitService(OrganizationCommand):
    """Let a service into an organization: only there does it get answers."""

    do: ClassVar[str] = "admit-service"
    service: Id

    @override
    def draft(self, on: Draft) -> Answer:
        on.service(self.service)
        on.put_here("admitted_services", service=self.service)
        return {"organization": self.organization, "service": self.service}


class DismissService(OrganizationCommand):
    """End a service's admission: it gets no more answers about this organization."""

    do: ClassVar[str] = "dismiss-service"
    service: Id

    @override
    def draft(self, on: Draft) -> Answer:
        if self.service not in on.organization.services:
            raise Unknown(f"the service `{self.service}` is not admitted")
        on.remove_here("admitted_services", service=self.service)
        return {"organization": self.organization, "service": self.service}


def _member(on: Draft, member: CeilingMember) -> dict[str, Any]:
    resource = parse_object(member.resource)
    if resource not in on.organization.resources:
        raise Unknown(f"no resource `{resource}` in the organization")
    for slug in member.roles:
        role = on.world.model.roles.get(slug)
        if role is None or role.type != type_of(resource):
            raise Conflict(f"no role `{slug}` can be held on a `{type_of(resource)}`")
    row = member.model_dump(exclude_none=True)
    return {name: list(value) if isinstance(value, tuple) else value for name, value in row.items()}
