"""Scraping: what a listener tells, read by the parser of the library that Prometheus' own clients are tested with."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from tests.durability.server import Server
from tests.ports import free_port


@dataclass(frozen=True)
class Scrape:
    """What was told at a moment."""

    text: str
    families: Mapping[str, Metric]

    def of(self, sample: str, **labels: str) -> float:
        """Return the sum of the samples of a name that have these labels; 0 when there are none."""
        samples = (each for family in self.families.values() for each in family.samples)
        return sum(each.value for each in samples if each.name == sample and labels.items() <= each.labels.items())

    def labels(self, sample: str, name: str) -> set[str]:
        """Return the values that a label has."""
        samples = (each for family in self.families.values() for each in family.samples)
        return {each.labels[name] for each in samples if each.name == sample and name in each.labels}


def scraped(port: int) -> Scrape:
    """Return what is told on a port."""
    answer = httpx2.get(f"http://127.0.0.1:{port}/metrics", timeout=30.0)
    assert answer.status_code == 200
    return Scrape(answer.text, {family.name: family for family in text_string_to_metric_families(answer.text)})


@contextmanager
def watched(directory: Path, **variables: str) -> Iterator[tuple[Server, int]]:
    """Run a server whose counters can be scraped, until the block ends; hand out where."""
    port = free_port()
    environment = {"DELEGATION_METRICS_PORT": str(port), **variables}
    output = directory.with_name(f"{directory.name}.output")
    server = Server(directory, free_port(), output, quiet=False, environment=environment)
    try:
        server.start()
        yield server, port
    finally:
        if server.process is not None:
            server.kill()
        server.http.close()
