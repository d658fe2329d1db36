"""Insight: what delegations are worth now and why, for those whose they are and for those who administer."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from authz_core import Object, warnings_of
from delegation.authority.chain import chain_of, not_in_force
from delegation.authority.effective import Ground
from delegation.authority.explaining import Explanation, by_delegation, explained, explained_on
from delegation.authority.granting import GrantRefused, Limits, Wish, grant
from delegation.directory.draft import Actor
from delegation.directory.errors import Unknown
from delegation.directory.people import People, Person
from delegation.directory.performing import authorize_reading
from delegation.state.entities import Delegation
from delegation.state.pictures import Pictures
from delegation.state.world import World

Viewer: TypeAlias = Person | Actor
"""Somebody who sees delegations: a person their own, an administrator all of the organization."""
_PREVIEW: Final = "dlg_preview"
"""The id under which a delegation is spoken of that there is not."""


@dataclass(frozen=True, slots=True)
class Worth:
    """A delegation, what its agent may do by it on one resource, and how that comes about."""

    delegation: Delegation
    explanation: Explanation
    in_force: bool
    revision: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What would become of a wish."""

    refused: GrantRefused | None
    """Why nothing would; then there is nothing else."""
    worth: Worth | None
    withheld: frozenset[str]
    warnings: tuple[str, ...]
    """Where the model lets rights pass to what does not lie beneath the resource."""
    revision: int


class Insight:
    """Explains delegations; it changes nothing."""

    def __init__(self, pictures: Pictures, people: People, *, limits: Limits, clock: Callable[[], datetime]) -> None:
        """Explain what `pictures` show; what would be granted is within `limits`."""
        self._pictures = pictures
        self._people = people
        self._limits = limits
        self._clock = clock

    async def held(self, viewer: Viewer, organization: str, agent: str) -> list[Delegation]:
        """Return the delegations of an agent that the viewer sees and that have not ended by themselves.

        Raises Unknown, InvalidToken and StoreUnavailable.
        """
        world, now = await self._world(viewer, organization), self._now()
        mine = (each for each in _seen(viewer, world) if each.agent == agent)
        return [each for each in mine if now < each.expires_at]

    async def delegation(self, viewer: Viewer, organization: str, id: str) -> Delegation:
        """Return a delegation that the viewer sees; another's is not told apart from none. Raises what `held` does."""
        for delegation in _seen(viewer, await self._world(viewer, organization)):
            if delegation.id == id:
                return delegation
        raise Unknown("there is no such delegation, or it is not yours to see")

    async def worth(
        self,
        viewer: Viewer,
        organization: str,
        delegations: Collection[Delegation],
        resource: Object | None = None,
    ) -> list[Worth]:
        """Return what delegations are worth on a resource, or each on its own. Raises what `held` raises."""
        world = await self._world(viewer, organization, frozenset(each.user for each in delegations))
        now = self._now()
        told = []
        for each in delegations:
            known = world.organization.delegations[each.id]
            explanation = explained(world, by_delegation(known), resource or known.resource, now)
            in_force = not_in_force(world, chain_of(world, known), now) is None
            told.append(Worth(known, explanation, in_force, world.organization.revision))
        return told

    async def preview(self, person: Person, organization: str, wish: Callable[[int], Wish]) -> Preview:
        """Return what would become of a person's wish if it were granted now. Raises what `held` raises."""
        world, now = await self._world(person, organization), self._now()
        revision = world.organization.revision
        try:
            granted = grant(world, person.user, wish(now), id=_PREVIEW, limits=self._limits)
        except GrantRefused as refusal:
            return Preview(refusal, None, frozenset(), (), revision)
        delegation = granted.delegation
        ground = Ground(world, by_delegation(delegation), (delegation,), now)
        explanation = explained_on(ground, delegation.resource)
        worth = Worth(delegation, explanation, explanation.status is None, revision)
        return Preview(None, worth, granted.withheld, warnings_of(world.model), revision)

    async def _world(self, viewer: Viewer, organization: str, people: frozenset[str] = frozenset()) -> World:
        if isinstance(viewer, Person):
            view = await self._pictures.view(organization=organization, users=people | {viewer.user})
            return self._people.world_of_member(view, viewer)
        world = await authorize_reading(self._pictures, viewer, organization)
        if people:
            world = (await self._pictures.view(organization=organization, users=people)).world or world
        return world

    def _now(self) -> int:
        return int(self._clock().timestamp())


def _seen(viewer: Viewer, world: World) -> Iterable[Delegation]:
    everything = world.organization.delegations.values()
    return (each for each in everything if not isinstance(viewer, Person) or each.user == viewer.user)
