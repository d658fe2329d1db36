"""Units and questions that mean nothing are refused, with words that say why and nothing of what they held."""

import pytest

from delegation.audit import JSON
from delegation.store import (
    Change,
    Claim,
    InvalidQuestion,
    InvalidUnit,
    PartitionChange,
    Put,
    Remove,
    Store,
    StoreError,
    Unit,
)
from tests.clock import Clock
from tests.store.samples import ACME, change, group, groups, no_group, opened, record

pytestmark = pytest.mark.anyio

CANARY = "canary-7f3a"
ASSIGNMENT: dict[str, JSON] = {"principal": "user:anne", "role": "viewer", "resource": "app:a"}


@pytest.mark.parametrize(
    ("item", "why"),
    [
        (Put("nowhere", {"id": CANARY}), "has no table `nowhere`"),
        (Put("agents", {"id": CANARY}), "has no table `agents`"),
        (Put("groups", {"id": CANARY}), "`groups.name` is missing"),
        (Put("groups", {"id": CANARY, "name": "", "colour": "red"}), "takes no `colour`"),
        (Put("groups", {"id": CANARY, "name": "", "partition": "org:b"}), "takes no `partition`"),
        (Put("groups", {"id": CANARY, "name": None}), "`groups.name` may not be null"),
        (Put("groups", {"id": CANARY, "name": 1}), "`groups.name` is no text"),
        (Put("groups", {"id": CANARY, "name": f"{CANARY}\0"}), "cannot be kept"),
        (Put("groups", {"id": CANARY, "name": f"{CANARY}\ud800"}), "cannot be kept"),
        (Put("memberships", {"user": CANARY, "active": 1}), "is neither true nor false"),
        (Put("revoked_tokens", {"jti": CANARY, "expires_at": True}), "is no integer"),
        (Put("revoked_tokens", {"jti": CANARY, "expires_at": 1.5}), "is no integer"),
        (Put("revoked_tokens", {"jti": CANARY, "expires_at": 2**63}), "out of bounds"),
        (Put("admitted_agents", {"agent": CANARY, "ceiling": [float("nan")], "suspended": None}), "JSON"),
        (Remove("assignments", {"principal": CANARY}), "`assignments.role` is missing"),
        (Remove("groups", {"id": CANARY, "name": "x"}), "takes no `name`"),
        (Remove("groups", {"id": None}), "may not be null"),
    ],
)
async def test_a_change_that_no_table_can_take_is_refused(url: str, item: Change, why: str) -> None:
    """A wrong table, column or value fails the whole unit; the error names the place and not the value."""
    async with opened(url) as store:
        with pytest.raises(InvalidUnit) as caught:
            await store.commit(change(group("a"), item))

        assert why in str(caught.value)
        assert CANARY not in str(caught.value)
        assert await groups(store) == set()


@pytest.mark.parametrize(
    ("unit", "why"),
    [
        (change(partition=""), "is the name of no partition"),
        (change(partition="org:"), "is the name of no partition"),
        (change(partition="process:one"), "is the name of no partition"),
        (change(partition="org:a\0"), "cannot be kept"),
        (change(at=-1), "no revision is below 0"),
        (change(no_group("a"), no_group("a")), "removed twice"),
        (Unit(partitions=(PartitionChange(ACME, 0, record(), ()),) * 2), "changed twice"),
        (Unit(claims=(Claim("jti", "k", None), Claim("jti", "k", 5))), "claimed twice"),
        (Unit(claims=(Claim("jti", "k\0", None),)), "a claim holds"),
        (Unit(claims=(Claim("jti", "k", 2**70),)), "out of bounds"),
        (Unit(events=(record(told={"x": float("inf")}),)), "JSON"),
    ],
)
async def test_a_unit_that_contradicts_itself_is_refused(url: str, unit: Unit, why: str) -> None:
    """A unit that no database could carry out is refused before one sees it."""
    async with opened(url) as store:
        with pytest.raises(InvalidUnit, match=why):
            await store.commit(unit)

        assert [chain async for chain in store.chains()] == []


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ("nowhere", {"id": "x"}),
        ("groups", {"colour": "x"}),
        ("groups", {"partition": "x"}),
        ("groups", {"id": 5}),
        ("groups", {}),
    ],
)
async def test_a_question_about_nothing_is_refused(url: str, table: str, key: dict[str, JSON]) -> None:
    """A row that no table can have is not looked for."""
    async with opened(url) as store:
        with pytest.raises(InvalidQuestion):
            await store.partitions_with(table, key)


@pytest.mark.parametrize(
    "url",
    ["sqlite://", "sqlite:///:memory:", "sqlite:///file:x?uri=true", "mysql://u:canary-7f3a@h/d", "canary-7f3a"],
)
async def test_a_database_that_cannot_be_used_is_refused(url: str) -> None:
    """A URL of no use is refused at once, without repeating the password in it."""
    with pytest.raises(StoreError) as caught:
        Store(url, instance="one", clock=Clock())

    assert CANARY not in str(caught.value)


@pytest.mark.parametrize("instance", ["", "a\nb"])
async def test_a_process_without_a_name_is_refused(url: str, instance: str) -> None:
    """Every process has a name that can stand in the log."""
    with pytest.raises(StoreError, match="name of the process"):
        Store(url, instance=instance, clock=Clock())
