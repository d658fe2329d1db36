"""The forms of answers, for whoever reads the documentation; tests compare real answers with them.

Times are epoch seconds. What a class does not name is never in an answer.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Shape(BaseModel):
    """An object with these members and no others."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class WideningShown(Shape):
    """One way in which a delegation would be more than the one it is made out of."""

    code: str
    """The member that would widen: resource, roles, permissions, expires_at, depth, unattended, audiences or budget."""
    detail: str
    beyond: list[str]


class Problem(Shape):
    """A refusal (RFC 9457): `code` is for programs and does not change, `detail` is for people."""

    type: Literal["about:blank"]
    title: str
    status: int
    code: str
    detail: str
    widens: list[WideningShown] | None = None
    """Everything that would widen, where that is the reason."""


class OAuthError(BaseModel):
    """A refusal of an OAuth endpoint (RFC 6749 §5.2)."""

    model_config = ConfigDict(frozen=True, extra="allow")

    error: str
    """A registered code."""
    error_description: str
    consent_uri: str | None = None
    """Where a person can grant what is missing."""
    delegations: list[str] | None = None
    """The delegations between which the request has to choose."""
    reason: str | None = None
    """What tells apart refusals of one code: `subject_token`, `agent_suspended` or `budget_spent`."""


class BudgetUsed(Shape):
    """How often it was used until a moment ago."""

    tokens: int | None = None
    evaluations: int | None = None


class BudgetShown(Shape):
    """How often a delegation may be used, by everything below it together; null is any number."""

    tokens: int | None
    evaluations: int | None
    used: BudgetUsed | None = None


class DelegationRow(Shape):
    """A delegation: a user lets an agent hold roles on a resource, until then."""

    id: str
    user: str
    agent: str
    parent: str | None
    resource: str
    roles: list[str]
    permissions: list[str]
    """What was consented to."""
    audiences: list[str] | None
    """Audiences that tokens may be for; null is any."""
    not_before: int
    expires_at: int
    depth: int
    """How many further hops may be delegated."""
    unattended: bool
    purpose: str
    consent: dict[str, Any]
    """How it was consented to."""
    status: Literal["active", "suspended", "revoked", "expired", "dormant", "not_yet_valid"]
    created_at: int
    created_by: str
    ended_at: int | None
    ended_by: str | None
    budget: BudgetShown | None
    last_used: int | None = None
    """When an agent last used it, as far as that is known; written now and then."""


class Link(Shape):
    """One delegation of a chain."""

    id: str
    agent: str


class DelegationShown(DelegationRow):
    """A delegation in an organization, at a revision of it."""

    organization: str
    chain: list[Link]
    """The delegations from the user to this one, which is the last."""
    revision: int


class DelegationMade(DelegationShown):
    """A delegation that was just made."""

    withheld: list[str]
    """Permissions of the roles that the user does not hold there."""
    receipt: str | None = None
    """What the agent presents while the user is away; only where unattended use was consented to."""


Next = Annotated[str | None, Field(description="The `cursor` of the next page; absent on the last.")]


class DelegationList(Shape):
    """A page of a person's delegations, newest first."""

    delegations: list[DelegationShown]
    next: Next = None


class DelegationsOfOrganization(Shape):
    """A page of the delegations of an organization, newest first."""

    delegations: list[DelegationRow]
    next: Next = None
    revision: int


class PolicyRow(Shape):
    """An administrator's policy: an agent may act for each member of a group, within what its author may do."""

    id: str
    group: str
    agent: str
    resource: str
    roles: list[str]
    permissions: list[str]
    audiences: list[str] | None
    lifetime: int
    """Seconds that a delegation made by it lasts at most."""
    until: int | None
    depth: int
    unattended: bool
    budget: BudgetShown | None
    purpose: str
    author: str
    status: Literal["active", "suspended", "ended"]
    created_at: int
    ended_at: int | None
    ended_by: str | None


class PoliciesOfOrganization(Shape):
    """A page of the administrators' policies of an organization, newest first."""

    policies: list[PolicyRow]
    next: Next = None
    revision: int


class AffectedDelegation(Shape):
    """A delegation that ends or sleeps with something."""

    id: str
    user: str
    agent: str
    parent: str | None
    resource: str


class AffectedShown(Shape):
    """What ends or sleeps with something, those below in a chain included, newest first."""

    count: int
    delegations: list[AffectedDelegation]
    next: Next = None
    revision: int


class OrganizationAffected(Shape):
    """How many delegations of an organization are concerned."""

    id: str
    count: int


class AffectedEverywhere(Shape):
    """The organizations that a user or an agent takes part in, and what is concerned there."""

    organizations: list[OrganizationAffected]
    more: int
    """Organizations beside these, in which nothing was counted."""


class ResourceShown(Shape):
    """A resource and its parent."""

    resource: str
    parent: str | None
    name: str


class OrganizationShown(Shape):
    """An organization as its administrators see it."""

    id: str
    name: str
    status: Literal["active", "suspended", "deleted"]
    memberships: dict[str, bool]
    """Each member, and whether the membership is active."""
    groups: list[str]
    resources: list[ResourceShown]
    agents: list[str]
    services: list[str]
    revision: int


class Health(Shape):
    """The process answers."""

    status: Literal["alive"]


class Readiness(Shape):
    """The service can answer."""

    status: Literal["ready"]
    revision: int
    degraded: list[str]
    """What does not work although every request is answered."""
