"""Requests that are repeated: carried out once, answered alike, and answered only to who may still ask."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from typing_extensions import override

from delegation.directory.command import Answer
from delegation.directory.commands import command_from
from delegation.directory.draft import Actor
from delegation.directory.errors import Exists, NotPermitted
from delegation.state.pictures import Pictures
from delegation.state.views import View
from delegation.store import IDEMPOTENCY, KeptAnswer, Reason, StoreUnavailable, Taken, Unit
from tests.clock import NOON
from tests.state.keeping import Clerk, CountingStore, opened

UNTIL = int(NOON.timestamp()) + 86_400

pytestmark = pytest.mark.anyio


class OtherRequest(Exception):
    """The answer that is kept is that to another request."""


@dataclass(frozen=True)
class Repeated:
    """A request for a group by its id, under an idempotency key."""

    group: str
    key: str = "k"

    def keep(self, answer: Answer) -> KeptAnswer:
        """Return the answer as it is kept."""
        return KeptAnswer(self.key, self.group, str(answer["revision"]), UNTIL)

    def read(self, kept: KeptAnswer) -> Answer:
        """Return what was kept of the answer."""
        if kept.fingerprint != self.group:
            raise OtherRequest
        return {"organization": "acme", "id": self.group, "name": "", "revision": int(kept.answer)}


@dataclass
class Desk:
    """Pictures on one store, and groups made on request."""

    store: CountingStore

    def __post_init__(self) -> None:
        """Keep few pictures."""
        self.clerk = Clerk(Pictures(self.store, rows=10_000))

    async def make(self, request: Repeated, actor: str = "command-line", user: str | None = None) -> Answer:
        """Return the answer to a request for a group in acme."""
        command = command_from("create-group", {"organization": "acme", "id": request.group})
        return await self.clerk.directory.perform(command, Actor(actor, user), once=request)


@pytest.fixture
async def desks(database: str) -> AsyncIterator[tuple[Desk, Desk]]:
    """Return two processes' desks on one database, in which there is the organization acme."""
    async with opened(database, "one") as one, opened(database, "two") as two:
        desks = Desk(one), Desk(two)
        await desks[0].clerk.give("create-organization", id="acme")
        yield desks


async def revision(desk: Desk) -> int:
    """Return the revision of acme."""
    return (await desk.store.heads(["org:acme"]))["org:acme"]


async def test_a_repeated_request_changes_nothing_and_has_the_same_answer(desks: tuple[Desk, Desk]) -> None:
    """In the same process and in another one the answer is that of the first time, though other things moved on."""
    first = await desks[0].make(Repeated("g"))
    await desks[0].clerk.give("create-group", organization="acme", id="other")

    assert [await desk.make(Repeated("g")) for desk in desks] == [first, first]
    assert await revision(desks[0]) == 3


@pytest.mark.threat("33")
async def test_fifty_racers_make_one_thing_and_get_one_answer(desks: tuple[Desk, Desk]) -> None:
    """Fifty requests under one key at two processes at the same moment: one change, fifty equal answers."""
    for n in range(10):
        before = await revision(desks[0])
        answers = await asyncio.gather(*(desks[r % 2].make(Repeated(f"g{n}", f"k{n}")) for r in range(50)))

        assert answers == [{"organization": "acme", "id": f"g{n}", "name": "", "revision": before + 1}] * 50
        assert await revision(desks[1]) == before + 1


async def test_racers_under_several_keys_each_get_their_own(desks: tuple[Desk, Desk]) -> None:
    """Requests for the same thing under other keys are other requests: those of one key succeed, all others do not."""
    racers = [desks[n % 2].make(Repeated("g", f"k{n % 5}")) for n in range(50)]
    outcomes = await asyncio.gather(*racers, return_exceptions=True)

    made = [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]
    assert made == [made[0]] * 10
    assert sum(isinstance(outcome, Exists) for outcome in outcomes) == 40


async def test_another_request_under_the_key_is_refused(desks: tuple[Desk, Desk]) -> None:
    """What was asked for first stands, and nothing else is made under its key."""
    await desks[0].make(Repeated("g"))
    for desk in desks:
        with pytest.raises(OtherRequest):
            await desk.make(Repeated("h"))
    assert await revision(desks[0]) == 2


async def test_two_requests_racing_under_one_key_make_one_thing(desks: tuple[Desk, Desk]) -> None:
    """Of two different requests under one key at the same moment one is carried out and the other refused."""
    for n in range(20):
        racers = [desks[i].make(Repeated(f"{name}{n}", f"k{n}")) for i, name in enumerate("gh")]
        outcomes = await asyncio.gather(*racers, return_exceptions=True)
        assert sum(isinstance(outcome, OtherRequest) for outcome in outcomes) == 1
    assert await revision(desks[0]) == 21


async def test_a_refusal_is_not_kept(desks: tuple[Desk, Desk]) -> None:
    """What was refused changed nothing: repeated under better circumstances it succeeds."""
    await desks[0].clerk.give("create-group", organization="acme", id="g")
    with pytest.raises(Exists):
        await desks[0].make(Repeated("g"))
    await desks[0].clerk.give("delete-group", organization="acme", id="g")

    assert (await desks[0].make(Repeated("h")))["revision"] == 4


async def test_an_answer_is_for_who_may_still_ask(desks: tuple[Desk, Desk]) -> None:
    """The right to ask is judged on the newest pictures before anything is said, also of the kind of request."""
    await desks[0].make(Repeated("g"))
    for desk in desks:
        with pytest.raises(NotPermitted):
            await desk.make(Repeated("g"), "user:anne", "anne")
        with pytest.raises(NotPermitted):
            await desk.make(Repeated("h"), "user:anne", "anne")


async def test_a_decision_that_changes_nothing_keeps_no_answer(desks: tuple[Desk, Desk]) -> None:
    """Where there is nothing to be written, nothing is written, not even the answer."""
    pictures = Pictures(desks[0].store, rows=10_000)

    def decide(_: View) -> tuple[Answer, Unit]:
        return {"revision": 7}, Unit()

    assert await pictures.settle(lambda view: view, decide, once=Repeated("g")) == {"revision": 7}
    assert await desks[0].store.answer("k") is None


class Doubtful(CountingStore):
    """A store that commits, and then says that it does not know."""

    @override
    async def commit(self, unit: Unit) -> dict[str, int]:
        await super().commit(unit)
        raise StoreUnavailable("the connection was lost", reason=Reason.UNKNOWN)


class Failing(CountingStore):
    """A store that commits nothing."""

    def __init__(self, database: str, error: Exception) -> None:
        """Fail with this error."""
        super().__init__(database, "failing")
        self.error = error

    @override
    async def commit(self, unit: Unit) -> dict[str, int]:
        raise self.error


async def using(store: CountingStore, request: Repeated) -> Answer:
    """Return the answer to a request that one store alone carries out."""
    await store.open()
    try:
        return await Desk(store).make(request)
    finally:
        await store.close()


async def test_an_unknown_outcome_is_told_by_the_answer(database: str, desks: tuple[Desk, Desk]) -> None:
    """When nobody knows whether the commit succeeded, the answer that is there says so at once."""
    assert (await using(Doubtful(database, "doubtful"), Repeated("g")))["revision"] == 2
    assert (await desks[1].make(Repeated("g")))["revision"] == 2


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (StoreUnavailable("the connection was lost", reason=Reason.UNKNOWN), "the connection was lost"),
        (StoreUnavailable("too much waits", reason=Reason.FULL), "too much waits"),
        (Taken(IDEMPOTENCY, "k"), "ran out while it was looked for"),
    ],
    ids=["unknown", "full", "run out"],
)
async def test_without_an_answer_the_failure_stands(
    database: str, desks: tuple[Desk, Desk], error: Exception, why: str
) -> None:
    """When no answer is there either, the request failed and may be repeated with the same key."""
    with pytest.raises(StoreUnavailable, match=why):
        await using(Failing(database, error), Repeated("g"))
    assert (await desks[0].make(Repeated("g")))["revision"] == 2
