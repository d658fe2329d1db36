"""How those who run the service watch it: counters on a listener of their own, traces to where they are collected."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager

from delegation.app.secrets_at_rest import NotPrepared
from delegation.settings import Settings
from delegation.telemetry.exporting import check_exporter, exported
from delegation.telemetry.exposure import exposed, exposed_together
from delegation.telemetry.tracing import CannotTrace
from delegation.web.openapi import VERSION


@contextmanager
def observed(settings: Settings) -> Iterator[None]:
    """Let what is counted be scraped until the block ends, where a port is set; workers are started in the block.

    Raises NotPrepared when the port cannot be listened on, or traces are wanted and cannot be sent.
    """
    with ExitStack() as stack:
        if settings.traced:
            _check_traces()
        if settings.metrics_port is not None:
            _expose(settings, settings.metrics_port, stack)
        yield


@asynccontextmanager
async def traces(settings: Settings) -> AsyncIterator[None]:
    """Make and send traces of what this process does until the block ends, where they are wanted."""
    with ExitStack() as stack:
        if settings.traced:
            stack.enter_context(exported(VERSION))
        yield


def _check_traces() -> None:
    try:
        check_exporter()
    except CannotTrace as error:
        raise NotPrepared(str(error)) from error


def _expose(settings: Settings, port: int, stack: ExitStack) -> None:
    host = settings.metrics_host
    try:
        if settings.workers == 1:
            stack.enter_context(exposed(host, port, version=VERSION))
        else:
            os.environ.update(stack.enter_context(exposed_together(host, port, version=VERSION)))
    except OSError as error:
        raise NotPrepared(f"metrics cannot be told at `{host}`, port {port}: {error.strerror}") from error
