"""Hints between processes on one PostgreSQL: they save reading when one is asked, and decide nothing."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, make_url

from delegation.state.pictures import Pictures
from delegation.store import Put, Remove
from delegation.store.connections import connected, engine_of, parsed
from delegation.store.hints import Hints
from tests.databases import Make, rows
from tests.state.keeping import CountingStore, opened

ACME = "org:acme"
FORGED = ["", " ", "7", " 7", "org:acme", "org:acme ", "org:acme -1", "org:acme 0", "org:acme 1e9", "org:acme ٣"]
FORGED += [
    "org:acme 99999999999999999999",
    "org:acme 9223372036854775807",
    "platform 9",
    "org: 9",
    "nobody:x 9",
    "x" * 7_000,
]

CUT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND query = 'LISTEN delegation'
"""

PAUSE = 30.0
"""Seconds that a process without a connection waits, where it has not to be waited for."""

pytestmark = pytest.mark.anyio


@pytest.fixture
def url(postgresql_databases: Make, migrated_postgresql: str) -> Iterator[str]:
    """The URL of an empty database that several processes can hear of."""
    with postgresql_databases(migrated_postgresql) as url:
        yield url


@dataclass
class Process:
    """What one process has: a store, pictures, and what it heard."""

    store: CountingStore
    pictures: Pictures
    heard: list[tuple[str, int]] = field(default_factory=list)

    def hear(self, partition: str, revision: int) -> None:
        """Take a hint as a process does, and remember it."""
        self.heard.append((partition, revision))
        self.pictures.hint(partition, revision)

    async def groups(self, organization: str = "acme") -> set[str]:
        """Return the groups that the next request sees."""
        view = await self.pictures.view(organization=organization)
        assert view.organization is not None
        return set(view.organization.groups)


def group(id: str) -> Put:
    """Return a group that is there afterwards."""
    return Put("groups", {"id": id, "name": ""})


async def until(condition: Callable[[], bool]) -> None:
    """Return as soon as something is so."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110  what is waited for happens in another process
            await asyncio.sleep(0.005)


@asynccontextmanager
async def process(url: str, name: str, *, hints: bool = True) -> AsyncIterator[Process]:
    """Hold a process open, which listens already unless it takes no hints."""
    async with opened(url, name) as store:
        here = Process(store, Pictures(store, rows=100_000))
        if not hints:
            yield here
            return
        async with store.hints(here.hear):
            await until_it_listens(url, here)
            yield here


async def until_it_listens(url: str, here: Process) -> None:
    """Return when a process hears what is said."""
    before = len(here.heard)

    def hears() -> bool:
        say(url, "org:nobody 1")
        return len(here.heard) > before

    await until(hears)


def say(url: str, *payloads: str) -> None:
    """Say what anybody could who may connect."""
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("SELECT pg_notify('delegation', said) FROM unnest(%s::text[]) AS said", [list(payloads)])


async def test_a_picture_has_caught_up_before_it_is_asked_for(url: str) -> None:
    """What another process committed is in a picture already when the next request comes, which reads no log."""
    async with process(url, "one") as one, process(url, "two") as two:
        await one.store.change(ACME, group("a"))
        assert await two.groups() == {"a"}
        await one.store.change(ACME, group("b"))
        await until(lambda: two.store.followed[ACME] > 0)
        read = two.store.follows[ACME]
        assert await two.groups() == {"a", "b"}
        assert two.store.follows[ACME] == read > 0


async def test_with_and_without_hints_the_answers_are_the_same(url: str) -> None:
    """Whatever is changed, a process that takes hints and one that takes none show the same, at once."""
    chance = random.Random(11)
    async with process(url, "one") as one, process(url, "two") as two, process(url, "deaf", hints=False) as deaf:
        there: set[str] = set()
        for turn in range(60):
            id = f"g{chance.randrange(8)}"
            await one.store.change(ACME, Remove("groups", {"id": id}) if id in there else group(id))
            there ^= {id}
            await asyncio.sleep(chance.choice([0, 0, 0.002, 0.02]))
            assert await two.groups() == await deaf.groups() == there, turn
        assert not deaf.heard


async def test_what_is_not_kept_is_not_read(url: str) -> None:
    """A hint about a partition that nobody asked this process about costs it nothing."""
    async with process(url, "one") as one, process(url, "two") as two:
        await one.store.change(ACME, group("a"))
        await until(lambda: (ACME, 1) in two.heard)
        # Whatever it would have read after that hint it would have begun before it heard of the next one.
        before = len(two.heard)
        await one.store.change(ACME, group("b"))
        await until(lambda: len(two.heard) > before)
        assert not two.store.follows
        assert not two.store.loads


@pytest.mark.threat("I3")
@pytest.mark.threat("I7")
async def test_a_forged_hint_changes_no_answer(url: str) -> None:
    """Whatever somebody says who may connect to the database, pictures stay what the log makes them."""
    async with process(url, "one", hints=False) as one, process(url, "two") as two:
        await one.store.change(ACME, group("a"))
        assert await two.groups() == {"a"}
        say(url, *FORGED)
        await until(lambda: two.store.follows[ACME] > 0)
        assert await two.groups() == {"a"}
        await one.store.change(ACME, group("b"))
        assert await two.groups() == {"a", "b"}
        assert two.store.loads[ACME] <= 1


@pytest.mark.threat("I17")
async def test_a_flood_of_hints_is_bounded_work(url: str) -> None:
    """However much is said of a partition, its log is read at most once in ten milliseconds, and requests go on."""
    async with process(url, "one", hints=False) as one, process(url, "two") as two:
        await one.store.change(ACME, group("a"))
        assert await two.groups() == {"a"}
        loop = asyncio.get_running_loop()
        began = loop.time()
        for first in range(2, 20_000, 2_000):
            await asyncio.to_thread(say, url, *(f"{ACME} {revision}" for revision in range(first, first + 2_000)))
            assert await two.groups() == {"a"}
        await until(lambda: len(two.heard) > 15_000)
        assert two.store.follows[ACME] <= (loop.time() - began) / 0.01 + 2


@pytest.mark.parametrize("name", ["a" * 256, "ü" * 256, "a b", "\N{MATHEMATICAL SCRIPT CAPITAL X}" * 250])
async def test_long_names_are_told_whole(url: str, name: str) -> None:
    """The longest name of an organization, in any script, fits into a hint and comes out of it unchanged."""
    async with process(url, "one") as one, process(url, "two") as two:
        revision = await one.store.change(f"org:{name}", group("a"))
        await until(lambda: (f"org:{name}", revision) in two.heard)


async def test_of_many_commits_none_is_left_out(url: str) -> None:
    """However many partitions are changed in one breath, others hear of the newest revision of each."""
    async with process(url, "one") as one, process(url, "two") as two:
        names = [f"org:o{number}" for number in range(40)]
        for _ in range(3):
            await asyncio.gather(*(one.store.change(name, group(f"g{random.random()}")) for name in names))
        await until(lambda: {(name, 3) for name in names} <= set(two.heard))


async def test_what_is_committed_in_one_breath_is_told_in_one_statement(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of commits that come together each partition is told once, at its newest revision, all in one statement."""
    statements: list[str] = []

    async def counted(engine: Engine) -> psycopg.AsyncConnection[Any]:
        connection = await connected(engine)
        execute = connection.execute

        async def counting(statement: str, *values: Any) -> object:
            statements.append(statement)
            return await execute(statement, *values)

        monkeypatch.setattr(connection, "execute", counting)
        return connection

    monkeypatch.setattr("delegation.store.hints.connected", counted)
    heard: list[tuple[str, int]] = []
    hints = Hints(engine_of(parsed(url)), lambda *said: heard.append(said))
    going = asyncio.create_task(hints.keep_going())
    try:
        await until(lambda: "LISTEN delegation" in statements)
        before = len(statements)
        for revision in (1, 2, 3):
            for number in range(40):
                hints.tell({f"org:o{number}": revision})
        await until(lambda: len(heard) >= 40)
        hints.tell({"org:last": 1})
        await until(lambda: ("org:last", 1) in heard)
    finally:
        going.cancel()
    assert heard == [*((f"org:o{number}", 3) for number in range(40)), ("org:last", 1)]
    assert len(statements) - before == 2


async def test_hints_come_again_after_the_connection_was_cut(url: str) -> None:
    """A process that lost the connection over which it hears makes a new one, and commits go on meanwhile."""
    async with process(url, "one") as one, process(url, "two") as two:
        assert await asyncio.to_thread(rows, url, CUT) == [(True,), (True,)]
        await one.store.change(ACME, group("a"))
        assert await two.groups() == {"a"}
        await until_it_listens(url, one)
        await until_it_listens(url, two)
        await one.store.change(ACME, group("b"))
        await until(lambda: (ACME, 2) in two.heard)


async def test_where_nobody_can_be_told_commits_succeed(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that cannot connect for its hints serves as if there were none, and ends without delay."""

    async def refused(_: object) -> None:
        raise psycopg.OperationalError("nobody there")

    monkeypatch.setattr("delegation.store.hints.connected", refused)
    monkeypatch.setattr("delegation.store.hints._PAUSES", (PAUSE, PAUSE))
    async with opened(url) as store:
        loop = asyncio.get_running_loop()
        async with store.hints(lambda _, __: None):
            await asyncio.sleep(0.05)
            assert [await store.change(ACME, group(f"g{n}")) for n in range(3)] == [1, 2, 3]
            began = loop.time()
        # Less than the pause before it would try to connect again.
        assert loop.time() - began < PAUSE / 2


async def test_nobody_is_told_anything_on_sqlite(sqlite_databases: Make, migrated_sqlite: str) -> None:
    """On SQLite processes find out by themselves: there are no hints, and everything else is the same."""
    with sqlite_databases(migrated_sqlite) as file:
        async with opened(file, "one") as one, opened(file, "two") as two:
            heard: list[str] = []
            async with one.hints(lambda name, _: heard.append(name)), two.hints(lambda name, _: heard.append(name)):
                await one.change(ACME, group("a"))
                await asyncio.sleep(0.05)
                assert heard == []
                assert (await two.heads([ACME]))[ACME] == 1
