"""Two programs on one database, one of which lives in another time: that of the machine's own functions is faked."""

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

import httpx2
import pytest

from tests.databases import Make
from tests.durability.server import Server
from tests.durability.world import SERVICE, World, founded
from tests.ports import free_port

LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
PATIENCE = 30.0
BY_CLOCK = '{"cause": "the clock is'
pytestmark = [
    pytest.mark.slow,
    pytest.mark.threat("53"),
    pytest.mark.skipif(LIBRARY is None, reason="libfaketime is not installed: apt-get install faketime"),
]


@dataclass(frozen=True)
class Two:
    """One in the right time and one in the time that a file says."""

    right: Server
    other: Server
    file: Path

    def shift(self, by: str) -> None:
        """Let the other one's clock be off by so much, at once."""
        beside = self.file.with_suffix(".new")
        beside.write_text(f"{by}\n")
        beside.replace(self.file)

    def until(self, status: int) -> httpx2.Response:
        """Return the first such answer of the other one about its readiness."""
        end = monotonic() + PATIENCE
        while (answer := self.other.http.get("/readyz")).status_code != status:
            assert monotonic() < end, answer.text
            sleep(0.05)
        return answer

    def until_told(self, event: str, times: int) -> None:
        """Return when the other one has logged something so often, and no more often."""
        end = monotonic() + PATIENCE
        while (found := self.other.said().count(f'"{event}"')) != times:
            assert monotonic() < end, found
            sleep(0.05)


@pytest.fixture
def two(databases: Make, tmp_path: Path) -> Iterator[Two]:
    """Two servers on one database, both in the right time at first."""
    file = tmp_path / "faketime"
    file.write_text("+0\n")
    with databases(None) as url, ExitStack() as stack:
        first = stack.enter_context(served(tmp_path, url, {}))
        fake = {
            "LD_PRELOAD": str(LIBRARY),
            "FAKETIME_TIMESTAMP_FILE": str(file),
            "FAKETIME_NO_CACHE": "1",
            # The clocks that nobody sets go on as they do when an administrator sets the time.
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        yield Two(first, stack.enter_context(served(tmp_path, url, fake, issuer=first.url)), file)


@contextmanager
def served(directory: Path, url: str, environment: dict[str, str], issuer: str | None = None) -> Iterator[Server]:
    """Run the program on a database until the block ends."""
    variables = {"DELEGATION_DATABASE_URL": url, **environment}
    port = free_port()
    output = directory / f"{port}.output"
    server = Server(directory / "data", port, output, environment=variables, shared_issuer=issuer, program=True)
    with closing(server.http):
        try:
            server.start()
            yield server
        finally:
            if server.process is not None:
                server.signal(signal.SIGKILL)
                server.end_of(server.process)


def answers(server: Server, world: World, delegation: str, token: str, statuses: list[int]) -> None:
    """Hold that an introspection, an exchange and a change are answered so; what is not so is shown, and why."""
    asked: list[Callable[[], httpx2.Response]] = [
        lambda: server.http.post("/introspect", data={"token": token}, auth=SERVICE),
        lambda: world.exchange(server.http, "u0", delegation),
        lambda: server.manage("POST", "/users", {"id": f"u{monotonic()}"}),
    ]
    for ask, status in zip(asked, statuses, strict=True):
        answered(server, ask, status)


def answered(server: Server, ask: Callable[[], httpx2.Response], status: int) -> httpx2.Response:
    """Hold that a question is answered so, and return the answer.

    On a machine that is too busy a database may be late, and that is worth another try; a clock is not.
    """
    end, before = monotonic() + PATIENCE, server.said().count(BY_CLOCK)
    while (answer := ask()).status_code != status:
        assert answer.status_code == 503, (answer.text, server.said())
        assert server.said().count(BY_CLOCK) == before, (answer.text, server.said())
        assert monotonic() < end, (answer.text, server.said())
        sleep(0.2)
    return answer


@pytest.mark.parametrize("by", ["+3600", "-3600"])
def test_only_the_program_in_the_right_time_serves(two: Two, by: str) -> None:
    """A program whose clock jumps by an hour lives and refuses everything, until it is right; the other goes on."""
    world = founded(two.right, 1)
    delegation = str(world.grant(two.right.http, "u0").json()["id"])
    issued = answered(two.other, lambda: world.exchange(two.other.http, "u0", delegation), 200)
    token = str(issued.json()["access_token"])
    for turn in (1, 2):
        two.shift(by)
        told = two.until(503).json()["detail"]
        assert ("ahead" if by.startswith("+") else "behind") in told
        answers(two.other, world, delegation, token, [503] * 3)
        assert two.other.http.get("/healthz").status_code == 200
        answers(two.right, world, delegation, token, [200, 200, 201])
        two.until_told("not serving", turn)
        two.shift("+0")
        two.until(200)
        answers(two.other, world, delegation, token, [200, 200, 201])
        two.until_told("serving again", turn)
