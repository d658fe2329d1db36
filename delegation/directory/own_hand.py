"""The user's own hand: people grant, list, suspend, resume and end their delegations (semantics: delegations)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from delegation.audit import JSON, Outcome, Record
from delegation.authority.affected import with_below
from delegation.authority.chain import chain_of, status_of
from delegation.authority.ending import CannotChange, resumed, revoked, suspended
from delegation.authority.granting import GrantRefused, Limits, Wish, grant
from delegation.directory.errors import Conflict, Unknown
from delegation.directory.people import People, Person
from delegation.state.entities import Delegation, DelegationStatus
from delegation.state.once import Once
from delegation.state.pictures import Pictures
from delegation.state.views import View, partition_of_organization, seen_beside
from delegation.state.world import World
from delegation.store import PartitionChange, Put, Unit

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Shown:
    """A delegation as people see it, at a revision of its organization."""

    organization: str
    delegation: Delegation
    status: str
    withheld: frozenset[str]
    """Permissions consented to that the user did not hold at the resource when it was granted."""
    revision: int
    chain: tuple[Delegation, ...]
    """The delegations from the user to this one."""


def shown(world: World, delegation: Delegation, now: int, withheld: frozenset[str] = frozenset()) -> Shown:
    """Return a delegation, which need not be on record yet, as people see it at `now`, in epoch seconds."""
    organization, status = world.organization, status_of(world, delegation, now)
    return Shown(organization.id, delegation, status, withheld, organization.revision, chain_of(world, delegation))


@dataclass(frozen=True, slots=True)
class _Change:
    """What a person does to the delegations of an organization."""

    action: str
    after: Delegation
    withheld: frozenset[str] = frozenset()


class OwnHand:
    """What people do with their own delegations."""

    def __init__(
        self,
        pictures: Pictures,
        people: People,
        *,
        limits: Limits,
        clock: Callable[[], datetime],
        identifier: Callable[[str], str],
    ) -> None:
        """Work on `pictures` within `limits`."""
        self._pictures = pictures
        self._people = people
        self._limits = limits
        self._clock = clock
        self._identifier = identifier

    async def grant(
        self,
        person: Person,
        organization: str,
        wish: Callable[[int], Wish],
        *,
        tell: Callable[[Shown], T],
        once: Once[T] | None = None,
    ) -> T:
        """Record the delegation a person wishes for; `wish` is told the time, in epoch seconds.

        Returns what `tell` makes of it; with `once`, what it made of it when the person wished for it first.
        Raises GrantRefused when it cannot be made, Unknown for an organization the person is not in,
        StoreUnavailable when it could not be written.
        """

        def decide(world: World, now: int) -> _Change:
            id_ = self._identifier("dlg")
            granted = grant(world, person.user, wish(now), id=id_, limits=self._limits)
            return _Change("delegation.created", granted.delegation, granted.withheld)

        def granted(world: World) -> tuple[T, Unit]:
            seen, unit = self._decided(world, person, decide)
            return tell(seen), unit

        try:
            return await self._settled(person, organization, granted, once)
        except GrantRefused as refusal:
            detail = {"code": refusal.code, "reason": str(refusal)}
            await self._pictures.note(self._record(person, organization, "delegation.refused", "refused", detail))
            raise

    async def revoke(self, person: Person, organization: str, id: str) -> Shown:
        """End one of the person's delegations for ever. Raises Unknown and StoreUnavailable."""
        by = f"user:{person.user}"
        return await self._change_own(
            person, organization, id, "delegation.revoked", lambda known, now: revoked(known, by=by, now=now)
        )

    async def stop(self, person: Person, organization: str, agent: str) -> list[Shown]:
        """End for ever all that a person lets an agent do in an organization, at once; return what ended.

        Raises Unknown and StoreUnavailable.
        """

        def decide(world: World) -> tuple[list[Shown], Unit]:
            now, by = self._now(), f"user:{person.user}"
            held = world.organization.delegations.between(person.user, agent)
            struck = [d for d in held if d.status is not DelegationStatus.REVOKED]
            ended = [revoked(delegation, by=by, now=now) for delegation in struck]
            told = [shown(world, delegation, now) for delegation in ended]
            if not ended:
                return told, Unit()
            below = {one.id for one in with_below(world.organization, struck)} - {one.id for one in struck}
            detail: dict[str, JSON] = {"agent": agent, "revoked": [d.id for d in ended], "below": sorted(below)}
            record = self._record(person, world.organization.id, "delegation.stopped", "changed", detail)
            unit = _unit(world, record, ended)
            revision = unit.revisions[partition_of_organization(world.organization.id)]
            return [replace(one, revision=revision) for one in told], unit

        return await self._settled(person, organization, decide)

    async def suspend(self, person: Person, organization: str, id: str) -> Shown:
        """Make a delegation worth nothing until resumed. Raises Unknown, Conflict and StoreUnavailable."""
        by = f"user:{person.user}"
        return await self._change_own(
            person, organization, id, "delegation.suspended", lambda known, now: suspended(known, by=by, now=now)
        )

    async def resume(self, person: Person, organization: str, id: str) -> Shown:
        """Bring back a delegation the person suspended. Raises Unknown, Conflict and StoreUnavailable."""
        by = f"user:{person.user}"
        return await self._change_own(
            person, organization, id, "delegation.resumed", lambda known, _: resumed(known, by=by)
        )

    async def all(self, person: Person, organization: str) -> list[Shown]:
        """Return the person's delegations in an organization, newest first. Raises Unknown and StoreUnavailable."""
        world = await self._world(person, organization)
        now = self._now()
        held = (d for d in world.organization.delegations.values() if d.user == person.user)
        told = [shown(world, delegation, now) for delegation in held]
        return sorted(told, key=lambda one: (-one.delegation.created_at, one.delegation.id))

    async def one(self, person: Person, organization: str, id: str) -> Shown:
        """Return one of the person's delegations. Raises Unknown and StoreUnavailable."""
        world = await self._world(person, organization)
        return shown(world, _own(world, person, id), self._now())

    async def _change_own(
        self, person: Person, organization: str, id: str, action: str, change: Callable[[Delegation, int], Delegation]
    ) -> Shown:
        def decide(world: World, now: int) -> _Change:
            try:
                return _Change(action, change(_own(world, person, id), now))
            except CannotChange as error:
                raise Conflict(str(error)) from error

        return await self._change(person, organization, decide)

    async def _change(self, person: Person, organization: str, decide: Callable[[World, int], _Change]) -> Shown:
        return await self._settled(person, organization, lambda world: self._decided(world, person, decide))

    async def _settled(
        self,
        person: Person,
        organization: str,
        decide: Callable[[World], tuple[T, Unit]],
        once: Once[T] | None = None,
    ) -> T:
        def permit(view: View) -> World:
            return self._people.world_of_member(view, person)

        return await self._pictures.settle(permit, decide, organization=organization, users=(person.user,), once=once)

    def _decided(self, world: World, person: Person, decide: Callable[[World, int], _Change]) -> tuple[Shown, Unit]:
        now = self._now()
        change = decide(world, now)
        changed = change.after != world.organization.delegations.get(change.after.id)
        unit = self._unit(world, person, change) if changed else Unit()
        seen = shown(world, change.after, now, change.withheld)
        partition = partition_of_organization(world.organization.id)
        return replace(seen, revision=unit.revisions.get(partition, seen.revision)), unit

    async def _world(self, person: Person, organization: str) -> World:
        view = await self._pictures.view(organization=organization, users=(person.user,))
        return self._people.world_of_member(view, person)

    def _unit(self, world: World, person: Person, change: _Change) -> Unit:
        after = change.after
        detail = {"delegation": after.id, "agent": after.agent, "resource": after.resource}
        record = self._record(person, world.organization.id, change.action, "changed", detail)
        return _unit(world, record, [after])

    def _record(
        self, person: Person, organization: str, action: str, outcome: Outcome, detail: Mapping[str, JSON]
    ) -> Record:
        return Record(self._clock(), action, outcome, f"user:{person.user}", organization, detail)

    def _now(self) -> int:
        return int(self._clock().timestamp())


def _unit(world: World, record: Record, after: Iterable[Delegation]) -> Unit:
    """Return the unit that makes delegations of one organization what they are afterwards."""
    partition = partition_of_organization(world.organization.id)
    puts = tuple(Put("delegations", delegation.row()) for delegation in after)
    changed = PartitionChange(partition, world.organization.revision, record, puts)
    return Unit(partitions=(changed,), decided_on=seen_beside({partition}, world))


def _own(world: World, person: Person, id: str) -> Delegation:
    """Return one of the person's delegations; another's is not told apart from none. Raises Unknown."""
    known = world.organization.delegations.get(id)
    if known is None or known.user != person.user:
        raise Unknown("you have no such delegation")
    return known
