"""What a commit does: the contract that every database keeps."""

import json

import pytest

from delegation.store import (
    Claim,
    LogEntry,
    PartitionChange,
    Put,
    Remove,
    Stale,
    StoreError,
    StoreUnavailable,
    Taken,
    Unit,
)
from tests.store.samples import ACME, change, claim, group, groups, no_group, opened, record

pytestmark = pytest.mark.anyio


async def test_a_change_makes_rows_log_and_revision_true_together(url: str) -> None:
    """After a commit the rows are there, the log tells of them, and the revision is one higher."""
    async with opened(url) as store:
        assert await store.commit(change(group("a"))) == {ACME: 1}
        assert await store.commit(change(group("b"), no_group("a"), at=1)) == {ACME: 2}

        assert await store.heads([ACME, "platform"]) == {ACME: 2, "platform": 0}
        assert await groups(store) == {"b"}
        assert await store.records_after(ACME, 1) == [LogEntry(2, (group("b"), no_group("a")))]


async def test_what_was_committed_is_there_after_opening_again(url: str) -> None:
    """A store that is closed and opened knows what it knew."""
    async with opened(url) as store:
        await store.commit(change(group("a")))
    async with opened(url) as store:
        assert await groups(store) == {"a"}
        assert await store.heads([ACME]) == {ACME: 1}


async def test_a_put_replaces_the_whole_row(url: str) -> None:
    """A second put with the same key leaves one row, the newer one."""
    async with opened(url) as store:
        await store.commit(change(group("a", "old")))
        await store.commit(change(group("a", "new"), at=1))

        assert (await store.snapshot(ACME)).rows["groups"] == [{"id": "a", "name": "new"}]


async def test_a_unit_decided_at_another_revision_is_stale(url: str) -> None:
    """A unit decided before or after the head is refused whole, its claims included."""
    async with opened(url) as store:
        await store.commit(change(group("a")))
        for revision in (0, 2):
            late = PartitionChange(ACME, revision, record(), (group("b"),))
            with pytest.raises(Stale) as caught:
                await store.commit(Unit(claims=(Claim("name", "b", None),), partitions=(late,)))
            assert caught.value.partition == ACME

        assert await groups(store) == {"a"}
        assert await store.commit(claim("b", purpose="name")) == {}


async def test_a_unit_is_done_in_all_its_partitions_or_in_none(url: str) -> None:
    """When one of two partitions moved on, the other is left alone."""
    async with opened(url) as store:
        await store.commit(change(group("a")))
        both = Unit(
            partitions=(
                PartitionChange("org:beta", 0, record(), (group("x"),)),
                PartitionChange(ACME, 0, record(), (group("x"),)),
            )
        )
        with pytest.raises(Stale):
            await store.commit(both)

        assert await store.heads([ACME, "org:beta"]) == {ACME: 1, "org:beta": 0}
        assert await groups(store, "org:beta") == set()


async def test_a_claim_is_won_once(url: str) -> None:
    """What was claimed cannot be claimed again; another purpose is another thing."""
    async with opened(url) as store:
        await store.commit(claim("k"))
        with pytest.raises(Taken) as caught:
            await store.commit(claim("k"))
        await store.commit(claim("k", purpose="name"))

        assert (caught.value.purpose, caught.value.key) == ("jti", "k")


async def test_a_unit_that_loses_one_claim_wins_none(url: str) -> None:
    """The other claims of a unit that lost, and its changes, are as if it had never been."""
    async with opened(url) as store:
        await store.commit(claim("taken"))
        partition = PartitionChange(ACME, 0, record(), (group("a"),))
        both = Unit(claims=(Claim("jti", "free", None), Claim("jti", "taken", None)), partitions=(partition,))
        with pytest.raises(Taken):
            await store.commit(both)

        assert await store.heads([ACME]) == {ACME: 0}
        assert await store.commit(claim("free")) == {}


async def test_events_go_to_the_chain_of_the_process(url: str) -> None:
    """Events are recorded in order in the chain of the process that committed them."""
    async with opened(url, instance="here") as store:
        await store.commit(Unit(events=(record("first"), record("second"))))
        await store.commit(Unit(events=(record("third"),)))

        entries = [entry async for page in store.pages("process:here") for entry in page.entries]
    told = [(entry.sequence, json.loads(entry.body)["action"]) for entry in entries]
    assert told == [(1, "first"), (2, "second"), (3, "third")]


async def test_a_change_without_rows_is_recorded(url: str) -> None:
    """A change of nothing still has its entry and its revision."""
    async with opened(url) as store:
        assert await store.commit(change()) == {ACME: 1}
        assert await store.records_after(ACME, 0) == [LogEntry(1, ())]


async def test_a_unit_of_nothing_does_nothing(url: str) -> None:
    """An empty unit succeeds and leaves no trace."""
    async with opened(url) as store:
        assert await store.commit(Unit()) == {}
        assert [chain async for chain in store.chains()] == []


async def test_rows_may_be_put_and_removed_in_one_change(url: str) -> None:
    """The changes of a unit are true one after the other, so the last word on a row counts."""
    async with opened(url) as store:
        await store.commit(change(group("a"), group("b"), group("b", "again")))
        await store.commit(change(no_group("a"), group("a", "back"), group("c"), no_group("c"), no_group("b"), at=1))

        assert (await store.snapshot(ACME)).rows["groups"] == [{"id": "a", "name": "back"}]


async def test_a_unit_can_change_every_table(url: str) -> None:
    """Each kind of value comes back as it was put: null, booleans, integers, JSON."""
    delegation: dict[str, object] = {
        **dict.fromkeys(("id", "user", "agent", "resource", "purpose", "status", "created_by"), "x"),
        **dict.fromkeys(("parent", "ended_at", "ended_by", "audiences", "budget")),
        **dict.fromkeys(("not_before", "expires_at", "depth"), 0),
        "roles": ["r"],
        "permissions": [],
        "unattended": True,
        "consent": {"by": "api", "n": [1, {"a": None}]},
        "created_at": 2**63 - 1,
    }
    row = Put("delegations", delegation)  # type: ignore[arg-type]  # the values are JSON, one by one
    async with opened(url) as store:
        await store.commit(change(row))

        assert (await store.snapshot(ACME)).rows["delegations"] == [delegation]
        assert await store.records_after(ACME, 0) == [LogEntry(1, (row,))]


@pytest.mark.parametrize("partition", ["platform", "org:acme", "user:anne"])
async def test_every_kind_of_partition_begins_empty(url: str, partition: str) -> None:
    """A partition that does not exist has revision 0, all its tables and no row."""
    async with opened(url) as store:
        snapshot = await store.snapshot(partition)

    assert snapshot.revision == 0
    assert set(map(len, snapshot.rows.values())) == {0}


async def test_a_removal_of_nothing_fails_its_unit(url: str) -> None:
    """A row that is not there cannot be removed, and nothing else of the unit happens."""
    async with opened(url) as store:
        with pytest.raises(StoreError, match="`groups`"):
            await store.commit(change(group("a"), no_group("b")))

        assert await groups(store) == set()
        assert await store.heads([ACME]) == {ACME: 0}


async def test_a_closed_store_takes_nothing(url: str) -> None:
    """A store that is not open says so."""
    async with opened(url) as store:
        pass
    with pytest.raises(StoreUnavailable, match="not open"):
        await store.commit(claim("k"))


async def test_a_store_is_opened_once(url: str) -> None:
    """An open store has its threads and takes no second set."""
    async with opened(url) as store:
        with pytest.raises(StoreError, match="open already"):
            await store.open()

        assert await store.commit(claim("k")) == {}


async def test_a_partition_of_another_organization_keeps_its_rows(url: str) -> None:
    """Rows with the same key in two partitions are two rows."""
    async with opened(url) as store:
        await store.commit(change(group("a")))
        await store.commit(change(group("a"), partition="org:beta"))
        await store.commit(change(Remove("groups", {"id": "a"}), at=1, partition="org:beta"))

        assert await groups(store) == {"a"}
