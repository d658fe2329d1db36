"""Spans: off at no cost, and when they are on with nothing in them that was not named."""

import asyncio
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ParentBased
from opentelemetry.trace import StatusCode
from starlette.types import Message, Receive, Scope, Send

from delegation.telemetry import tracing
from delegation.web.traced import Traced

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def exported() -> Iterator[InMemorySpanExporter]:
    """What is traced while a test runs."""
    exporter = InMemorySpanExporter()
    yield from tracing_to(exporter, TracerProvider())


def tracing_to(exporter: InMemorySpanExporter, provider: TracerProvider) -> Iterator[InMemorySpanExporter]:
    """Trace into an exporter."""
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    switch_off = tracing.switch_on(provider.get_tracer("test"))
    yield exporter
    switch_off()
    provider.shutdown()


def named(exporter: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    """Return the spans by their names."""
    return {span.name: span for span in exporter.get_finished_spans()}


def test_while_traces_are_off_there_is_nothing() -> None:
    """Without a tracer a span is the same nothing each time, and nobody has a place in a trace."""
    assert tracing.span("a") is tracing.span("b") is tracing.joint_span("c", [None, None])
    assert tracing.here() is None
    assert tracing.trace_id() is None


@pytest.mark.threat("47")
def test_what_an_exception_says_is_not_told(exported: InMemorySpanExporter) -> None:
    """A span in which something failed says of which kind that was, and nothing of what it said."""
    with pytest.raises(ValueError, match="canary"), tracing.span("work", size=3):
        raise ValueError("canary")
    span = named(exported)["work"]
    assert span.attributes == {"size": 3, "error.type": "ValueError"}
    assert span.status.status_code is StatusCode.ERROR
    assert "canary" not in span.to_json()


def test_work_for_several_is_linked_to_all(exported: InMemorySpanExporter) -> None:
    """A span of what is done at once belongs to the first that waits, and is linked to everybody that is traced."""
    waiting = []
    for name in ("first", "second"):
        with tracing.span(name):
            waiting.append(tracing.here())
    with tracing.joint_span("together", [None, *waiting], tasks=3):
        pass
    spans = named(exported)
    together = spans["together"]
    assert together.parent == spans["first"].context
    assert [link.context for link in together.links] == [spans["first"].context, spans["second"].context]
    assert together.attributes == {"tasks": 3}


def test_what_is_not_sampled_makes_no_joint_span() -> None:
    """Work for requests of which none is sampled is not told either."""
    exporter = InMemorySpanExporter()
    for _ in tracing_to(exporter, TracerProvider(sampler=ParentBased(ALWAYS_OFF))):
        with tracing.span("unseen"):
            assert tracing.here() is None
    assert exporter.get_finished_spans() == ()


def asked(
    method: str, headers: list[tuple[bytes, bytes]], *, status: int = 200, route: str | None = "/agents/{id}"
) -> None:
    """Let a request with a path, a query and headers go through the layer."""

    async def app(scope: Scope, _: Receive, send: Send) -> None:
        if route is not None:
            scope["route"] = type("Route", (), {"path": route})
        with tracing.span("within"):
            await send({"type": "http.response.start", "status": status, "headers": []})
            await send({"type": "http.response.body", "body": b"canary-body"})

    async def receive() -> Message:
        return {"type": "http.request", "body": b"canary-body"}

    async def send(message: Message) -> None:
        """Nobody listens."""

    scope = {
        "type": "http",
        "method": method,
        "path": "/agents/canary-path",
        "raw_path": b"/agents/canary-path",
        "query_string": b"q=canary-query",
        "headers": [(b"authorization", b"canary-header"), *headers],
    }
    asyncio.run(Traced(app)(scope, receive, send))


def test_a_request_after_the_end_of_traces_is_answered() -> None:
    """A request that is still answered when traces have been switched off is answered as without them."""
    exporter = InMemorySpanExporter()
    for _ in tracing_to(exporter, TracerProvider()):
        asked("GET", [])
    told = len(exporter.get_finished_spans())
    asked("GET", [])
    assert len(exporter.get_finished_spans()) == told == 2


@pytest.mark.threat("47")
def test_a_request_is_told_by_its_route(exported: InMemorySpanExporter) -> None:
    """The span of a request has method, route and status, and nothing of its address, its headers or its body."""
    asked("GET", [])
    span = named(exported)["GET /agents/{id}"]
    assert span.attributes == {
        "http.request.method": "GET",
        "http.route": "/agents/{id}",
        "http.response.status_code": 200,
    }
    assert named(exported)["within"].parent == span.context
    assert not any("canary" in each.to_json() for each in exported.get_finished_spans())


@pytest.mark.threat("47")
def test_a_request_that_breaks_off_says_no_more(exported: InMemorySpanExporter) -> None:
    """What ends the answer to a request in its middle is told by its kind alone."""

    async def app(*_: object) -> None:
        raise ConnectionError("canary")

    async def nothing(*_: object) -> Message:
        return {}

    scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    with pytest.raises(ConnectionError):
        asyncio.run(Traced(app)(scope, nothing, app))
    span = named(exported)["GET"]
    assert span.attributes == {"http.request.method": "GET", "error.type": "ConnectionError"}
    assert "canary" not in span.to_json()


def test_a_strange_method_is_not_repeated(exported: InMemorySpanExporter) -> None:
    """A method that is not HTTP's own is told as another one, and what has no route has the method's name alone."""
    asked("CANARY", [], status=404, route=None)
    span = named(exported)["_OTHER"]
    assert span.attributes == {"http.request.method": "_OTHER", "http.response.status_code": 404}


def test_a_fault_is_an_error(exported: InMemorySpanExporter) -> None:
    """An answer of 500 and more makes the span one of an error; one of 400 is the sender's."""
    asked("GET", [], status=503)
    span = named(exported)["GET /agents/{id}"]
    assert (span.status.status_code, span.attributes and span.attributes["error.type"]) == (StatusCode.ERROR, "503")


def test_the_senders_trace_is_followed(exported: InMemorySpanExporter) -> None:
    """A request belongs to the trace that its sender names; of what else a sender says of it nothing is taken."""
    asked("GET", [(b"traceparent", PARENT.encode()), (b"tracestate", b"x=canary"), (b"baggage", b"y=canary")])
    span = named(exported)["GET /agents/{id}"]
    assert span.context is not None
    assert span.parent is not None
    assert f"{span.context.trace_id:032x}" == PARENT.split("-")[1]
    assert f"{span.parent.span_id:016x}" == PARENT.split("-")[2]
    assert "canary" not in span.to_json()


@pytest.mark.parametrize(
    "said",
    [
        ["nonsense"],
        [""],
        [PARENT, PARENT],
        [PARENT.replace("00-", "ff-")],
        [PARENT + "-x"],
        ["00-" + "0" * 32 + PARENT[35:]],
    ],
)
def test_a_trace_that_is_none_is_not_followed(exported: InMemorySpanExporter, said: list[str]) -> None:
    """What is no trace context, or is said twice, begins a trace of its own and fails no request."""
    asked("GET", [(b"traceparent", each.encode()) for each in said])
    assert named(exported)["GET /agents/{id}"].parent is None
