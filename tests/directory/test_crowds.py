"""Groups of ten thousand: they work, and one member more or less is one change."""

import asyncio
from collections.abc import Iterable

import pytest

from delegation.audit import Record
from delegation.store import PartitionChange, Put, Store, Unit
from tests.clock import NOON
from tests.directory.log import found
from tests.end_to_end.deployment import Deployment
from tests.end_to_end.tenant import Tenant

CROWD = 10_000


async def _written(house: Deployment, partition: str, puts: Iterable[Put]) -> None:
    store = Store(house.settings.database, instance="another process", clock=house.clock)
    await store.open()
    try:
        at = (await store.heads([partition]))[partition]
        record = Record(NOON, "imported", "changed", "command-line", None, {})
        await store.commit(Unit(partitions=(PartitionChange(partition, at, record, tuple(puts)),)))
    finally:
        await store.close()


@pytest.fixture
def crowd(tenant: Tenant) -> Tenant:
    """An organization in whose group `all` are ten thousand members, the last of them bob, imported while it runs."""
    tenant.must("POST", "/groups", {"id": "all"})
    names = [f"member{number}" for number in range(CROWD - 1)] + [tenant.bob]
    puts = [
        *(Put("memberships", {"user": name, "active": True}) for name in names),
        *(Put("group_members", {"group": "all", "member": f"user:{name}"}) for name in names),
    ]
    asyncio.run(_written(tenant.house, f"org:{tenant.id}", puts))
    return tenant


@pytest.mark.threat("10")
def test_a_crowd_gets_and_loses_what_its_group_holds_at_once(crowd: Tenant) -> None:
    """A role of a group of ten thousand is each member's at the next request, and is lost as fast."""
    assert not crowd.person_may(crowd.bob, "project:view", "project:zeus")
    crowd.assign("group:all#member", "project-viewer", "project:zeus")
    assert crowd.person_may(crowd.bob, "project:view", "project:zeus")
    crowd.must("DELETE", f"/groups/all/members/user:{crowd.bob}")
    assert not crowd.person_may(crowd.bob, "project:view", "project:zeus")
    crowd.must("PUT", f"/groups/all/members/user:{crowd.bob}")
    assert crowd.person_may(crowd.bob, "project:view", "project:zeus")


def test_a_crowd_goes_with_its_group(crowd: Tenant) -> None:
    """A group of ten thousand is deleted in one change, and nobody of it is left behind in the database."""
    crowd.assign("group:all#member", "project-viewer", "project:zeus")
    crowd.must("DELETE", "/groups/all")
    assert not crowd.person_may(crowd.bob, "project:view", "project:zeus")
    left = found(crowd.house, "SELECT count(*) FROM group_members WHERE partition = :here", here=f"org:{crowd.id}")
    assert left == [(0,)]
