"""Passing on once, however often it is asked for: answers get lost, children are not made twice."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.responses import Response

from delegation.client import Child, Refused, Unavailable
from tests.client.between import Fault, House

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The service, behind what stands between."""
    house = House(Path(tmp_path_factory.mktemp("house")) / "data")
    with house.open():
        yield house


@pytest.fixture
async def house(opened: House) -> AsyncIterator[House]:
    """The service, to be reached, where nothing goes wrong yet."""
    opened.between.faults.clear()
    async with opened.reached():
        yield opened


def child(house: House, name: str) -> Child:
    """Return what another agent, new with this name, is to be let do."""
    return {
        "organization": "acme",
        "agent": house.tenant.agent(name).id,
        "resource": "project:apollo",
        "roles": ["project-editor"],
        "lifetime": timedelta(minutes=5),
        "unattended": True,
    }


def children(house: House, agent: str) -> list[str]:
    """Return the delegations to an agent."""
    shown = house.tenant.must("GET", "/delegations")["delegations"]
    return [each["id"] for each in shown if each["agent"] == agent]


async def test_a_lost_answer_makes_one_child(house: House) -> None:
    """The request is repeated under its key by itself, and the answer is that of the child that was made."""
    parent, _ = house.granted(depth=1)
    wish = child(house, "first")
    house.between.faults.extend([Fault(is_torn=True), Fault(is_torn=True)])
    async with house.agent() as agent:
        passed = await agent.delegate(parent, **wish)
    assert children(house, wish["agent"]) == [passed.delegation]
    assert passed.receipt is not None


async def test_a_key_of_ones_own_serves_across_calls(house: House) -> None:
    """A program that was told that nobody answered asks again later, and gets what had been made."""
    parent, _ = house.granted(depth=1)
    wish = child(house, "second")
    other: Child = {**wish, "purpose": "another"}
    house.between.faults.extend([Fault(is_torn=True), *[Fault(Response(status_code=502))] * 2])
    async with house.agent() as agent:
        with pytest.raises(Unavailable):
            await agent.delegate(parent, idempotency_key="task-7", **wish)
        made = children(house, wish["agent"])
        passed = await agent.delegate(parent, idempotency_key="task-7", **wish)
        assert [passed.delegation] == made == children(house, wish["agent"])
        with pytest.raises(Refused, match="idempotency_key_reused"):
            await agent.delegate(parent, idempotency_key="task-7", **other)


async def test_each_call_is_a_wish_of_its_own(house: House) -> None:
    """Who asks twice without a key wants two."""
    parent, _ = house.granted(depth=1)
    wish = child(house, "third")
    async with house.agent() as agent:
        made = {(await agent.delegate(parent, **wish)).delegation for _ in range(2)}
    assert set(children(house, wish["agent"])) == made
    assert len(made) == 2


@pytest.mark.parametrize("key", ['"', "a b", "", "ü", "x" * 256, "a\nb"])
async def test_a_key_that_is_none_is_refused_before_anything_is_sent(house: House, key: str) -> None:
    """The key is a header field: it is visible ASCII, and nothing else gets in with it."""
    house.between.seen.clear()
    async with house.agent() as agent:
        with pytest.raises(ValueError, match="idempotency_key"):
            await agent.delegate("dlg_1", idempotency_key=key, **child(house, f"n{abs(hash(key))}"))
    assert house.between.seen == []
