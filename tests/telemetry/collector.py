"""A collector of traces on loopback: it keeps what is sent to it by OTLP over HTTP."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import monotonic, sleep
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from typing_extensions import override

PATIENCE = 60.0
"""Seconds in which spans arrive, on a busy machine."""


class Collector:
    """What was sent."""

    def __init__(self, port: int) -> None:
        """Begin with nothing, at a port."""
        self.address = f"http://127.0.0.1:{port}"
        self.bodies: list[bytes] = []

    @property
    def spans(self) -> list[Span]:
        """Every span, in the order of arrival."""
        sent = (ExportTraceServiceRequest.FromString(body) for body in tuple(self.bodies))
        return [span for each in sent for of in each.resource_spans for scope in of.scope_spans for span in scope.spans]

    def until(self, enough: Callable[[list[Span]], bool]) -> list[Span]:
        """Return the spans as soon as there are enough of them."""
        end = monotonic() + PATIENCE
        while not enough(found := self.spans):
            assert monotonic() < end, [span.name for span in found]
            sleep(0.05)
        return found


@contextmanager
def collecting() -> Iterator[Collector]:
    """Collect until the block ends."""

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            collector.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        @override
        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Taking) as server:
        collector = Collector(server.server_port)
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield collector
        finally:
            server.shutdown()
            thread.join()


def attributes_of(span: Span) -> dict[str, object]:
    """Return what a span says."""
    return {each.key: getattr(each.value, each.value.WhichOneof("value") or "") for each in span.attributes}
