"""Views: what one request sees of the pictures, and how it is named what it was decided on."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Final

from delegation.audit import Head
from delegation.state.album import Picture
from delegation.state.organization import Organization
from delegation.state.platform import PARTITION, Platform
from delegation.state.user import User
from delegation.state.world import World
from delegation.store import Seen

_FEW: Final = 3
"""Organizations and users of whom it is remembered what they are called."""


def partition_of_organization(organization: str) -> str:
    """Return the name of an organization's partition."""
    return f"org:{organization}"


def partition_of_user(user: str) -> str:
    """Return the name of a user's own partition."""
    return f"user:{user}"


def name_in(partition: str) -> str:
    """Return whose partition it is, by its name."""
    return partition.partition(":")[2]


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
    _worlds: list[World] = field(default_factory=list, init=False, compare=False, repr=False)
    """The world that was made last."""

    @property
    def world(self) -> World | None:
        """The organization's world; None when the organization does not exist."""
        if self.organization is None:
            return None
        model = self.organization.model(self.platform.model)
        if not self._worlds or self._worlds[0].model is not model:
            self._worlds[:] = (World(self.platform, self.organization, self.users, model, self.now),)
        return self._worlds[0]


@dataclass(frozen=True, slots=True)
class Panorama:
    """What one request sees that concerns several organizations. Valid until the next await, as a view is."""

    platform: Platform
    organizations: Mapping[str, Organization]
    """Those that exist."""
    users: Mapping[str, User]
    now: datetime
    age: float
    _pictures: tuple[Picture, ...] = field(init=False, compare=False, repr=False)
    _revisions: tuple[int, ...] = field(init=False, compare=False, repr=False)
    _views: dict[str | None, View] = field(default_factory=dict, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Remember at which revisions its pictures are."""
        pictures: tuple[Picture, ...] = (self.platform, *self.organizations.values(), *self.users.values())
        object.__setattr__(self, "_pictures", pictures)
        object.__setattr__(self, "_revisions", _revisions_of(pictures))

    def of(self, organization: str | None) -> View:
        """Return what is seen of one organization."""
        view = self._views.get(organization)
        if view is None:
            found = None if organization is None else self.organizations.get(organization)
            view = self._views[organization] = View(self.platform, found, self.users, self.now, self.age)
        return view

    @property
    def whole(self) -> bool:
        """Whether no picture in it was taking over a change when it was put into it."""
        return min(self._revisions) >= 0

    @property
    def stands(self) -> bool:
        """Whether all pictures in it are at this moment what they were."""
        return _revisions_of(self._pictures) == self._revisions


def _revisions_of(pictures: Iterable[Picture]) -> tuple[int, ...]:
    return tuple([picture.revision for picture in pictures])


@dataclass(frozen=True, slots=True, eq=False)
class Concern:
    """What somebody wants to see: organizations and users, with the names of their partitions."""

    organizations: Mapping[str, str]
    users: Mapping[str, str]
    partitions: tuple[str, ...]
    """All of them, and the platform's."""


def concern_of(organizations: tuple[str, ...], users: tuple[str, ...]) -> Concern:
    """Return what whoever wants to see these organizations and users wants."""
    # What one token concerns is asked about again and again; a long list, hardly ever.
    return _remembered(organizations, users) if len(organizations) + len(users) <= _FEW else _new(organizations, users)


def _new(organizations: tuple[str, ...], users: tuple[str, ...]) -> Concern:
    tenants = {name: partition_of_organization(name) for name in organizations}
    people = {user: partition_of_user(user) for user in users}
    return Concern(tenants, people, (PARTITION, *people.values(), *tenants.values()))


_remembered: Final = lru_cache(maxsize=4_096)(_new)


@dataclass(frozen=True, slots=True)
class Followed:
    """What is seen of an organization by whoever follows its log, and how far the log was."""

    view: View
    """At the heads or later. Valid until the next await."""
    heads: Mapping[str, Head]
    """Of the platform, the organization and the users asked for; one at 0 for whatever is not there."""
    began: float
    """When the read of the heads began, in seconds of the monotonic clock."""


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
