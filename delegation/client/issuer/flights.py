"""Work that is under way, shared by everybody who wants its result."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from functools import partial
from typing import Any, Generic, TypeVar

from delegation.client.errors import Unavailable

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")


class Flights(Generic[Key, Result]):
    """At most one piece of work per key at a time.

    Whoever stops waiting leaves the work to the others; it is never cancelled with them.
    """

    def __init__(self) -> None:
        self._under_way: dict[Key, asyncio.Task[Result]] = {}

    def start(self, key: Key, work: Callable[[], Coroutine[Any, Any, Result]]) -> asyncio.Task[Result]:
        """Return the task under way for the key, begun now if there is none."""
        task = self._under_way.get(key)
        if task is None:
            task = asyncio.create_task(work())
            self._under_way[key] = task
            task.add_done_callback(partial(self._land, key))
        return task

    def is_under_way(self, key: Key) -> bool:
        """Return whether there is work for the key to join."""
        return key in self._under_way

    async def join(self, key: Key, work: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
        """Return what the work for the key results in; raises what it raises."""
        task = self.start(key, work)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():
                raise Unavailable("the client was closed while it was asking") from None
            raise

    async def cancel(self) -> None:
        """Stop all work; those who wait for it get `Unavailable`."""
        tasks = tuple(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _land(self, key: Key, task: asyncio.Task[Result]) -> None:
        del self._under_way[key]
        if not task.cancelled():
            # Work that nobody waits for any more must not complain about its unread failure.
            task.exception()
