"""Several server processes on one database, each on a port of its own."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final

import httpx2
import uvicorn

from delegation.app.clock import utc_now
from delegation.app.logs import configure
from delegation.app.preparation import prepare_to_serve
from delegation.app.secrets_at_rest import ADMINISTRATOR_FILE
from delegation.app.serving import application
from delegation.settings import Settings
from delegation.tokens import new_identifier
from tests.children import child, ended
from tests.durability.server import PATIENCE
from tests.linearizability.controls import Control, marked, switch_on
from tests.ports import free_port

LIFETIME: Final = 3_600
"""Seconds that a token lives: none may run out while it is looked at."""

_IDLE: Final = 600
"""Seconds that a connection is kept open without a request."""


@dataclass(frozen=True, slots=True)
class Replicas:
    """Server processes that are one service."""

    ports: tuple[int, ...]
    directory: Path
    """What they share beside the database: the master key and the administrator's secret."""

    @property
    def issuer(self) -> str:
        """The name that all of them go by."""
        return f"http://127.0.0.1:{self.ports[0]}"

    @property
    def secret(self) -> str:
        """The administrator's secret."""
        return (self.directory / ADMINISTRATOR_FILE).read_text()

    @property
    def said(self) -> str:
        """Everything that any of them printed."""
        return "".join(path.read_text(errors="replace") for path in self.directory.glob("output-*"))


def serve(chosen: dict[str, Any], output: Path, control: Control) -> None:
    """Be one process of `delegation run` with a control switched on, and with both outputs in a file."""
    file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(file, 1)
    os.dup2(file, 2)
    switch_on(control)
    configure(quiet=True)
    settings = Settings(**chosen)
    asyncio.run(prepare_to_serve(settings, clock=utc_now, instance=new_identifier("prepare")))
    app = marked(application(settings))
    # A connection may have nothing to ask for as long as another process keeps its owner waiting.
    uvicorn.run(app, port=settings.port, log_config=None, access_log=False, ws="none", timeout_keep_alive=_IDLE)


@contextmanager
def launched(
    database: str, directory: Path, *, processes: int, control: Control = Control.NOTHING
) -> Iterator[Replicas]:
    """Run processes on the database at a URL until the block ends."""
    directory.mkdir(parents=True)
    replicas = Replicas(tuple(free_port() for _ in range(processes)), directory)
    running: list[BaseProcess] = []
    try:
        for port in replicas.ports:
            chosen = {
                "issuer": replicas.issuer,
                "port": port,
                "data_directory": directory,
                "database_url": database,
                "token_lifetime": LIFETIME,
                "caller_limit": 0,
                "organization_limit": 0,
            }
            running.append(child(partial(serve, chosen, directory / f"output-{port}", control)))
        for port, process in zip(replicas.ports, running, strict=True):
            _wait_until_ready(port, process, replicas)
        yield replicas
    finally:
        for process in running:
            process.kill()
        ended(running)


def _wait_until_ready(port: int, process: BaseProcess, replicas: Replicas) -> None:
    end = monotonic() + PATIENCE
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}") as http:
        while monotonic() < end and process.is_alive():
            try:
                if http.get("/readyz").status_code == 200:
                    return
            except httpx2.TransportError:
                sleep(0.01)
    raise AssertionError(f"a server did not start: {replicas.said[-2000:]}")
