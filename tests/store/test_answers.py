"""Answers that are kept: each is there exactly when the change is that it tells of, until it runs out."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from delegation.store import IDEMPOTENCY, InvalidUnit, KeptAnswer, Put, Stale, Store, Taken, Unit
from tests.clock import Clock
from tests.store.samples import ACME, NOW, change, claim, group, groups, no_group, opened

DAY = 86_400
CANARY = "canary-7f3a"

pytestmark = pytest.mark.anyio


@pytest.fixture
async def store(url: str, clock: Clock) -> AsyncIterator[Store]:
    """Return an open store."""
    async with opened(url, clock=clock) as store:
        yield store


def answer(text: str = "made", *, key: str = "k", fingerprint: str = "f", until: int = NOW + DAY) -> KeptAnswer:
    """Return an answer to be kept for a day."""
    return KeptAnswer(key, fingerprint, text, until)


def bringing(kept: KeptAnswer, unit: Unit) -> Unit:
    """Return a unit that brings an answer along."""
    return replace(unit, answer=kept)


async def test_an_answer_comes_with_its_change(store: Store) -> None:
    """Once a unit is committed its answer can be read as it was, and others cannot."""
    kept = answer("größer 🙂\n\ttrailing ")
    assert await store.commit(bringing(kept, change(group("a")))) == {ACME: 1}

    assert await store.answer("k") == kept
    assert await store.answer("K") is None
    assert await store.answer("k ") is None


async def test_an_answer_outlives_the_process(url: str) -> None:
    """After a restart, and in another process, the answer is there."""
    async with opened(url, instance="one") as one:
        await one.commit(bringing(answer(), change(group("a"))))
    async with opened(url, instance="two") as two:
        assert await two.answer("k") == answer()


async def test_the_key_of_an_answer_is_won_once(store: Store) -> None:
    """A second unit with the key changes nothing, and the first answer stays."""
    await store.commit(bringing(answer("first"), change(group("a"))))

    with pytest.raises(Taken) as caught:
        await store.commit(bringing(answer("second", fingerprint="g"), change(group("b"), at=1)))

    assert (caught.value.purpose, caught.value.key) == (IDEMPOTENCY, "k")
    assert await store.answer("k") == answer("first")
    assert await groups(store) == {"a"}


@pytest.mark.parametrize("loser", [change(group("b"), at=7), claim("c")], ids=["stale", "taken"])
async def test_a_unit_that_loses_keeps_no_answer(store: Store, loser: Unit) -> None:
    """Whoever loses for any reason leaves the key to the next."""
    await store.commit(claim("c"))
    with pytest.raises((Stale, Taken)):
        await store.commit(bringing(answer("lost"), loser))

    assert await store.answer("k") is None
    await store.commit(bringing(answer("won"), change(group("a"))))
    assert await store.answer("k") == answer("won")


async def test_a_unit_that_spoils_its_batch_keeps_no_answer(store: Store) -> None:
    """Of units committed together the one that cannot be written takes its answer with it, the others keep theirs."""
    units = [
        bringing(answer(key="good"), change(group("a"))),
        bringing(answer(key="bad"), change(no_group("none"), partition="org:b")),
        bringing(answer(key="fine"), change(group("a"), partition="org:c")),
    ]
    outcomes = await asyncio.gather(*map(store.commit, units), return_exceptions=True)

    assert [isinstance(outcome, dict) for outcome in outcomes] == [True, False, True]
    kept = [await store.answer(key) for key in ("good", "bad", "fine")]
    assert kept == [answer(key="good"), None, answer(key="fine")]


@pytest.mark.threat("33")
async def test_of_fifty_racers_one_changes_and_one_answer_is_kept(url: str) -> None:
    """Fifty units with one key through two stores: one wins, and the answer that is there is the winner's."""
    async with opened(url, instance="one") as one, opened(url, instance="two") as two:
        for n in range(20):
            units = [
                bringing(answer(f"{n}-{racer}", key=f"k{n}"), change(group("g"), partition=f"org:{n}-{racer}"))
                for racer in range(50)
            ]
            commits = [(one, two)[racer % 2].commit(unit) for racer, unit in enumerate(units)]
            outcomes = await asyncio.gather(*commits, return_exceptions=True)

            (winner,) = [racer for racer, outcome in enumerate(outcomes) if outcome == {f"org:{n}-{racer}": 1}]
            assert sum(isinstance(outcome, Taken) for outcome in outcomes) == 49
            assert [await store.answer(f"k{n}") for store in (one, two)] == [answer(f"{n}-{winner}", key=f"k{n}")] * 2


async def test_an_answer_ends_when_its_claim_does(store: Store, clock: Clock) -> None:
    """To the last second the answer is there and its key is held; a second later both are free, and replaced."""
    await store.commit(bringing(answer("first"), change(group("a"))))
    clock.advance(timedelta(seconds=DAY))
    assert await store.answer("k") == answer("first")
    with pytest.raises(Taken):
        await store.commit(bringing(answer("early"), change(group("b"), at=1)))

    clock.advance(timedelta(seconds=1))
    assert await store.answer("k") is None
    later = answer("second", fingerprint="g", until=NOW + 3 * DAY)
    await store.commit(bringing(later, change(group("b"), at=1)))
    assert await store.answer("k") == later


async def test_a_name_claimed_for_another_purpose_is_no_answer(store: Store) -> None:
    """The keys of answers are apart from every other purpose."""
    await store.commit(claim("k"))
    await store.commit(bringing(answer(), change(group("a"))))
    assert await store.answer("k") == answer()


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"key": None}, "an answer is no text"),
        ({"key": f"{CANARY}\0"}, "an answer holds a character that cannot be kept"),
        ({"fingerprint": 7}, "an answer is no text"),
        ({"answer": f"{CANARY}\ud800"}, "an answer holds a character that cannot be kept"),
        ({"until": None}, "an answer is no integer"),
        ({"until": True}, "an answer is no integer"),
        ({"until": 2**63}, "an answer is an integer out of bounds"),
    ],
)
async def test_an_answer_that_no_table_can_take_is_refused(store: Store, changed: dict[str, Any], why: str) -> None:
    """Wrong values fail the whole unit before the database hears of it, with words that repeat none of them."""
    with pytest.raises(InvalidUnit) as caught:
        await store.commit(bringing(replace(answer(), **changed), change(group("a"))))

    assert str(caught.value) == why
    assert await groups(store) == set()


async def test_what_is_shown_of_a_unit_is_not_its_answer() -> None:
    """An answer may hold secrets, so it is not part of how its unit is shown."""
    assert CANARY not in repr(bringing(answer(CANARY), change(Put("groups", {"id": "a", "name": ""}))))
