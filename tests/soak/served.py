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
from delegation.tokens.memory import Memory
from tests.durability.server import serve

INTERVAL: Final = 1.0
"""Seconds between what the server tells of itself."""
TOKENS: Final = 256
"""Tokens that are remembered, so that this memory is full within seconds; of thousands it would grow for long."""
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
    setattr(Memory, "__init__", partialmethod(Memory.__init__, most=TOKENS))  # noqa: B010 - it is nobody's to set
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
