"""Traces: what became of one request, as spans that a collector joins with those of others.

Off unless it is switched on, and at no cost then. Nothing goes into a span but what its opener names; what an exception
says, which may quote what was asked, does not.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Final, TypeAlias

from opentelemetry.trace import (
    INVALID_SPAN,
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    Tracer,
    get_current_span,
    set_span_in_context,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

Value: TypeAlias = str | int | float | bool
Place: TypeAlias = SpanContext
"""Which span of which trace somebody is in."""

_FORM: Final = TraceContextTextMapPropagator()
_OFF: Final = nullcontext(INVALID_SPAN)
_tracers: Final[list[Tracer]] = []
"""The tracer of this process; there is none while traces are off."""


class CannotTrace(Exception):
    """Traces are wanted and cannot be made; the text says what to do."""


def switch_on(tracer: Tracer) -> Callable[[], None]:
    """Make spans with a tracer from now on, until what is returned is called."""
    _tracers.append(tracer)
    return _tracers.clear


def span(name: str, **attributes: Value) -> AbstractContextManager[Span]:
    """Return a span of what is done in a block, as a part of what is under way."""
    return _opened(_tracers[0], name, attributes) if _tracers else _OFF


@contextmanager
def request_span(method: str, traceparent: str | None) -> Iterator[Span]:
    """Hold the span of a whole request, in the trace that its sender says it belongs to (W3C Trace Context).

    It is the same nothing as any span where traces are off: they end before the last request may have.
    """
    if not _tracers:
        yield INVALID_SPAN
        return
    before = _FORM.extract({} if traceparent is None else {"traceparent": traceparent})
    named: dict[str, Value] = {"http.request.method": method}
    with _silent(_tracers[0], method, context=before, kind=SpanKind.SERVER, attributes=named) as opened:
        yield opened


def here() -> Place | None:
    """Return which span is under way, for whoever does a part of its work in another thread; None when none is told."""
    if not _tracers:
        return None
    found = get_current_span().get_span_context()
    return found if found.is_valid and found.trace_flags.sampled else None


def joint_span(name: str, spans: Sequence[Place | None], **attributes: Value) -> AbstractContextManager[Span]:
    """Return a span of what is done at once for several requests: it belongs to the first and is linked to all."""
    told = [each for each in spans if each is not None]
    if not told or not _tracers:
        return _OFF
    return _opened(_tracers[0], name, attributes, told)


def _opened(
    tracer: Tracer, name: str, attributes: Mapping[str, Value], linked: Sequence[Place] = ()
) -> AbstractContextManager[Span]:
    before = set_span_in_context(NonRecordingSpan(linked[0])) if linked else None
    links = [Link(each) for each in linked]
    return _silent(tracer, name, context=before, attributes=attributes, links=links)


@contextmanager
def _silent(tracer: Tracer, name: str, **opening: Any) -> Iterator[Span]:
    """Hold a span that says of an exception of which kind it was, and nothing of what it says."""
    with tracer.start_as_current_span(name, record_exception=False, set_status_on_exception=False, **opening) as opened:
        try:
            yield opened
        except Exception as error:
            failed(opened, type(error).__name__)
            raise


def failed(of: Span, kind: str) -> None:
    """Say of a span that it failed, and of which kind the failure was."""
    of.set_attribute("error.type", kind)
    of.set_status(Status(StatusCode.ERROR))


def trace_id() -> str | None:
    """Return the id of the trace that is under way, as collectors write it; None when there is none."""
    found = get_current_span().get_span_context() if _tracers else None
    return None if found is None or not found.is_valid else f"{found.trace_id:032x}"
