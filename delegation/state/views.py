"""Views: what one request sees of the pictures, and how it is named what it was decided on."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import datetime

from delegation.state.album import Picture
from delegation.state.organization import Organization
from delegation.state.platform import PARTITION, Platform
from delegation.state.user import User
from delegation.state.world import World
from delegation.store import Seen


def partition_of_organization(organization: str) -> str:
    """Return the name of an organization's partition."""
    return f"org:{organization}"


def partition_of_user(user: str) -> str:
    """Return the name of a user's own partition."""
    return f"user:{user}"


@dataclass(frozen=True, slots=True)
class View:
    """What one request sees. Valid until the next await: the pictures in it move on."""

    platform: Platform
    organization: Organization | None
    users: Mapping[str, User]
    now: datetime
    """When it was seen: what ended by then counts for nothing."""
    age: float = 0.0
    """Seconds since the read that it is true of began."""

    @property
    def world(self) -> World | None:
        """The organization's world; None when the organization does not exist."""
        if self.organization is None:
            return None
        model = self.organization.model(self.platform.model)
        return World(self.platform, self.organization, self.users, model, self.now)


@dataclass(frozen=True, slots=True)
class Panorama:
    """What one request sees that concerns several organizations. Valid until the next await, as a view is."""

    platform: Platform
    organizations: Mapping[str, Organization]
    """Those that exist."""
    users: Mapping[str, User]
    now: datetime
    age: float

    def of(self, organization: str | None) -> View:
        """Return what is seen of one organization."""
        found = None if organization is None else self.organizations.get(organization)
        return View(self.platform, found, self.users, self.now, self.age)

    @property
    def whole(self) -> bool:
        """Whether no picture in it is taking over a change at this moment."""
        pictures: tuple[Picture, ...] = (self.platform, *self.organizations.values(), *self.users.values())
        return all(map(_is_whole, pictures))


def _is_whole(picture: Picture) -> bool:
    return picture.revision >= 0


def revisions_of(seen: View | World) -> dict[str, int]:
    """Return the revision at which each partition was seen that is there."""
    revisions = {PARTITION: seen.platform.revision}
    if seen.organization is not None:
        revisions[partition_of_organization(seen.organization.id)] = seen.organization.revision
    return revisions | {partition_of_user(id): user.revision for id, user in seen.users.items()}


def seen_beside(changed: Container[str], seen: View | World) -> tuple[Seen, ...]:
    """Return what a unit was decided on beside the partitions that it changes.

    Who is not there is not named: that somebody is missing is a reason to refuse and never one to permit.
    """
    return tuple((name, revision) for name, revision in sorted(revisions_of(seen).items()) if name not in changed)
