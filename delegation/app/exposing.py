"""Where what was counted is told: on a listener of its own, by this process for itself or for its workers."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from delegation.app.secrets_at_rest import NotPrepared
from delegation.settings import Settings
from delegation.telemetry.exposure import exposed, exposed_together
from delegation.web.openapi import VERSION


@contextmanager
def scraped(settings: Settings) -> Iterator[None]:
    """Let what is counted be scraped until the block ends, where a port is set; workers are started in the block.

    Raises NotPrepared when the port cannot be listened on.
    """
    with ExitStack() as stack:
        if settings.metrics_port is not None:
            _begin(settings, settings.metrics_port, stack)
        yield


def _begin(settings: Settings, port: int, stack: ExitStack) -> None:
    host = settings.metrics_host
    try:
        if settings.workers == 1:
            stack.enter_context(exposed(host, port, version=VERSION))
        else:
            os.environ.update(stack.enter_context(exposed_together(host, port, version=VERSION)))
    except OSError as error:
        raise NotPrepared(f"metrics cannot be told at `{host}`, port {port}: {error.strerror}") from error
