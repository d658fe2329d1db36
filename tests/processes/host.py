"""A host: the program with several workers, and ways to know and to end each of its processes."""

import os
import signal
import subprocess
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep

import httpx2
from typing_extensions import override

from tests.durability.server import Server
from tests.ports import free_port

PATIENCE = 180.0
"""Seconds that several processes may take to start or to end, on a busy machine."""


def until(condition: Callable[[], bool]) -> None:
    """Return as soon as something is so."""
    end = monotonic() + PATIENCE
    while not condition():
        assert monotonic() < end, "nothing happened"
        sleep(0.05)


def is_running(process: int) -> bool:
    """Return whether a process is there and no mere remainder of one."""
    return parent_of(process) is not None


def parent_of(process: int) -> int | None:
    """Return which process started another one; None for one that has ended."""
    # The name that stands in the middle may hold anything.
    state, parent, *_ = _told(process, "stat").rpartition(")")[2].split() or ("Z", "0")
    return None if state in {"Z", "X"} else int(parent)


def command_of(process: int) -> str:
    """Return the command line of a process; nothing for one that has ended."""
    return _told(process, "cmdline")


def _told(process: int, file: str) -> str:
    try:
        return Path(f"/proc/{process}/{file}").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""


class Host(Server):
    """A parent with workers, on one data directory and one port."""

    @property
    def parent(self) -> int:
        """The process that was started."""
        assert self.process is not None
        assert self.process.pid is not None
        return self.process.pid

    @override
    def wait_until_ready(self) -> None:
        def is_ready() -> bool:
            assert not self.is_gone, f"the program did not start: {self.said()[-2000:]}"
            with suppress(httpx2.TransportError):
                return self.http.get("/readyz").status_code == 200
            return False

        until(is_ready)

    def workers(self) -> set[int]:
        """Return the processes that serve."""
        every = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
        return {each for each in every if parent_of(each) == self.parent and "spawn_main" in command_of(each)}

    def until_served_by(self, number: int) -> set[int]:
        """Return the workers as soon as so many of them have answered, not counting those gone."""
        answered: set[int] = set()

        def enough() -> bool:
            with httpx2.Client(base_url=self.url) as http, suppress(httpx2.TransportError):
                answered.add(self.asked(http))
            return len(answered & self.workers()) == number

        until(enough)
        return self.workers()

    def asked(self, http: httpx2.Client) -> int:
        """Return the process that answers on a client's connection, as the log names it."""
        request = uuid.uuid4().hex
        assert http.get("/healthz", headers={"X-Request-ID": request}).status_code == 200
        found: list[int] = []

        def logged() -> bool:
            lines = [line for line in self.said().splitlines() if request in line]
            found.extend(int(line.rpartition('"process": ')[2].rstrip("}")) for line in lines if line.endswith("}"))
            return found != []

        until(logged)
        return found[0]

    def ended(self) -> int:
        """Wait for the end of the program; return its exit code."""
        assert isinstance(self.process, subprocess.Popen)
        code = self.process.wait(PATIENCE)
        self.process = None
        return code

    def end_all(self) -> None:
        """Kill whatever of it still runs."""
        if self.process is not None:
            left = self.workers()
            self.kill()
            for worker in left:
                with suppress(ProcessLookupError):
                    os.kill(worker, signal.SIGKILL)
        self.http.close()


@contextmanager
def hosted(
    directory: Path, *options: str, workers: int, issuer: str | None = None, variables: Mapping[str, str] | None = None
) -> Iterator[Host]:
    """Run the program with several workers until the block ends."""
    host = Host(
        directory,
        free_port(),
        directory.with_name(f"{directory.name}.output"),
        quiet=False,
        program=True,
        options=("--workers", str(workers), *options),
        environment=variables or {},
        shared_issuer=issuer,
    )
    try:
        host.start()
        yield host
    finally:
        host.end_all()
