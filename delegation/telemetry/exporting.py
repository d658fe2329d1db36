"""Sending traces by OTLP over HTTP, as the environment variables of OpenTelemetry say."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Final

from delegation.telemetry.tracing import CannotTrace, switch_on

_PARTING: Final = 2.0
"""Seconds that sending what is left may take."""


def check_exporter() -> None:
    """Return if traces can be sent. Raises CannotTrace when what sends them is not installed."""
    try:
        import opentelemetry.exporter.otlp.proto.http.trace_exporter  # noqa: PLC0415 - of an extra
        import opentelemetry.sdk.trace.export  # noqa: F401, PLC0415 - only looked for
    except ImportError:
        raise CannotTrace("traces need what sends them: pip install 'delegation-service[tracing]'") from None


@contextmanager
def exported(version: str) -> Iterator[None]:
    """Make traces, and send them in a thread of their own, until the block ends; then what is left is sent."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - of an extra
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource  # noqa: PLC0415 - of an extra
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - of an extra
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - of an extra

    ours = Resource({"service.name": "delegation", "service.version": version})
    provider = TracerProvider(resource=ours.merge(OTELResourceDetector().detect()), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    switch_off = switch_on(provider.get_tracer("delegation", version))
    try:
        yield
    finally:
        switch_off()
        # What cannot be sent in time is lost: a collector that is away must keep no process from ending.
        parting = Thread(target=provider.shutdown, name="traces", daemon=True)
        parting.start()
        parting.join(_PARTING)
