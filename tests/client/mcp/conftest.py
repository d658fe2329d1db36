"""The authorization service for all tests of MCP, an agent of it, and the server of documents."""

from collections.abc import AsyncIterator, Iterator
from typing import Final

import pytest

from delegation.client import AgentClient
from tests.client.between import House
from tests.client.mcp.office import Office, office

PERMISSIONS: Final = ["app:view", "app:edit", "document:view", "document:edit"]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A service for all tests of a module, which leave nothing behind but delegations."""
    house = House(tmp_path_factory.mktemp("shared") / "data")
    with house.open():
        house.tenant.house.must("PUT", "/roles/app-editor", {"type": "app", "permissions": PERMISSIONS})
        yield house


@pytest.fixture(scope="module")
async def house(shared: House) -> AsyncIterator[House]:
    """That service, to be reached."""
    async with shared.reached():
        yield shared


@pytest.fixture
async def agent(house: House) -> AsyncIterator[AgentClient]:
    """The planner."""
    async with house.agent() as agent:
        yield agent


@pytest.fixture
async def documents(house: House) -> AsyncIterator[Office]:
    """The MCP server."""
    async with office(house) as opened:
        yield opened
