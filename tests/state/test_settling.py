"""Settling: what is decided on the newest pictures is written, or decided again."""

import asyncio

import pytest

from delegation.directory.errors import DirectoryError
from delegation.state.pictures import Pictures
from delegation.store import Unit
from tests.state.keeping import Clerk, opened

pytestmark = pytest.mark.anyio


async def test_many_changes_of_one_organization_queue_and_all_succeed(database: str) -> None:
    """However many want to change one organization at once, each gets its turn."""
    async with opened(database) as store:
        clerk = Clerk(Pictures(store, rows=100_000))
        await clerk.give("create-organization", id="acme")
        given = (clerk.give("create-group", organization="acme", id=f"g{number}") for number in range(150))
        answers = await asyncio.gather(*given)
        assert sorted(answer["revision"] for answer in answers) == list(range(2, 152))


async def test_changes_of_two_processes_all_succeed(database: str) -> None:
    """Two processes that change one organization at once take turns by deciding again."""
    async with opened(database, "one") as one, opened(database, "two") as two:
        clerks = [Clerk(Pictures(store, rows=100_000)) for store in (one, two)]
        await clerks[0].give("create-organization", id="acme")
        given = (clerks[n % 2].give("create-group", organization="acme", id=f"g{n}") for n in range(60))
        answers = await asyncio.gather(*given)
        assert sorted(answer["revision"] for answer in answers) == list(range(2, 62))


async def test_a_refusal_among_those_that_wait_keeps_nobody_waiting(database: str) -> None:
    """Of many who want the same name in turn one gets it and all others are refused; nobody is left behind."""
    async with opened(database) as store:
        clerk = Clerk(Pictures(store, rows=100_000))
        await clerk.give("create-organization", id="acme")
        given = (clerk.give("create-group", organization="acme", id="g") for _ in range(20))
        answers = await asyncio.gather(*given, return_exceptions=True)
        assert [isinstance(answer, DirectoryError) for answer in answers].count(False) == 1
        await clerk.give("create-group", organization="acme", id="h")


async def test_who_gives_up_waiting_leaves_the_turn_to_the_next(database: str) -> None:
    """A request that is cancelled while it waits for its turn, or has it, keeps nobody from theirs."""
    async with opened(database) as store:
        clerk = Clerk(Pictures(store, rows=100_000))
        await clerk.give("create-organization", id="acme")
        waiting = [asyncio.create_task(clerk.give("create-group", organization="acme", id=f"g{n}")) for n in range(30)]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        given_up = [task for task in waiting if not task.done()][::3]
        for task in given_up:
            task.cancel()
        outcomes = await asyncio.gather(*waiting, return_exceptions=True)
        assert given_up
        assert not [each for each in outcomes if isinstance(each, Exception)]
        assert {task for task in waiting if task.cancelled()} == set(given_up)
        await clerk.give("create-group", organization="acme", id="last")


async def test_what_changes_nothing_writes_nothing(database: str) -> None:
    """A decision that leaves nothing to be written is answered at once."""
    async with opened(database) as store:
        pictures = Pictures(store, rows=100_000)
        before = (await pictures.view()).platform.revision
        answer = await pictures.settle(lambda view: view, lambda view: (view.platform.revision, Unit()))
        assert answer == before
        assert (await pictures.view()).platform.revision == before
