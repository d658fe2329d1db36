"""From a service's address to its answer, with the authorization service itself and the library's own middleware."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from delegation.client import (
    DelegatedAccess,
    ProtectedResource,
    ServiceClient,
    SyncAgentClient,
    UntrustedIssuer,
    Wanted,
    WrongTarget,
    insufficient_scope,
    require,
)
from delegation.client.service.resource_metadata import ResourceMetadata
from tests.client.between import House
from tests.client.serving import serving
from tests.ports import free_port

pytestmark = pytest.mark.anyio


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """The authorization service."""
    house = House(tmp_path / "data")
    with house.open():
        yield house


@asynccontextmanager
async def protected(house: House) -> AsyncIterator[str]:
    """Serve an application that describes itself, for as long as the authorization service is reached."""
    address = f"http://127.0.0.1:{free_port()}"
    party = house.tenant.house.service("found", address)

    async def edit(_: Request) -> Response:
        return PlainTextResponse("edited")

    guarded = require("document:edit", on=lambda _: "app:storefront")(edit)
    service = ServiceClient(
        house.address, party.id, client_secret=party.secret, audience=address, settings=house.settings()
    )
    guard = Middleware(DelegatedAccess, service=service, metadata=ResourceMetadata(address, house.address))
    app = Starlette(routes=[Route("/", guarded, methods=["GET", "POST"])], middleware=[guard])
    async with house.reached(), service, serving(lambda _: app, int(address.rpartition(":")[2])):
        yield address


def viewing(found: ProtectedResource) -> Wanted:
    """Return what is asked of a service that was found: less than is needed for its only endpoint."""
    return {
        "resource": found.resource,
        "identifier": "project:apollo",
        "roles": ["project-editor"],
        "actions": ["document:view"],
    }


async def test_an_agent_needs_the_address_alone(house: House) -> None:
    """It finds out what tokens for the service are called, and steps up where it was let; a POST is not repeated."""
    _, receipt = house.granted()
    async with protected(house) as address, house.agent() as agent:
        wanted = viewing(await agent.discover(address))
        with pytest.raises(WrongTarget, match="calls itself"):
            await agent.discover(f"{address}/")
        async with httpx2.AsyncClient(auth=agent.auth(receipt, step_up=["document:edit"], **wanted)) as http:
            assert (await http.get(address)).text == "edited"
            refused = insufficient_scope(await http.post(address))
    assert refused is not None
    assert (refused.permission, refused.resource, refused.is_tokens) == ("document:edit", "app:storefront", True)


async def test_a_synchronous_agent_needs_no_more(house: House) -> None:
    """It finds, steps up and calls in the same words; where another issuer is meant, it stops there."""
    planner, (_, receipt) = house.tenant.planner, house.granted()

    def work(issuer: str, address: str) -> str:
        with SyncAgentClient(issuer, planner.id, secret=planner.secret, settings=house.settings()) as agent:
            wanted = viewing(agent.discover(address))
            with httpx2.Client(auth=agent.auth(receipt, step_up=["document:edit"], **wanted)) as http:
                return http.get(address).text

    async with protected(house) as address:
        assert await asyncio.to_thread(work, house.address, address) == "edited"
        with pytest.raises(UntrustedIssuer):
            await asyncio.to_thread(work, f"http://localhost:{house.port}", address)
