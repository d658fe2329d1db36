"""A prepared database for each test of the feed, and a server with an organization that lets its service follow."""

from collections.abc import Iterator

import pytest

from tests.durability.server import Server, on
from tests.durability.world import World, founded
from tests.feed.listening import let
from tests.state.conftest import database, prepared

__all__ = ["database", "prepared"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that writes a line for each request."""
    with on(tmp_path_factory.mktemp("house") / "data", quiet=False) as server:
        yield server


@pytest.fixture(scope="module")
def world(server: Server) -> World:
    """The organization acme with one user, in that server; its service may follow."""
    world = founded(server, 1)
    let(server, follow=True)
    return world
