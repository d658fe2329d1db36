"""What a follower puts together from the stream is what the server has, whatever happened meanwhile."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from sqlalchemy import BigInteger, Boolean, Column, Table

from delegation.feed import Feed, Teller
from delegation.state.organization import Organization
from delegation.state.pictures import Pictures
from delegation.store import Put, SealedHeads, Store, Unit, purge
from delegation.store.columns import Document
from delegation.store.tables import tables_of
from tests.clock import NOON
from tests.databases import Make
from tests.feed.mirror import DOCUMENTS, Mirror, caught_up, follower, key_of, told
from tests.state.keeping import Clerk, CountingStore, Stopwatch, group, opened
from tests.state.test_following import HISTORIES, delegation, kept, live
from tests.state.test_lost_changes import lose

pytestmark = pytest.mark.anyio

ACME = "org:acme"
BLANK = {"name": "", "purpose": "", "created_by": "", "ended_by": None}
AGENT, SERVICE = ("id", "status"), ("id", "audience", "status")
FOLLOWED: list[tuple[str, dict[str, Any]]] = [
    ("register-service", {"id": "documents", "audience": DOCUMENTS.audience}),
    ("register-service", {"id": "mail", "audience": "https://mail.example"}),
    ("admit-service", {"organization": "acme", "service": "documents", "follow": True}),
    ("admit-service", {"organization": "acme", "service": "mail"}),
]


PLANTED = {
    "admitted_agents": "agent",
    "agents": "id",
    "assignments": "principal resource role",
    "delegation_policies": "agent author group id permissions resource roles",
    "delegations": "agent id parent permissions resource roles user",
    "group_members": "group member",
    "groups": "id",
    "memberships": "user",
    "organizations": "id",
    "permissions": "slug type",
    "relationship_models": "document id",
    "relationships": "condition context object relation subject",
    "resource_types": "parents slug",
    "resources": "parent resource",
    "revoked_tokens": "jti",
    "roles": "permissions slug type",
    "signing_keys": "algorithm kid public",
}
"""The columns with texts of which a follower is told."""


def expected(table: str, row: dict[str, Any]) -> dict[str, Any] | None:
    """Return what the contract tells of a row, in words of its own."""
    match table:
        case "identity_providers" | "administrators" | "identities":
            return None
        case "agents":
            return {name: row[name] for name in AGENT}
        case "services":
            return {name: row[name] for name in SERVICE} if row["id"] == "documents" else None
        case "admitted_services":
            return row if row["service"] == "documents" else None
        case "signing_keys":
            public = {name: value for name, value in row.items() if name != "sealed"}
            return public if row["purpose"] == "access-token" else None
        case _:
            return {name: BLANK.get(name, value) for name, value in row.items()}


async def server_side(store: Store, partition: str) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of a partition that a follower has to have, by table."""
    found = {}
    for table, rows in (await store.snapshot(partition)).rows.items():
        told_of = [each for row in rows if (each := expected(table, dict(row))) is not None]
        if told_of:
            found[table] = sorted(told_of, key=lambda row: key_of(table, row))
    return found


async def assert_same(mirror: Mirror, store: Store) -> None:
    """Fail unless a mirror shows what the store has, and pictures can be made of it."""
    heads = await store.heads(mirror.known.keys())
    assert mirror.revisions == heads
    for partition in mirror.known:
        assert mirror.shown(partition) == await server_side(store, partition)
    people = {name: await server_side(store, f"user:{name}") for name in mirror.users}
    assert {name: {"users": [row]} for name, row in mirror.users.items()} == {
        name: {
            "users": [
                {**row, "revision": (await store.heads([f"user:{name}"]))[f"user:{name}"]} for row in rows["users"]
            ]
        }
        for name, rows in people.items()
    }
    made = Organization("acme")
    for table, rows in mirror.shown(ACME).items():
        for row in rows:
            made.tables[table].put(row)
    made.revision = mirror.revisions[ACME]
    real = (await Pictures(store, rows=100_000).view(organization="acme")).organization
    assert real is not None
    shown, had = kept(made), kept(real)
    for shelf in ("facts", "memberships", "agents", "revoked", "relationships"):
        assert shown.get(shelf) == had.get(shelf)


@asynccontextmanager
async def fed(database: str) -> AsyncIterator[tuple[CountingStore, Pictures, Feed]]:
    """Hold a store open with an organization that lets a service follow."""
    async with opened(database) as store:
        pictures = Pictures(store, rows=100_000)
        await live(store, pictures, [])
        clerk = Clerk(pictures)
        for name, fields in FOLLOWED:
            await clerk.give(name, **fields)
        yield store, pictures, Feed(store, pictures, most=10)


async def happen(database: str, history: list[tuple[str, dict[str, Any]]]) -> None:
    """Let a history happen in pieces, and fail unless all followers see what is there after each."""
    async with fed(database) as (store, pictures, feed):
        mirror = await caught_up(Mirror(), feed, pictures)
        for start in range(0, len(history), 5):
            await live(store, pictures, history[start : start + 5])
            await caught_up(mirror, feed, pictures)
            await assert_same(mirror, store)
            anew = await caught_up(Mirror(), feed, pictures)
            assert (anew.revisions, anew.place) == (mirror.revisions, mirror.place)
            await assert_same(anew, store)
        assert mirror.beginnings == ["platform", ACME]


@given(history=HISTORIES)
@settings(max_examples=10)
def test_what_was_told_is_what_is_there(
    databases: Make, prepared: str, history: list[tuple[str, dict[str, Any]]]
) -> None:
    """After any history whoever followed by entries and whoever began anew know the very rows of the server."""
    with databases(prepared) as database:
        asyncio.run(happen(database, history))


async def test_a_stream_goes_on_by_entries(database: str) -> None:
    """A follower that stays is told each change as it comes, and after it how fresh all is."""
    async with fed(database) as (store, pictures, feed):
        mirror, who = Mirror(), follower(pictures)
        stream = feed.follow(who, None, lambda: False)
        ages, names = [], list[str]()
        async for event in stream:
            mirror.hear([event])
            names.append(event.name)
            if event.name == "current":
                await assert_same(mirror, store)
                ages.append(mirror.after)
                if len(ages) == 3:
                    break
                await store.change(ACME, group(f"new{len(ages)}"))
        await stream.aclose()
        assert names[-5:] == ["current", "entry", "current", "entry", "current"]
        assert ages == sorted(set(ages))
        assert ages[0] >= 0
        assert ages[-1] <= pictures.monotonic() - who.arrived


async def test_going_on_costs_no_new_beginning(database: str) -> None:
    """With the id of the last event one is told what happened since, and nothing else."""
    async with fed(database) as (store, pictures, feed):
        mirror = await caught_up(Mirror(), feed, pictures)
        await store.change(ACME, group("late"))
        loads = store.loads[ACME]
        events = await told(feed, follower(pictures), mirror.place)
        assert [each.name for each in events] == ["entry", "current"]
        assert store.loads[ACME] == loads
        await assert_same(mirror.hear(events), store)


async def test_a_trimmed_log_begins_anew(database: str) -> None:
    """Where what was told is no longer in the log, all is told anew; then one goes on by entries."""
    async with fed(database) as (store, pictures, feed):
        mirror = await caught_up(Mirror(), feed, pictures)
        await store.change(ACME, group("late"))
        await store.commit(Unit(seal=SealedHeads(0, "{}", tuple((await store.newest([ACME])).values()))))
        await asyncio.to_thread(purge, database, 1)
        await store.change(ACME, group("later"))
        await caught_up(mirror, feed, pictures)
        assert mirror.beginnings == ["platform", ACME, ACME]
        await store.change(ACME, group("last"))
        await assert_same(await caught_up(mirror, feed, pictures), store)
        assert mirror.beginnings == ["platform", ACME, ACME]


@pytest.mark.parametrize("others", [(), ("x",), ("x", "y"), ("x", "y", "z")])
async def test_what_the_database_lost_is_told_no_longer(database: str, others: tuple[str, ...]) -> None:
    """Whether fewer changes came since than were lost, as many or more, who stays and who returns is told all anew."""
    async with fed(database) as (store, pictures, feed):
        at = (await store.heads([ACME]))[ACME]
        await store.change(ACME, group("c"))
        await store.change(ACME, group("d"))
        mirror, staying = await caught_up(Mirror(), feed, pictures), Mirror()
        stream = feed.follow(follower(pictures), None, lambda: False)
        while staying.place is None:
            staying.hear([await anext(stream)])
        lose(database, at, "c", "d")
        for name in others:
            await store.change(ACME, group(name))
        await caught_up(mirror, feed, pictures)
        await assert_same(mirror, store)
        place, staying.place = staying.place, None
        while staying.place is None:
            staying.hear([await anext(stream)])
        await stream.aclose()
        assert place != staying.place
        await assert_same(staying, store)
        assert mirror.beginnings.count(ACME) == staying.beginnings.count(ACME) == 2


HOSTILE = ["", "x", "." * 9, "9" * 300, "a.b.c.d.e", "\u0661.1", "%00", "-1.2", "1" * 100_000]


@pytest.mark.parametrize("place", HOSTILE, ids=range(len(HOSTILE)))
async def test_a_place_that_means_nothing_begins_anew(database: str, place: str) -> None:
    """Whatever stands in `Last-Event-ID`, who sent it is told all, as without it."""
    async with fed(database) as (_, pictures, feed):
        without = await told(feed, follower(pictures))
        with_it = await told(feed, follower(pictures), place)
        assert [(each.name, each.place) for each in with_it] == [(each.name, each.place) for each in without]


@pytest.mark.parametrize("part", range(6))
async def test_a_forged_place_begins_anew(database: str, part: int) -> None:
    """A place with another version, revision or hash, also ones beyond all there is, is not gone on from."""
    async with fed(database) as (store, pictures, feed):
        mirror = await caught_up(Mirror(), feed, pictures)
        parts = str(mirror.place).split(".")
        parts[part] = {0: "0" * 16, 1: "9" * 18, 3: "9" * 18}.get(part, "0" * len(parts[part]))
        mirror.place, mirror.beginnings = ".".join(parts), []
        await caught_up(mirror, feed, pictures)
        begun = {0: ["platform", ACME], 1: ["platform"], 2: ["platform"], 5: []}
        assert mirror.beginnings == begun.get(part, [ACME])
        await assert_same(mirror, store)


async def test_another_organizations_place_is_none(database: str) -> None:
    """With the id of another organization's stream nothing is told of that one, and all of this one."""
    async with fed(database) as (store, pictures, feed):
        clerk = Clerk(pictures)
        await clerk.give("create-organization", id="zeta")
        await clerk.give("admit-service", organization="zeta", service="documents", follow=True)
        await store.change("org:zeta", group("canary"))
        other = await caught_up(Mirror(), feed, pictures, organization="zeta")
        events = await told(feed, follower(pictures), other.place)
        assert "canary" not in repr(events)
        assert "zeta" not in repr(events)
        assert ["begin", ACME] in [[each.name, each.body.get("partition")] for each in events]


async def test_another_service_does_not_go_on_where_one_was(database: str) -> None:
    """A place is of one service: what another was told lacks what concerns this one."""
    async with fed(database) as (_, pictures, feed):
        await Clerk(pictures).give("admit-service", organization="acme", service="mail", follow=True)
        place = (await caught_up(Mirror(), feed, pictures)).place
        mail = Teller("mail", "https://mail.example")
        assert Mirror().hear(await told(feed, follower(pictures, mail), place)).beginnings == ["platform", ACME]


TAKING = [
    ("admit-service", {"organization": "acme", "service": "documents"}),
    ("dismiss-service", {"organization": "acme", "service": "documents"}),
    ("set-service-status", {"id": "documents", "status": "suspended"}),
    ("set-service-status", {"id": "documents", "status": "deleted"}),
    ("delete-organization", {"organization": "acme"}),
]


@pytest.mark.parametrize(("name", "fields"), TAKING, ids=[f"{name}-{n}" for n, (name, _) in enumerate(TAKING)])
async def test_whoever_may_follow_no_longer_hears_so_and_nothing_else(
    database: str, name: str, fields: dict[str, Any]
) -> None:
    """The first thing told after the permission went is that it did; what happened with it and since is not told."""
    async with fed(database) as (store, pictures, feed):
        stream = feed.follow(follower(pictures), None, lambda: False)
        while (await anext(stream)).name != "current":
            pass
        await store.change(ACME, group("canary"))
        await Clerk(pictures).give(name, **fields)
        assert (await anext(stream)).name == "gone"
        assert await anext(stream, None) is None
        assert [each.name for each in await told(feed, follower(pictures))] == ["gone"]


def lasting(id: str, user: str, seconds: int) -> Put:
    """Return a delegation that ends so many seconds from now."""
    row = delegation(id, user, "a1", "app:x1", 0).row
    return Put("delegations", {**row, "expires_at": int(NOON.timestamp()) + seconds})


async def test_a_large_organization_is_told_in_pieces(database: str) -> None:
    """More rows than are read at once are told whole, in events that hold a few each."""
    async with fed(database) as (store, pictures, feed):
        await store.change(ACME, *(group(f"n{n}") for n in range(9_000)))
        events = await told(feed, follower(pictures))
        mirror = Mirror().hear(events)
        assert len(mirror.known[ACME]["groups"]) == 9_000
        lots: list[Any] = [each.body["rows"] for each in events if each.name == "rows"]
        assert max(map(len, lots)) <= 250
        await assert_same(mirror, store)


async def test_who_is_too_slow_for_a_large_beginning_is_parted_with(database: str) -> None:
    """A large beginning holds a connection of the database: whoever does not listen in time gives it back."""
    async with opened(database) as store:
        clock = Stopwatch()
        pictures = Pictures(store, rows=100_000, monotonic=clock)
        await live(store, pictures, [])
        for name, fields in FOLLOWED:
            await Clerk(pictures).give(name, **fields)
        await store.change(ACME, *(group(f"n{n}") for n in range(9_000)))
        heard = 0
        async for event in Feed(store, pictures, most=1).follow(follower(pictures), None, lambda: False):
            heard += event.name == "rows"
            clock.now += 10
            assert event.name != "current"
        assert 15 <= heard <= 20


async def test_no_canary_is_told(database: str) -> None:
    """With a canary in every column of every table, also of another organization, a stream has those it names alone."""
    async with fed(database) as (store, pictures, feed):
        for partition in ("platform", ACME, "org:zeta", "user:u1"):
            await store.change(partition, *(Put(table.name, planted(table)) for table in tables_of(partition)))
        await store.change(ACME, lasting("open", "u1", 60))
        mirror = Mirror()
        events = await told(feed, follower(pictures))
        await caught_up(mirror.hear(events), feed, pictures)
        await store.change(ACME, *(Put(table.name, planted(table)) for table in tables_of(ACME)))
        events += await told(feed, follower(pictures), mirror.place)
        assert "entry" in {each.name for each in events}
        told_of = set(re.findall(r"canary-(\w+-\w+)", repr(events)))
        assert told_of == {f"{table}-{name}" for table, names in PLANTED.items() for name in names.split()}


def planted(table: Table) -> dict[str, Any]:
    """Return a row of a table with a canary in every column that holds a text."""
    return {column.name: plant(table.name, column) for column in table.columns if column.name != "partition"}


VALID = {"status": "active", "state": "active", "subjects": "same", "ceiling": None, "budget": None, "until": None}
"""Columns in which nothing but a word of a few, or nothing, can stand."""


REFERENCES = {"object", "subject", "resource", "parent", "principal", "member"}


def plant(table: str, column: Column[Any]) -> object:
    """Return what a column holds: a canary that names it, as far as it may."""
    canary = f"canary-{table}-{column.name}"
    if (table, column.name) == ("signing_keys", "purpose"):
        return "access-token"
    if column.name in VALID:
        return VALID[column.name]
    if column.name in REFERENCES:
        return f"thing:{canary}"
    if isinstance(column.type, Document):
        return {"words": canary} if column.name in {"consent", "document", "jwks"} else [canary]
    if isinstance(column.type, Boolean):
        return True
    return 1 if isinstance(column.type, BigInteger) else canary
