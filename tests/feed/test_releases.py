"""What the release before this one writes, while both use a database, means the same to whoever follows."""

import asyncio
from pathlib import Path

import pytest

from delegation.feed import Feed
from delegation.state.pictures import Pictures
from tests.feed.mirror import follower, told
from tests.feed.test_feed import fed
from tests.state.keeping import Clerk, opened
from tests.store.releases import starting

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("follows", [True, False])
async def test_an_admission_by_the_release_before_leaves_who_may_follow(
    database: str, tmp_path: Path, *, follows: bool
) -> None:
    """Where it admits a service again, who followed the log and who reads the tables agree whether it may follow."""
    code = starting.unpacked("0004", tmp_path)
    async with fed(database) as (_, pictures, feed):
        await Clerk(pictures).give("admit-service", organization="acme", service="documents", follow=follows)
        assert await asyncio.to_thread(starting.admit, code, database, "documents") == {"service": "documents"}
        last = (await told(feed, follower(pictures)))[-1].name
    async with opened(database, "later") as store:
        anew = Pictures(store, rows=100_000)
        loaded = (await told(Feed(store, anew, most=1), follower(anew)))[-1].name
    assert last == loaded == ("current" if follows else "gone")
