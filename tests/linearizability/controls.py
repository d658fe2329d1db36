"""Faults that a server is started with on purpose, to show that the harness would notice them.

They concern the questions of services alone: a server that changes things on heads from the past is refused by the
store, and nothing would ever be struck.
"""

import asyncio
from collections.abc import Collection, Mapping
from contextvars import ContextVar
from enum import Enum
from time import monotonic
from typing import Any, Final

from starlette.types import ASGIApp, Receive, Scope, Send
from typing_extensions import override

from delegation.state import pictures
from delegation.state.freshness import Freshness, Heads

REMEMBERED: Final = 0.1
"""Seconds for which heads that were read are taken for the newest."""
HELD: Final = 0.01
"""Seconds between the look at the heads and the moment at which those who wait are told."""
QUESTIONS: Final = frozenset({"/introspect", "/access/v1/evaluation"})
_asked: ContextVar[bool] = ContextVar("asked", default=False)


class Control(Enum):
    """What is changed in a server."""

    NOTHING = "nothing"
    REMEMBERED = "remembered"
    """Without the freshness read: heads that were read a moment ago are taken for the newest."""
    JOINED = "joined"
    """A read under way is joined by those who come later."""
    HELD = "held"
    """Each read is slow to answer, but shared as it should be: nothing may go wrong."""
    JOINED_AND_HELD = "joined-and-held"
    """A read under way is joined by those who come later, and there is much time to do so."""


class _Remembering(Freshness[Any]):
    """Takes what was read a moment ago for the newest."""

    @override
    async def newest(self, partitions: Collection[str], *more: Any, **named: Any) -> Any:
        known = self.__dict__.setdefault("known", {})
        wanted, now = frozenset(partitions), monotonic()
        if not _asked.get() or wanted not in known or known[wanted][0] + REMEMBERED < now:
            known[wanted] = now, await super().newest(partitions, *more, **named)
        return known[wanted][1]


class _Holding(Freshness[Any]):
    """Is slow to tell what it has seen."""

    def __init__(self, heads: Heads[Any], *more: Any, **named: Any) -> None:
        async def held(partitions: Collection[str]) -> Mapping[str, Any]:
            seen = await heads(partitions)
            await asyncio.sleep(HELD)
            return seen

        super().__init__(held, *more, **named)


class _Joining(Freshness[Any]):
    """Lets questions join a read of the same partitions that began before they came."""

    @override
    async def newest(self, partitions: Collection[str], *more: Any, **named: Any) -> Any:
        if not _asked.get():
            return await super().newest(partitions, *more, **named)
        under_way = self.__dict__.setdefault("under_way", {})
        wanted = frozenset(partitions)
        if wanted not in under_way:
            read = under_way[wanted] = asyncio.ensure_future(super().newest(partitions, *more, **named))
            read.add_done_callback(lambda _: under_way.pop(wanted))
        return await asyncio.shield(under_way[wanted])


class _JoiningAndHolding(_Joining, _Holding):
    """Lets questions join a read that has long seen what it will tell."""


_PARTS: Final[Mapping[Control, type[Freshness[Any]]]] = {
    Control.REMEMBERED: _Remembering,
    Control.JOINED: _Joining,
    Control.HELD: _Holding,
    Control.JOINED_AND_HELD: _JoiningAndHolding,
}


class _Marking:
    """Marks the requests that are questions of services."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        _asked.set(scope.get("path") in QUESTIONS)
        await self._app(scope, receive, send)


def switch_on(control: Control) -> None:
    """Put a control in the place of the freshness read, for the rest of this process."""
    if control is not Control.NOTHING:
        vars(pictures)["Freshness"] = _PARTS[control]


def marked(app: ASGIApp) -> ASGIApp:
    """Return an application whose requests tell controls whether they are questions."""
    return _Marking(app)
