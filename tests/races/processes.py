"""What other processes do in races: they decide on pictures of their own, again and again, each time at one moment."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier

from delegation.audit import Record
from delegation.authority.chain import chain_of, not_in_force
from delegation.authority.ending import revoked
from delegation.state.entities import Delegation
from delegation.state.pictures import Pictures
from delegation.state.views import View
from delegation.store import PartitionChange, Put, Stale, Store, Unit
from tests.clock import NOON, Clock
from tests.store.samples import group, opened, record

NOW = int(NOON.timestamp())
_TIME = 60.0
"""Seconds that a process waits for the others."""


class NotInForce(Exception):
    """There is nothing to delegate any further."""


def child_of(parent: Delegation) -> Delegation:
    """Return a delegation further on, of all that the parent allows."""
    return replace(parent, id=f"{parent.id}.child", parent=parent.id, depth=parent.depth - 1, created_at=NOW)


def _put(view: View, delegation: Delegation, action: str) -> Unit:
    organization = view.organization
    assert organization is not None
    made = Record(NOON, action, "changed", f"agent:{delegation.agent}", organization.id, {"id": delegation.id})
    put = Put("delegations", delegation.row())
    return Unit(partitions=(PartitionChange(f"org:{organization.id}", organization.revision, made, (put,)),))


def delegate(view: View, id: str) -> tuple[str, Unit]:
    """Decide to delegate further. Raises NotInForce when the parent is worth nothing on this view."""
    world = view.world
    assert world is not None
    parent = world.organization.delegations[id]
    if not_in_force(world, chain_of(world, parent), NOW) is not None:
        raise NotInForce
    return "made", _put(view, child_of(parent), "sub-delegate")


def revoke(view: View, id: str) -> tuple[str, Unit]:
    """Decide to end a delegation for ever."""
    assert view.organization is not None
    parent = view.organization.delegations[id]
    return "ended", _put(view, revoked(parent, by=f"user:{parent.user}", now=NOW), "revoke")


DECISIONS: dict[str, Callable[[View, str], tuple[str, Unit]]] = {"delegate": delegate, "revoke": revoke}
Task = tuple[str, str, str]
"""An organization, a user, and the delegation that the round is about."""


def settle(url: str, decision: str, tasks: list[Task], barrier: Barrier, told: Connection) -> None:
    """Take one decision on each delegation, each at the moment at which the other process takes its own."""

    async def rounds() -> list[str]:
        async with opened(url, instance=decision) as store:
            pictures = Pictures(store, rows=100_000)
            return [await one(pictures, *task) for task in tasks]

    async def one(pictures: Pictures, organization: str, user: str, id: str) -> str:
        await pictures.view(organization=organization, users=(user,))
        await asyncio.to_thread(barrier.wait, _TIME)
        try:
            return await pictures.settle(
                lambda view: view, lambda view: DECISIONS[decision](view, id), organization=organization, users=(user,)
            )
        except NotInForce:
            return "refused"

    told.send(asyncio.run(rounds()))


def cross(url: str, partitions: list[str], changes: int, barrier: Barrier) -> None:
    """Change several organizations in one unit, in the order given, again and again."""

    async def change(store: Store, name: str) -> None:
        while True:
            heads = await store.heads(partitions)
            parts = tuple(PartitionChange(one, heads[one], record(), (group(name),)) for one in partitions)
            try:
                await store.commit(Unit(partitions=parts))
            except Stale:
                continue
            return

    async def all_of_them() -> None:
        async with opened(url, instance=partitions[0], clock=Clock()) as store:
            barrier.wait(_TIME)
            for number in range(changes):
                await change(store, f"{partitions[0]}-{number}")

    asyncio.run(all_of_them())
