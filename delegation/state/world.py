"""A world: one organization, the platform it lives on and the people concerned, at the newest revisions."""

from collections.abc import Mapping
from dataclasses import dataclass

from authz_core import Model, Relationships
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

    @property
    def facts(self) -> Relationships:
        """The organization's tree, groups and assignments."""
        return self.organization.facts

    def present(self, user: str) -> bool:
        """Return whether a user may take part in this organization now."""
        account = self.users.get(user)
        if account is None or not account.active:
            return False
        return self.organization.active and self.organization.member(user)
