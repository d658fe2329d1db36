"""A world: one organization, the platform it lives on and the people concerned, at the newest revisions."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from authz_core import Limits, Model, Relationships, Situation, situation
from delegation.state.organization import Organization
from delegation.state.platform import Platform
from delegation.state.user import User


@dataclass(frozen=True, slots=True)
class World:
    """What a decision in one organization is made of. Valid until the next await: the pictures in it move on."""

    platform: Platform
    organization: Organization
    users: Mapping[str, User]
    """The people the request concerns; whoever is not in it is not present."""
    model: Model
    """The environment's model with the organization's own roles."""
    now: datetime
    """When it was seen."""
    context: Mapping[str, object] = field(default_factory=dict)
    """What a question brings along for the conditions of the model."""

    def asked(self, context: Mapping[str, object]) -> "World":
        """Return the world for a question that brings this along."""
        return replace(self, context=context) if context else self

    @property
    def facts(self) -> Relationships | Situation:
        """All that is stored of who has what where, with the context of the question where conditions want one.

        The present moment is this service's own, whatever a question says.
        """
        return self.situation() if self.model.conditions else self.organization.facts

    def situation(self, limits: Limits | None = None) -> Situation:
        """Return what is stored, with the context of the question, to be worked on within limits."""
        context = {**self.context, "current_time": self.now.isoformat()}
        return situation(self.model, self.organization.facts, context=context, limits=limits or Limits())

    @property
    def by_relationships(self) -> bool:
        """Whether relationships say who may do what; else roles on a tree of resources do."""
        return self.platform.by_relationships

    def present(self, user: str) -> bool:
        """Return whether a user may take part in this organization now."""
        account = self.users.get(user)
        if account is None or not account.active:
            return False
        return self.organization.active and self.organization.member(user)
