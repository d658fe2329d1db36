"""A server of others: what it is, how it is set up, and what is asked of it."""

import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx2

from benchmarks import children
from benchmarks.children import Program, Server, ServerFailed
from benchmarks.jobs import HOST

_PATIENCE: Final = 60.0
"""Seconds that a server of others may take for a single request of those that set it up."""


class NotInstalled(Exception):
    """A peer cannot be had here; the text says why."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What measurements of a peer are given."""

    directory: Path
    """Where it may keep what it likes."""
    port: int
    time: float
    """Seconds that a measurement takes, its warm-up included."""

    @property
    def address(self) -> str:
        """Where the peer listens."""
        return f"http://{HOST}:{self.port}"


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that a peer is asked, and what of ours it is comparable with."""

    name: str
    title: str
    requests: tuple[str, ...]
    marker: str
    """What every good answer contains."""
    beside: str
    """The endpoint of the service that does the like."""
    once: bool = False
    """Whether each request can be sent only once."""
    stretch: float = 1.0
    """How many times as long as others it is measured: more than once where answers are rare."""
    connections: int | None = None
    """How many connections ask it, where as many as ask others would wait for longer than it is measured."""


@dataclass(frozen=True, slots=True)
class Serving:
    """A peer that runs."""

    server: Server
    questions: Sequence[Question]
    runtime: str
    """What it runs on, with its version."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A server of others."""

    name: str
    version: str
    settings: str
    """How it is run, in a few words."""
    difference: str
    """What it does and does not do, beside the service."""
    install: Callable[[], Path]
    """Returns where its programs lie, outside this tree. Raises NotInstalled."""
    serve: Callable[[Path, Setting], AbstractContextManager[Serving]]
    """Runs it, set up, until the block ends. Raises ServerFailed and httpx2.HTTPError."""


def told(*command: str) -> str:
    """Return what a program says of its version. Raises ServerFailed when it says nothing."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - tools of a peer
    except (OSError, subprocess.CalledProcessError) as error:
        raise ServerFailed(f"`{Path(command[0]).name}` does not tell its version: {error}") from error
    return done.stdout.strip()


@contextmanager
def talking(program: Program) -> Iterator[tuple[Server, httpx2.Client]]:
    """Run a program until the block ends, with a client to set it up. Raises ServerFailed."""
    with (
        children.running(program) as server,
        httpx2.Client(base_url=f"http://{HOST}:{program.port}", timeout=_PATIENCE) as http,
    ):
        try:
            yield server, http
        except httpx2.HTTPStatusError as error:
            raise ServerFailed(f"{error.request.url.path}: {error.response.text[:500]}") from error
