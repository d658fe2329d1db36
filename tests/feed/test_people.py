"""Whom a follower is told of: users on whom something depends, and of these whoever changed."""

from typing import Any

import pytest

from delegation.feed import Event
from delegation.store import Put
from tests.feed.mirror import Mirror, caught_up, follower, told
from tests.feed.test_feed import ACME, assert_same, fed, lasting

pytestmark = pytest.mark.anyio


async def test_people_are_told_of_as_long_as_they_matter(database: str) -> None:
    """Of users one hears whose delegations have not ended: that they are there, and then what becomes of them."""
    async with fed(database) as (store, pictures, feed):
        mirror = await caught_up(Mirror(), feed, pictures)
        assert mirror.users == {}
        await store.change(ACME, lasting("over", "u1", 0), lasting("open", "u2", 60))
        await caught_up(mirror, feed, pictures)
        assert mirror.users == {"u2": {"id": "u2", "name": "", "status": "active", "revision": 1}}
        await store.change("user:u2", Put("users", {"id": "u2", "name": "canary", "status": "suspended"}))
        await caught_up(mirror, feed, pictures)
        assert mirror.users == {"u2": {"id": "u2", "name": "", "status": "suspended", "revision": 2}}
        revoked = Put("delegations", {**lasting("open", "u2", 60).row, "status": "revoked"})
        await store.change(ACME, revoked)
        await caught_up(mirror, feed, pictures)
        assert mirror.users == {}


async def test_of_many_people_those_are_told_who_changed(database: str) -> None:
    """Many users are told once; then whoever stays or returns hears of those alone whose account changed."""
    people = [f"p{n:04}" for n in range(1_200)]
    async with fed(database) as (store, pictures, feed):
        for name in people:
            await store.change(f"user:{name}", account(name))
        await store.change(ACME, *(lasting(f"d-{name}", name, 600) for name in people))
        stream, mirror = feed.follow(follower(pictures), None, lambda: False), Mirror()
        while mirror.place is None:
            mirror.hear([await anext(stream)])
        assert sorted(mirror.users) == people
        first, mirror.place = mirror.place, None
        await store.change("user:p0007", account("p0007", "suspended"))
        heard = list[Event]()
        while not heard or heard[-1].name != "current":
            heard.append(await anext(stream))
        await stream.aclose()
        assert [(each.name, [row["id"] for row in rows_in(each)]) for each in heard[-2:]] == [
            ("users", ["p0007"]),
            ("current", []),
        ]
        assert len(repr(heard[-1].body)) < 300
        mirror.hear(heard)
        await assert_same(mirror, store)
        again = await told(feed, follower(pictures), mirror.place)
        assert [each.name for each in again] == ["current"]
        # From where somebody changed since, all are told anew.
        assert sum(len(rows_in(each)) for each in await told(feed, follower(pictures), first)) == len(people)


def rows_in(event: Event) -> list[Any]:
    """Return the rows of an event, which may have none."""
    found: Any = event.body.get("rows", [])
    return list(found)


def account(name: str, status: str = "active") -> Put:
    """Return the account of a user."""
    return Put("users", {"id": name, "name": "canary", "status": status})
