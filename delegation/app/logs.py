"""Logs: one JSON object a line on standard error, without secrets."""

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Final

import structlog

_SECRET: Final = frozenset(
    {"token", "subject_token", "actor_token", "client_secret", "client_assertion", "authorization", "secret", "receipt"}
)


def _without_secrets(_: object, __: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    return {name: "(withheld)" if name in _SECRET else value for name, value in event.items()}


def configure(*, quiet: bool = False) -> None:
    """Send structured logs to standard error; `quiet` leaves out the line that each request makes."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _without_secrets,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING if quiet else logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
