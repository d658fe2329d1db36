"""What is decided on: the pictures of one organization as they were at one moment, and where things lie in them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from authz_core import Object, Place
from delegation.state.entities import Service, Standing
from delegation.state.organization import Organization
from delegation.state.platform import Platform
from delegation.state.user import User
from delegation.state.world import World
from delegation.tokens import PublicRing

_PLACES: Final = 4_096
"""Resources of which it is known at once what lies above them; beyond, all are looked up anew."""


@dataclass(frozen=True, slots=True)
class Replicated:
    """All that is decided on."""

    platform: Platform
    organization: Organization
    users: Mapping[str, User]
    ring: PublicRing
    _worlds: list[World] = field(default_factory=list, init=False, compare=False, repr=False)
    """The world, where no relationship in it depends on the time."""
    _places: dict[Object, Place] = field(default_factory=dict, init=False, compare=False, repr=False)
    """Of that world: what was asked about, with what lies above it. Who may do what there is worked out each time."""

    def world(self, now: datetime) -> World:
        """Return the world in which is decided at a moment. Valid until the next await."""
        if self._worlds:
            return self._worlds[0]
        self.organization.relationships.pass_time(now.timestamp())
        model = self.organization.model(self.platform.model)
        world = World(self.platform, self.organization, self.users, model, now)
        if not self.platform.by_relationships and not self.organization.relationships:
            self._worlds.append(world)
        return world

    def place(self, world: World, resource: Object) -> Place:
        """Return a resource as it lies in the world that was returned last."""
        place = self._places.get(resource)
        if place is None:
            place = Place(world.model, world.facts, resource)
            if self._worlds:
                if len(self._places) == _PLACES:
                    self._places.clear()
                self._places[resource] = place
        return place

    def service(self, name: str) -> Service | None:
        """Return the active service of this name."""
        known = self.platform.services.get(name)
        return known if known is not None and known.status is Standing.ACTIVE else None
