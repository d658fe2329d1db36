"""Traces of a whole server, as a collector gets them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.durability.server import Server
from tests.durability.world import SERVICE, World, founded
from tests.telemetry.collector import Collector, attributes_of, collecting
from tests.telemetry.scraping import watched

TRACE = "0af7651916cd43dd8448eb211c80319c"


@dataclass(frozen=True)
class Traced:
    """A server whose traces are collected."""

    server: Server
    world: World
    collector: Collector

    def of(self, trace: str, name: str) -> list[Span]:
        """Return the spans of a trace that have a name, once there are any."""
        found = self.collector.until(lambda spans: any(each.name == name for each in in_trace(spans, trace)))
        return [each for each in in_trace(found, trace) if each.name == name]


def in_trace(spans: list[Span], trace: str) -> list[Span]:
    """Return those of a trace."""
    return [each for each in spans if each.trace_id.hex() == trace]


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Traced]:
    """A server that sends its traces to a collector, as soon as it can."""
    directory = tmp_path_factory.mktemp("traced") / "data"
    with collecting() as collector:
        variables = {
            "DELEGATION_TRACES": "otlp",
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.address,
            "OTEL_BSP_SCHEDULE_DELAY": "50",
            "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=test",
        }
        with watched(directory, **variables) as (server, _):
            yield Traced(server, founded(server, 1), collector)


def exchanged(traced: Traced, trace: str) -> httpx2.Response:
    """Exchange a token in a trace."""
    granted = traced.world.grant(traced.server.http, "u0").json()["id"]
    headers = {"traceparent": f"00-{trace}-b7ad6b7169203331-01"}
    with httpx2.Client(base_url=traced.server.url, headers=headers, timeout=30.0) as http:
        return traced.world.exchange(http, "u0", granted)


def test_an_exchange_is_told_from_the_door_to_the_disk(traced: Traced) -> None:
    """In the trace that the agent names are the request, its wait for the newest heads, its decision and its commit."""
    assert exchanged(traced, TRACE).status_code == 200
    (request,) = traced.of(TRACE, "POST /token")
    assert request.parent_span_id.hex() == "b7ad6b7169203331"
    assert attributes_of(request) == {
        "http.request.method": "POST",
        "http.route": "/token",
        "http.response.status_code": 200,
    }
    for name in ("freshness", "decision", "commit"):
        assert all(each.parent_span_id == request.span_id for each in traced.of(TRACE, name))
    (commit,) = traced.of(TRACE, "commit")
    (written,) = traced.of(TRACE, "store-writer")
    assert [link.span_id for link in written.links] == [written.parent_span_id] == [commit.span_id]
    assert attributes_of(written) == {"tasks": 1}


def test_an_introspection_reads_and_writes_nothing(traced: Traced) -> None:
    """What only asks has a wait and a decision in its trace, and no commit."""
    token = exchanged(traced, "1" * 32).json()["access_token"]
    headers = {"traceparent": f"00-{'2' * 32}-b7ad6b7169203331-01"}
    form = {"token": token}
    assert traced.server.http.post("/introspect", data=form, auth=SERVICE, headers=headers).json()["active"]
    traced.of("2" * 32, "POST /introspect")
    names = {span.name for span in in_trace(traced.collector.spans, "2" * 32)}
    assert {"freshness", "decision", "POST /introspect"} <= names
    assert "commit" not in names


def test_a_line_of_the_log_names_its_trace(traced: Traced) -> None:
    """The line that a request leaves has the id of its trace."""
    exchanged(traced, "3" * 32)
    traced.of("3" * 32, "POST /token")
    assert f'"trace_id": "{"3" * 32}"' in traced.server.said()


def test_what_is_not_sampled_is_not_sent(traced: Traced) -> None:
    """A request whose sender does not sample it is in no trace, and neither is what is done for it."""
    headers = {"traceparent": f"00-{'4' * 32}-b7ad6b7169203331-00"}
    traced.server.http.get("/readyz", headers=headers)
    exchanged(traced, "5" * 32)
    traced.of("5" * 32, "POST /token")
    assert in_trace(traced.collector.spans, "4" * 32) == []


def test_the_service_says_what_it_is(traced: Traced) -> None:
    """What is sent names the service, its release, and what the operator adds."""
    exchanged(traced, "6" * 32)
    traced.of("6" * 32, "POST /token")
    sent = b"".join(traced.collector.bodies)
    for said in (b"service.name", b"delegation", b"service.version", b"deployment.environment.name"):
        assert said in sent


@pytest.mark.slow
def test_a_collector_that_is_away_stops_nothing(tmp_path: Path) -> None:
    """Requests are answered and the process ends as ever while nobody takes its traces."""
    variables = {"DELEGATION_TRACES": "otlp", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
    with watched(tmp_path / "data", DELEGATION_DRAIN_SECONDS="0", **variables) as (server, _):
        assert server.http.get("/readyz").status_code == 200
        assert server.stop() is not None
