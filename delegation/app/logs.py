"""Logs: one JSON object a line on standard error, without secrets."""

import logging
import os
import sys
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from io import TextIOBase
from typing import Any, Final, TextIO, cast

import structlog
from structlog.typing import Processor
from typing_extensions import override

from delegation.telemetry.tracing import trace_id
from delegation.web.visits import VISIT

_SECRET: Final = frozenset(
    {"token", "subject_token", "actor_token", "client_secret", "client_assertion", "authorization", "secret", "receipt"}
)


def _without_secrets(_: object, __: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    return {name: "(withheld)" if name in _SECRET else value for name, value in event.items()}


class _Unfailing(TextIOBase):
    """A stream to which what cannot be written is lost: a full disk must not turn answers into failures."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    @override
    def write(self, text: str) -> int:
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    @override
    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()


def _with_process(_: object, __: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    return {**event, "process": os.getpid()}


def _with_request(_: object, __: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    visit = VISIT.get()
    return event if visit is None else {**event, "request_id": visit.id}


def _with_trace(_: object, __: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    trace = trace_id()
    return event if trace is None else {**event, "trace_id": trace}


def configure(*, quiet: bool = False, several: bool = False) -> None:
    """Send structured logs to standard error; `quiet` leaves out the line that each request makes.

    Of `several` processes each line names the one that wrote it. What libraries log and warn of has the same form.
    """
    out = cast(TextIO, _Unfailing(sys.stderr))
    processors: list[Processor] = [
        _with_request,
        _with_trace,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _without_secrets,
        *([_with_process] if several else []),
    ]
    structlog.configure(
        processors=[*processors, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING if quiet else logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=out),
        cache_logger_on_first_use=True,
    )
    _take_over_libraries(out, processors)


def _take_over_libraries(out: TextIO, processors: list[Processor]) -> None:
    """Write what comes by Python's own way of logging, and warnings, as all else is written."""
    meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *processors],
            processors=[meta, structlog.processors.JSONRenderer()],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.captureWarnings(capture=True)
