"""What a stream shows belongs to one moment, and goes to whoever may hear it then."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, aclosing, nullcontext
from typing import Any

import pytest
from typing_extensions import override

from delegation.feed import Feed
from delegation.store import Slice
from tests.feed.mirror import Mirror, follower, told
from tests.feed.test_feed import ACME, assert_same, fed
from tests.state.keeping import Clerk, CountingStore, group
from tests.state.test_lost_changes import lose

pytestmark = pytest.mark.anyio


async def test_nothing_is_current_between_two_moments(database: str) -> None:
    """What changes while a beginning is told is told before anything is said to be current: no mix is ever shown."""
    async with fed(database) as (store, pictures, feed):
        stream, mirror = feed.follow(follower(pictures), None, lambda: False), Mirror()
        told_of, changes = list[tuple[str, Any]](), 0
        async for event in stream:
            mirror.hear([event])
            told_of.append((event.name, event.body.get("partition")))
            if told_of[-1] in {("whole", "platform"), ("entry", "platform")} and changes < 2:
                # After the platform was read, and before the organization is.
                changes += 1
                await Clerk(pictures).give(
                    "register-service", id=f"new{changes}", audience=f"https://{changes}.example"
                )
                await store.change(ACME, group(f"new{changes}"))
            if event.name == "current":
                break
        await stream.aclose()
        log = [each for each in told_of if each[0] in {"begin", "entry"}]
        assert log == [("begin", "platform"), ("entry", "platform"), ("begin", ACME), ("entry", "platform")]
        await assert_same(mirror, store)


async def test_a_permission_that_ends_during_a_beginning_ends_the_next(database: str) -> None:
    """Whoever loses the permission while the platform is told is not told of the organization any more."""
    async with fed(database) as (_, pictures, feed):
        heard, stream = list[tuple[str, Any]](), feed.follow(follower(pictures), None, lambda: False)
        async for event in stream:
            heard.append((event.name, event.body.get("partition")))
            if heard[-1] == ("begin", "platform"):
                await Clerk(pictures).give("admit-service", organization="acme", service="documents")
        assert ("begin", ACME) not in heard
        assert heard[-1][0] == "gone"


async def test_a_beginning_behind_what_was_looked_at_is_not_told(database: str) -> None:
    """Where the database lost changes between the look and the read, the stream ends and nobody is told the older."""
    async with fed(database) as (store, pictures, _):
        at = (await store.heads([ACME]))[ACME]
        await store.change(ACME, group("c"))
        losing = Losing(database, "losing")
        losing.lost = lambda: lose(database, at, "c")
        await losing.open()
        events = await told(Feed(losing, pictures, most=1), follower(pictures))
        await losing.close()
        assert [each.name for each in events if each.body.get("partition") != "platform"] == []


class Losing(CountingStore):
    """A store that loses something of an organization before it is told anew."""

    lost: Callable[[], None] | None = None

    @override
    async def slices(
        self, partition: str, turn: Callable[[], AbstractAsyncContextManager[None]] = nullcontext
    ) -> AsyncGenerator[Slice, None]:
        if partition == ACME and turn is not nullcontext and self.lost is not None:
            self.lost()
        async with aclosing(super().slices(partition, turn)) as slices:
            async for part in slices:
                yield part
