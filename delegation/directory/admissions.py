"""Commands on which organization lets which agents and services in."""

from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import override

from authz_core import object_of, parse_object, type_of
from delegation.authority.ending import dependent, on_agent
from delegation.authority.holding import can_be_held, exists
from delegation.directory.command import Answer, Id, ObjectText, OrganizationCommand, PermissionSlug, Slug
from delegation.directory.draft import Draft
from delegation.directory.ending import ONLY_TAKES
from delegation.directory.errors import Conflict, Unknown
from delegation.state.entities import CeilingBound

Seconds = Annotated[int, Field(ge=0, le=253_402_300_799)]


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
        known = on.organization.agents.get(self.agent)
        # Another ceiling does not lift a suspension.
        suspended = None if known is None else known.suspended
        if known is not None and _lowers(known.ceiling, ceiling):
            on.noted[ONLY_TAKES] = True
        on.put_here("admitted_agents", agent=self.agent, ceiling=ceiling, suspended=suspended)
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
        revoked = on.revoke(on_agent(self.agent), lambda policy: policy.agent == self.agent)
        return {"organization": self.organization, "agent": self.agent, "revoked": revoked}


class SuspendAdmission(OrganizationCommand):
    """Stop an agent in an organization at once: what was delegated to it there sleeps, and nothing new can be."""

    do: ClassVar[str] = "suspend-admission"
    agent: Id

    @override
    def draft(self, on: Draft) -> Answer:
        held = list(dependent(on.organization, on_agent(self.agent)))
        on.noted["dormant"] = [delegation.id for delegation in held]
        on.note_below(held)
        return _switched(on, self.agent, suspended=True)


class ResumeAdmission(OrganizationCommand):
    """Let a stopped agent go on in an organization, with what was not revoked meanwhile."""

    do: ClassVar[str] = "resume-admission"
    agent: Id

    @override
    def draft(self, on: Draft) -> Answer:
        return _switched(on, self.agent, suspended=False)


def _switched(on: Draft, agent: str, *, suspended: bool) -> Answer:
    admission = on.organization.agents.get(agent)
    if admission is None:
        raise Unknown(f"the agent `{agent}` is not admitted")
    if admission.suspended is not suspended:
        on.put_here("admitted_agents", **replace(admission, suspended=suspended).row())
    return {"organization": on.organization.id, "agent": agent, "suspended": suspended}


class AdmitService(OrganizationCommand):
    """Let a service into an organization: only there does it get answers. Again replaces whether it may follow."""

    do: ClassVar[str] = "admit-service"
    service: Id
    follow: bool = False
    """Whether the service may follow the organization's changes, to decide by itself."""

    @override
    def draft(self, on: Draft) -> Answer:
        on.service(self.service)
        if on.organization.services.get(self.service) and not self.follow:
            on.noted[ONLY_TAKES] = True
        on.put_here("admitted_services", service=self.service, follow=self.follow)
        return {"organization": self.organization, "service": self.service, "follow": self.follow}


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


def _lowers(known: tuple[CeilingBound, ...] | None, asked: list[dict[str, Any]] | None) -> bool:
    """Return whether a ceiling leaves out some of what another one allows, and adds nothing."""
    if asked is None:
        return False
    return known is None or set(map(CeilingBound.of, asked)) < set(known)


def _member(on: Draft, member: CeilingMember) -> dict[str, Any]:
    resource = parse_object(member.resource)
    if not exists(on.world, resource):
        raise Unknown(f"no resource `{resource}` in the organization")
    for slug in member.roles:
        if not can_be_held(on.world, slug, resource):
            raise Conflict(f"no role `{slug}` can be held on a `{type_of(resource)}`")
    row = member.model_dump(exclude_none=True)
    return {name: list(value) if isinstance(value, tuple) else value for name, value in row.items()}
