"""Serving: in this process, or in several on one socket that a parent watches over and replaces when they die."""

import gc
import logging
import multiprocessing
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from socket import socket
from threading import Thread
from types import FrameType
from typing import Any, Final, NoReturn

import uvicorn
from starlette.applications import Starlette
from typing_extensions import override
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess, multiprocess

from delegation.app.draining import Draining
from delegation.app.logs import configure
from delegation.app.secrets_at_rest import NotPrepared
from delegation.app.serving import application
from delegation.settings import Settings, SettingsError, configured
from delegation.store import StoreError, StoreUnavailable
from delegation.tokens import TokenError

_OPTIONS: Final[dict[str, Any]] = {
    "log_config": None,
    "access_log": False,
    "server_header": False,
    "http": "delegation.app.connection:Connection",
    "ws": "none",
    "timeout_graceful_shutdown": 10,
}
_HEALTH: Final = 20
"""Seconds a worker may be silent before the parent kills it."""
_START: Final = 60
"""Seconds a worker may take to start that replaces another, before the parent keeps the old one."""
_FOR_NOW: Final = 1
"""Exit code of a worker that another try may start: the parent tries again, while the others go on serving."""


class _Worker(multiprocess.Process):
    """A process that serves, and drains when its parent asks it to end."""

    @property
    @override
    def server(self) -> uvicorn.Server:
        if self._server is None:
            self._server = Draining(self.config, alone=False)
        return self._server


class _Parent(Multiprocess):
    """Notices at once when a worker dies, also while it waits to hear from that worker."""

    def __init__(self, config: uvicorn.Config, sockets: list[socket]) -> None:
        """Watch over workers on sockets."""
        super().__init__(config, sockets)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._asked)

    def _asked(self, number: int, _: FrameType | None) -> None:
        if not self.should_exit.is_set():
            self.signal_queue.append(number)
            return
        # Asked again while it waits for the workers: they are asked again too, and end at once.
        for process in self.processes:
            with suppress(ProcessLookupError):
                if process.pid is not None and process.exitcode is None:
                    os.kill(process.pid, signal.SIGTERM)

    @override
    def keep_subprocess_alive(self) -> None:
        for process in self.processes:
            # The worker has its own copy of its end. With ours open too, nobody would ever find the other end gone.
            process.child_conn.close()
        super().keep_subprocess_alive()

    @override
    def restart_all(self) -> None:
        self.config.timeout_worker_healthcheck = _START
        super().restart_all()
        self.config.timeout_worker_healthcheck = _HEALTH


def serve(settings: Settings) -> None:
    """Serve a prepared deployment until asked to end; ends this process when that cannot begin.

    Settings reach several workers through the environment.
    """
    address: dict[str, Any] = {
        "host": settings.host,
        "port": settings.port,
        "timeout_keep_alive": settings.idle_seconds,
    }
    if settings.workers == 1:
        _settle()
        server = Draining(uvicorn.Config(application(settings), workers=1, **address, **_OPTIONS))
        server.run()
        if not server.started:
            sys.exit(STARTUP_FAILURE)
        return
    if not settings.quiet:
        logging.getLogger("uvicorn.error").setLevel(logging.INFO)  # Which workers come and go.
    config = uvicorn.Config(
        f"{__name__}:worker",
        factory=True,
        workers=settings.workers,
        timeout_worker_healthcheck=_HEALTH,
        **address,
        **_OPTIONS,
    )
    multiprocess.Process = _Worker  # type: ignore[misc]  # uvicorn asks nobody what its workers are
    parent = _Parent(config, sockets=[config.bind_socket()])
    parent.run()
    if any(process.exitcode == STARTUP_FAILURE for process in parent.processes):
        sys.exit(STARTUP_FAILURE)


def worker() -> Starlette:
    """Return the application of one worker; the HTTP server calls this once, in the worker's process."""
    try:
        settings = configured()
    except SettingsError as error:
        _give_up(error)
    configure(quiet=settings.quiet, several=True)
    parent = multiprocessing.parent_process()
    if parent is not None:
        # A parent that was killed cannot tell its children to end, and they would serve for ever.
        Thread(target=_end_after, args=(parent,), name="parent", daemon=True).start()
    app = application(settings)
    begin: Callable[[Starlette], AbstractAsyncContextManager[Any]] = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(served: Starlette) -> AsyncIterator[Any]:
        async with AsyncExitStack() as stack:
            try:
                state = await stack.enter_async_context(begin(served))
            except (NotPrepared, StoreError, TokenError, OSError) as error:
                _give_up(error)
            yield state

    app.router.lifespan_context = lifespan
    _settle()
    return app


def _end_after(parent: multiprocessing.process.BaseProcess) -> None:
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)


def _give_up(error: Exception) -> NoReturn:
    # Left to the HTTP server this would be a traceback, and a database that is away for a moment would end all workers.
    sys.stderr.write(f"Error: worker {os.getpid()} cannot serve: {error}\n")
    sys.stderr.flush()
    os._exit(_FOR_NOW if isinstance(error, StoreUnavailable) else STARTUP_FAILURE)


def _settle() -> None:
    # What start-up leaves behind stays for ever: the collector need not walk it again and again under load.
    gc.collect()
    gc.freeze()
