"""A server that is scraped, with an organization in it."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.durability.server import Server
from tests.durability.world import World, founded
from tests.telemetry.scraping import Scrape, scraped, watched


@dataclass(frozen=True)
class Watched:
    """A server, who is in it, and where its counters are told."""

    server: Server
    world: World
    port: int

    def scrape(self) -> Scrape:
        """Return what was counted until now."""
        return scraped(self.port)


@pytest.fixture(scope="module")
def watched_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """A server that is scraped."""
    with watched(tmp_path_factory.mktemp("watched") / "data") as (server, port):
        yield Watched(server, founded(server, 2), port)
