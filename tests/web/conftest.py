"""A server in a process of its own for each module, whose every word is kept."""

from collections.abc import Iterator

import pytest

from tests.durability.server import Server, on
from tests.durability.world import World, founded


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that writes a line for each request."""
    with on(tmp_path_factory.mktemp("house") / "data", quiet=False) as server:
        yield server


@pytest.fixture(scope="module")
def world(server: Server) -> World:
    """The organization acme with one user, in that server."""
    return founded(server, 1)
