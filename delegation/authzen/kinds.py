"""Kinds of subjects that can be searched for: principals of an organization, and delegations.

A delegation is a subject of its own: it says which agent may act there, for whom, and a question about it is answered
like one about a token that asked for all that the delegation gives. An agent as a principal has roles of its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from authz_core import Allowed, Object, object_of
from delegation.authority.effective import decide, principal_may
from delegation.authority.explaining import by_delegation
from delegation.authority.reach import delegations_reaching, reaching
from delegation.authzen.hearing import DELEGATION, Hearing
from delegation.state.world import World


class Kind(Protocol):
    """Who can be sought, in one world."""

    def candidates(self, permission: str, resource: Object, /) -> list[str]:
        """Return the ids, in order, beyond which nobody of the kind may do it."""

    def people(self, names: Iterable[str]) -> frozenset[str]:
        """Return the users on whom it depends whether these may do it."""

    def may(self, name: str, permission: str, resource: Object) -> bool:
        """Return whether one of the kind may do it, as a single question would be answered."""

    def shown(self, name: str) -> dict[str, Any]:
        """Return one of the kind as a subject."""


@dataclass(frozen=True, slots=True)
class Principals:
    """Users, groups or agents."""

    world: World
    type: str

    def candidates(self, permission: str, resource: Object) -> list[str]:
        """Return the principals that the engine lists."""
        return reaching(self.world, self.type, permission, resource)

    def people(self, names: Iterable[str]) -> frozenset[str]:
        """Return the users themselves; groups and agents depend on nobody."""
        return frozenset(names) if self.type == "user" else frozenset()

    def may(self, name: str, permission: str, resource: Object) -> bool:
        """Return whether a principal may do it."""
        return isinstance(principal_may(self.world, object_of(self.type, name), permission, resource), Allowed)

    def shown(self, name: str) -> dict[str, Any]:
        """Return a principal by type and id."""
        return {"type": self.type, "id": name}


@dataclass(frozen=True, slots=True)
class Delegations:
    """Delegations whose tokens could be for the service that asks."""

    world: World
    hearing: Hearing

    def candidates(self, permission: str, _: Object) -> list[str]:
        """Return the delegations that let the permission through somewhere."""
        known = delegations_reaching(self.world, permission, self.hearing.now)
        return sorted(each.id for each in known if self.hearing.delegation(self.world, each.id) is not None)

    def people(self, names: Iterable[str]) -> frozenset[str]:
        """Return the users whom the agents act for."""
        return frozenset(self.world.organization.delegations[name].user for name in names)

    def may(self, name: str, permission: str, resource: Object) -> bool:
        """Return whether the agent may do it by this delegation."""
        presented = by_delegation(self.world.organization.delegations[name])
        return isinstance(decide(self.world, presented, permission, resource, self.hearing.now), Allowed)

    def shown(self, name: str) -> dict[str, Any]:
        """Return a delegation with the agent that acts and the user it acts for."""
        delegation = self.world.organization.delegations[name]
        return {"type": DELEGATION, "id": name, "properties": {"agent": delegation.agent, "user": delegation.user}}


def kind_of(type: str, hearing: Hearing, world: World) -> Kind:
    """Return the kind of subjects that a type names; of an unknown one there is nobody."""
    return Delegations(world, hearing) if type == DELEGATION else Principals(world, type)
