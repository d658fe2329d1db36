"""Logs: one JSON object a line on standard error, without secrets."""

import logging
import os
import sys
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from io import TextIOBase
from typing import Any, Final, TextIO, cast

import structlog
from typing_extensions import override

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


def configure(*, quiet: bool = False, several: bool = False) -> None:
    """Send structured logs to standard error; `quiet` leaves out the line that each request makes.

    Of `several` processes each line names the one that wrote it.
    """
    if several:
        logging.basicConfig(format="%(levelname)s [%(process)d] %(message)s")
    structlog.configure(
        processors=[
            _with_request,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _without_secrets,
            *([_with_process] if several else []),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING if quiet else logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=cast(TextIO, _Unfailing(sys.stderr))),
        cache_logger_on_first_use=True,
    )
