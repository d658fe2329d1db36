"""The service's side: what it adds to a request that its token is verified, and a permission required."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Scope

from benchmarks.client.agents import WANTED, Counted
from benchmarks.client.timing import ROUNDS, Took, awaited
from benchmarks.organization import APP
from benchmarks.world import DOCUMENTS, World
from delegation.client import (
    AgentClient,
    DelegatedAccess,
    OfflineVerifier,
    Receipt,
    ServiceClient,
    Wanted,
    require,
    visible,
)
from delegation.edge import Edge

ITEMS: Final = 1_000
_LOCAL: Final = 1_000
_REMOTE: Final = 200
_NARROW: Final[Wanted] = {**WANTED, "actions": ["document:edit"]}


@dataclass(frozen=True, slots=True)
class Way:
    """One way of verifying and deciding: what it takes for a request, and what it asks the issuer for each."""

    title: str
    took: Took
    asked: float
    is_local: bool = False


async def measured(world: World) -> list[Way]:
    """Return each way of protecting an endpoint, the endpoint without any first."""
    token, found = await _token(world), [Way("the endpoint by itself", await _requests(_endpoint(None), ""), 0)]
    counted = Counted()
    async with _parts(world, counted) as (service, offline, edge):
        online = partial(DelegatedAccess, service=service)
        both = partial(DelegatedAccess, service=service, verifier=offline)
        here = partial(DelegatedAccess, service=edge)
        for title, protection, about, is_local in (
            ("introspected, `ServiceClient`", online, None, False),
            ("introspected, and a permission evaluated there", online, APP, False),
            ("verified here by its signature, `OfflineVerifier`", both, None, True),
            ("verified here, and a permission evaluated there", both, APP, False),
            ("verified here as the issuer would, `Edge`", here, None, True),
            ("verified here, and a permission decided here", here, APP, True),
        ):
            app = protection(_endpoint(about))
            await _request(app, token)  # The first one looks up where the issuer's endpoints are.
            counted.asked.clear()
            times = _LOCAL if is_local else _REMOTE
            took = await _requests(app, token, times)
            found.append(Way(title, took, len(counted.asked) / (ROUNDS * times), is_local))
    return found


async def listed(world: World) -> Took:
    """Return what it takes to filter a list, in which one item in two is of the project that may be seen."""
    token = await _token(world)
    async with _parts(world, Counted()) as (service, _, __):
        caller = await service.verify(token)
        if caller is None:
            raise RuntimeError("the token is not good")
        items = [f"app:{APP}" if number % 2 else f"app:w1-p{number}-a0" for number in range(ITEMS)]
        return await awaited(lambda: visible(service, caller, "document:edit", items, on=str), 3)


@asynccontextmanager
async def _parts(world: World, counted: Counted) -> AsyncIterator[tuple[ServiceClient, OfflineVerifier, Edge]]:
    issuer, name, secret = world.deployment.issuer, world.service_id, world.service_secret
    async with (
        counted.pool() as http,
        ServiceClient(issuer, name, client_secret=secret, audience=DOCUMENTS, http=http) as service,
        OfflineVerifier(issuer, audience=DOCUMENTS, http=http) as offline,
        Edge(issuer, name, client_secret=secret, audience=DOCUMENTS, organizations=[WANTED["organization"]]) as edge,
    ):
        yield service, offline, edge


async def _token(world: World) -> str:
    planner = world.planner
    async with AgentClient(world.deployment.issuer, planner.id, secret=planner.secret) as agent:
        return (await agent.token(Receipt(planner.receipt), **_NARROW)).value


def _endpoint(app: str | None) -> Starlette:
    """Return an application with one endpoint, which wants the right to edit in an app, or nothing."""

    async def edit(_: Request) -> Response:
        return Response()

    endpoint = edit if app is None else require("document:edit", on=lambda _: f"app:{app}")(edit)
    return Starlette(routes=[Route("/", endpoint)], middleware=[Middleware(_Plain)])


class _Plain:
    """A middleware that does nothing, so that each application has one."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, *connection: Any) -> None:
        await self.app(*connection)


async def _requests(app: ASGIApp, token: str, times: int = _LOCAL) -> Took:
    return await awaited(lambda: _request(app, token), times)


async def _request(app: ASGIApp, token: str) -> None:
    """Send one request past the network. Raises RuntimeError unless it is let in."""
    scope: Scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "raw_path": b"/",
        "query_string": b"",
        "headers": [(b"authorization", f"Bearer {token}".encode())] if token else [],
        "state": {},
    }
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    if sent[0]["status"] != 200:  # noqa: PLR2004 - what it answers
        raise RuntimeError(f"the request was answered {sent[0]['status']}")


def rows(ways: list[Way], filtering: Took) -> Iterator[dict[str, Any]]:
    """Yield what was found of services."""
    alone = ways[0].took
    for way in ways:
        added = way.took.processor - alone.processor
        yield {
            "what": f"a request: {way.title}",
            "processor": way.took.processor,
            "clock": way.took.clock,
            "asked": way.asked,
            "added": None if way is ways[0] else added,
            "goal": "adds <= 50 us" if way.is_local else None,
            "reached": added <= 50 if way.is_local else None,  # noqa: PLR2004 - the goal
        }
    yield {
        "what": f"a list of {ITEMS:,} items, `visible`",
        "processor": filtering.processor,
        "clock": filtering.clock,
    }
