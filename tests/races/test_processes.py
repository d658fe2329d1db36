"""Races between real processes: what one of them ended, no other builds on."""

import asyncio
from functools import partial
from typing import Any

import pytest

from delegation.store import Put, verify_all
from tests.children import children, context, ended
from tests.clock import Clock
from tests.databases import Make, deadlocks
from tests.end_to_end.sites import Sites
from tests.end_to_end.tenant import Tenant, documents_service, found
from tests.races.processes import Task, cross, settle
from tests.store.samples import groups, opened

ROUNDS = [30, pytest.param(500, marks=pytest.mark.slow)]
CHANGES = 30
ORGANIZATIONS = ["org:a", "org:b", "org:c"]


def decided(url: str, tasks: list[Task]) -> list[tuple[str, str]]:
    """Return what two processes decided on each delegation: one delegates further, one revokes."""
    barrier, pipes = context().Barrier(2), [context().Pipe(duplex=False) for _ in range(2)]
    works = [
        partial(settle, url, decision, tasks, barrier, theirs)
        for decision, (_, theirs) in zip(("delegate", "revoke"), pipes, strict=True)
    ]
    with children(*works) as processes:
        for _, theirs in pipes:
            theirs.close()
        made, revoked = (ours.recv() for ours, _ in pipes)  # Neither waits for the other without end.
        assert ended(processes) == [0, 0]
    return list(zip(made, revoked, strict=True))


@pytest.mark.semantics("4")
@pytest.mark.threat("10")
@pytest.mark.parametrize("rounds", ROUNDS)
def test_no_delegation_is_built_on_one_that_was_revoked(sites: Sites, rounds: int) -> None:
    """Sub-delegation against revocation of the parent: the child is refused, or ends with its parent."""
    with sites() as site, site.running(Clock()) as house:
        tenant = found(house, "acme", documents_service(house))
        parents = [tenant.grant(depth=1)["id"] for _ in range(rounds)]
        outcomes = decided(house.settings.database, [(tenant.id, tenant.anne, id) for id in parents])
        statuses = {one["id"]: one["status"] for one in every_delegation(tenant)}
        newest = asyncio.run(last_changes(house.settings.database, tenant.id))
    for id, (made, outcome) in zip(parents, outcomes, strict=True):
        child = f"{id}.child"
        assert (outcome, statuses[id]) == ("ended", "revoked")
        assert (made, statuses.get(child)) in {("made", "revoked"), ("refused", None)}
        if made == "made":
            assert newest[child] < newest[id]


async def last_changes(url: str, organization: str) -> dict[str, int]:
    """Return at which revision each delegation was changed last, as the log tells it."""
    changed: dict[str, int] = {}
    async with opened(url, instance="judge") as store:
        for entry in await store.records_after(f"org:{organization}", 0, limit=10_000):
            for change in entry.changes:
                if change.table == "delegations" and isinstance(change, Put):
                    changed[str(change.row["id"])] = entry.revision
    return changed


def every_delegation(tenant: Tenant) -> list[dict[str, Any]]:
    """Return the delegations of an organization, read page by page."""
    shown, after = [], ""
    while True:
        page = tenant.must("GET", f"/delegations{after}")
        shown += page["delegations"]
        if "next" not in page:
            return shown
        after = f"?cursor={page['next']}"


@pytest.mark.anyio
async def test_crossing_changes_of_organizations_all_come_to_an_end(databases: Make, migrated: str) -> None:
    """Processes that change the same organizations in opposite orders all succeed, and no circle had to be broken."""
    with databases(migrated) as url:
        orders = [ORGANIZATIONS, ORGANIZATIONS[::-1], [*ORGANIZATIONS[1:], ORGANIZATIONS[0]]]
        barrier = context().Barrier(len(orders))
        with children(*(partial(cross, url, order, CHANGES, barrier) for order in orders)) as processes:
            assert ended(processes) == [0] * len(orders)
        async with opened(url, instance="judge") as store:
            made = {f"{order[0]}-{number}" for order in orders for number in range(CHANGES)}
            assert await store.heads(ORGANIZATIONS) == dict.fromkeys(ORGANIZATIONS, len(made))
            assert [await groups(store, name) for name in ORGANIZATIONS] == [made] * len(ORGANIZATIONS)
            assert [each.chain async for each in verify_all(store) if each.findings] == []
        assert deadlocks(url) == 0
