"""Changes a second: commands of administration, each in another organization, performed in one process."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from time import perf_counter
from typing import Final

from benchmarks.databases.population import ROWS, TOGETHER, opened
from delegation.directory.draft import Actor
from delegation.directory.performing import Directory
from delegation.directory.resources import CreateResource
from delegation.state.pictures import Pictures
from delegation.tokens import new_secret

_ACTOR: Final = Actor("benchmark")


async def changes_per_second(url: str, organizations: Sequence[str]) -> float:
    """Return how many durable changes a second one process makes, each in another organization that is warm."""
    async with opened(url) as store:
        pictures = Pictures(store, rows=ROWS)
        for organization in organizations:
            await pictures.view(organization=organization)
        left = iter(organizations)

        async def one_after_the_other() -> None:
            for organization in left:
                await changed(pictures, organization, "project:new")

        began = perf_counter()
        await asyncio.gather(*(one_after_the_other() for _ in range(TOGETHER)))
        return len(organizations) / (perf_counter() - began)


async def changed(pictures: Pictures, organization: str, project: str) -> None:
    """Add a project to an organization, durably."""
    directory = Directory(pictures, clock=lambda: datetime.now(UTC), secret=new_secret, tree_depth=8)
    command = CreateResource(organization=organization, resource=project, parent="workspace:w", name="New")
    await directory.perform(command, _ACTOR)
