"""The forms in which it is told what delegations are worth. Times are epoch seconds."""

from pydantic import Field

from delegation.web.shapes import Next, Shape


class FailingShown(Shape):
    """The first term that says no."""

    term: str
    delegation_id: str | None = None
    hop: int | None = None


class RefusalShown(Shape):
    """Why something is denied: a word for programs, a sentence for people, and the term that says so."""

    reason: str
    detail: str
    failing: FailingShown


class StepShown(Shape):
    """One term: what it lets through by itself, and what is left of everything before."""

    term: str
    delegation_id: str | None = None
    hop: int | None = None
    """Its place in the chain, counted from the user."""
    agent: str | None = None
    lets_through: list[str]
    left: list[str]


class ExplanationShown(Shape):
    """What becomes of each permission on one resource, from the person's rights to the agent's."""

    resource: str
    user: str
    steps: list[StepShown]
    """The user's own rights first; none where the delegation is not in force."""
    effective: list[str]
    missing: dict[str, RefusalShown]
    """What some term would let through and another does not."""
    status: RefusalShown | None = None
    """Why nothing at all is effective."""


class EffectiveShown(ExplanationShown):
    """What a delegation is worth on a resource now, and how that comes about."""

    delegation: str
    agent: str
    organization: str
    revision: int


class ReachedShown(Shape):
    """A delegation in force, and what its agent may do by it on its resource now."""

    id: str
    user: str
    resource: str
    roles: list[str]
    expires_at: int
    purpose: str
    effective: list[str]


class ReachShown(Shape):
    """A page of what an agent can do right now; what is not in force is left out, so that a page may be short."""

    agent: str
    organization: str
    delegations: list[ReachedShown]
    next: Next = None


class PreviewShown(Shape):
    """What would become of a wish. Of one that would be refused, only the refusal is told."""

    organization: str
    agent: str
    revision: int
    refused: dict[str, str] | None = None
    """`code` and `detail` of the refusal."""
    permissions: list[str] = Field(default=[])
    """What would be consented to."""
    withheld: list[str] = Field(default=[])
    """What of it the user does not hold there."""
    effective: ExplanationShown | None = None
    """What the delegation would be worth on its resource now."""
    warnings: list[str] = Field(default=[])
    """Where rights may pass to what does not lie beneath the resource."""
