"""The server of a soak: the program, which tells how many tasks it has, and may leak on purpose."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partialmethod
from pathlib import Path
from typing import Any, Final

from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from delegation.app import serving, workers
from delegation.authority import prepared
from delegation.store import connections
from delegation.tokens.memory import Memory
from tests.durability.server import serve

INTERVAL: Final = 1.0
"""Seconds between what the server tells of itself."""
FEW: Final = 256
"""What a memory holds that would grow for many minutes if it held its thousands: so it is full within seconds."""
PAGES: Final = "cache_size=-2048"
"""The same of what each connection to SQLite keeps of its file, in KiB."""
_LOST: Final[list[object]] = []
"""What leaks keep."""


def _memory() -> None:
    _LOST.append(bytearray(16_384))


def _descriptors() -> None:
    # Seldom, so that it goes on to the end, and no more than a process may have.
    if len(_LOST) < 25_000:
        _LOST.append(None if len(_LOST) % 50 else os.open(os.devnull, os.O_RDONLY))


def _tasks() -> None:
    _LOST.append(asyncio.get_running_loop().create_task(asyncio.sleep(3600)))


LEAKS: Final[Mapping[str, Callable[[], None]]] = {
    "memory": _memory,
    "descriptors": _descriptors,
    "tasks": _tasks,
}
"""What a server may lose with each request, so that it is seen that such a thing would be noticed."""


def soaked(words: list[str], environment: Mapping[str, str], output: Path, tale: Path, leak: str | None) -> None:
    """Be the program; write to a file how many tasks there are; leak when told what."""
    _remember_little()
    made = serving.application

    def application(*arguments: Any, **options: Any) -> Starlette:
        app = made(*arguments, **options)
        begin = app.router.lifespan_context

        @asynccontextmanager
        async def lifespan(served: Starlette) -> AsyncIterator[Any]:
            telling = asyncio.create_task(_tell(tale))
            async with begin(served) as state:
                yield state
            telling.cancel()

        app.router.lifespan_context = lifespan
        if leak is not None:
            app.router.middleware_stack = _Leaking(app.router.middleware_stack, LEAKS[leak])
        return app

    setattr(workers, "application", application)  # noqa: B010 - it is no business of that module to offer it
    serve(words, environment, output, None)


def _remember_little() -> None:
    """Make every memory small whose bound is far above what a minute fills."""
    small = [PAGES if each.startswith("cache_size=") else each for each in connections.PRAGMAS]
    assert small.count(PAGES) == 1, "nothing says any longer how many pages are kept"
    for place, name, value in (
        (Memory, "__init__", partialmethod(Memory.__init__, most=FEW)),
        (prepared, "MOST", FEW),
        (connections, "PRAGMAS", tuple(small)),
    ):
        assert hasattr(place, name), f"{name} is called otherwise now"
        setattr(place, name, value)


class _Leaking:
    """Loses something with each request."""

    def __init__(self, app: ASGIApp, lose: Callable[[], None]) -> None:
        self._app = app
        self._lose = lose

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self._lose()
        await self._app(scope, receive, send)


async def _tell(tale: Path) -> None:
    while True:
        beside = tale.with_suffix(".new")
        beside.write_text(str(len(asyncio.all_tasks())))
        beside.replace(tale)
        await asyncio.sleep(INTERVAL)
