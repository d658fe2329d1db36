"""What the client's tests stand on: a server, an agent of it, and pauses that cost no time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest
from starlette.middleware import Middleware
from starlette.types import ASGIApp

from delegation.client import AgentClient, ClientSettings, DelegatedAccess, ServiceClient
from tests.client.authorization_server import AuthorizationServer, live
from tests.client.protected import Documents
from tests.client.samples import AUDIENCE, SECRET, Pauses
from tests.client.serving import Stage, serving
from tests.clock import Clock


@pytest.fixture
def pauses() -> Pauses:
    """Pauses that cost no time."""
    return Pauses()


@pytest.fixture
def settings(clock: Clock, pauses: Pauses) -> ClientSettings:
    """Settings under a still clock, with a die that always shows one half."""
    return ClientSettings(clock=clock, sleep=pauses, chance=lambda: 0.5, cached_tokens=3)


@pytest.fixture(scope="module")
async def stage() -> AsyncIterator[Stage]:
    """Where the authorization servers of a module's tests stand one after the other."""
    async with prepared() as stage:
        yield stage


@pytest.fixture(scope="module")
async def second_stage() -> AsyncIterator[Stage]:
    """Where the services of a module's tests stand one after the other."""
    async with prepared() as stage:
        yield stage


@asynccontextmanager
async def prepared() -> AsyncIterator[Stage]:
    """Serve an empty stage."""
    stage = Stage()

    def build(address: str) -> ASGIApp:
        stage.address = address
        return stage

    async with serving(build):
        yield stage


@pytest.fixture
def server(stage: Stage) -> AuthorizationServer:
    """A new authorization server on loopback."""
    server = AuthorizationServer(stage.address)
    stage.playing = server.application()
    return server


@pytest.fixture
async def agent(server: AuthorizationServer, settings: ClientSettings) -> AsyncIterator[AgentClient]:
    """The agent `planner` of that server, known by a secret."""
    async with AgentClient(server.issuer, "planner", secret=SECRET, settings=settings) as client:
        yield client


@pytest.fixture
async def service(server: AuthorizationServer, settings: ClientSettings) -> AsyncIterator[ServiceClient]:
    """The service `documents` of that server."""
    async with ServiceClient(
        server.issuer,
        "documents",
        client_secret="documents-secret-canary",
        audience=AUDIENCE,
        settings=settings,
    ) as client:
        yield client


@pytest.fixture
def documents() -> Documents:
    """An application of which nothing ran yet."""
    return Documents()


@pytest.fixture
async def http(second_stage: Stage) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the protected application."""
    async with httpx2.AsyncClient(base_url=second_stage.address) as http:
        yield http


@pytest.fixture
def protected(second_stage: Stage, documents: Documents, service: ServiceClient, server: AuthorizationServer) -> None:
    """Let the application be served, and introspection believe in its tokens."""
    server.introspection = live(server.issuer, AUDIENCE)
    second_stage.playing = documents.application(Middleware(DelegatedAccess, service=service))
