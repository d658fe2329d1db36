"""Guides: pages that a newcomer follows from top to bottom, in an empty directory, with servers in terminals beside it.

A block of Python is a file, named by the comment that it begins with. A block of `sh` is typed, and what it prints
stands in the `text` beneath; what it exports holds for the blocks after it. A block after `<!-- serves -->` is typed
in a terminal of its own, and the page goes on when what stands beneath it has been said. Ports from 8400 on stand for
free ones.

`python -m tests.guides PAGE ...` follows pages and writes what is printed into them.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from tests.documentation import DOCS
from tests.environment import inherited
from tests.ports import free_port

PAGES: Final = tuple(DOCS / "guides" / page for page in ("agent.md", "service.md", "mcp.md"))

_ROOT: Final = DOCS.parent
_USUAL: Final = 8400
_PORTS: Final = 4
_PATIENCE: Final = 120
"""Seconds that a block may take on a busy machine."""
_BLOCK: Final = re.compile(
    r"^(?P<serves><!-- serves -->\n)?```(?P<kind>python|sh)\n(?P<typed>.*?)^```\n(?:\n```text\n(?P<shown>.*?)^```\n)?",
    re.DOTALL | re.MULTILINE,
)
_NAMED: Final = re.compile(r"# (?P<name>[\w-]+\.py)\n")
_CHANGING: Final = (
    (re.compile(r"dlg_[\w-]{22}"), "dlg_..."),
    (re.compile(r"eyJ[\w.-]+"), "eyJ..."),
    (re.compile(r"\d\d:\d\d:\d\d"), "12:30:00"),
)
_TOGETHER: Final = "exec 3<&0 </dev/null; { read -r _ <&3 || kill 0; } & exec 3<&-"
"""Who started the shell holds the other end of its input: when they are gone, whatever runs in the shell ends, too."""
_PROGRAMS: Final = {"python": "", "python3": "", "delegation": "-m delegation", "uvicorn": "-m uvicorn"}


@dataclass(slots=True)
class Started:
    """A block that runs, as a group of processes that ends with this one at the latest."""

    process: subprocess.Popen[bytes]
    log: Path

    @classmethod
    def of(cls, typed: str, log: Path, directory: Path, environment: Mapping[str, str]) -> Self:
        """Start a block; what it says goes to a file."""
        with log.open("wb") as output:
            process = subprocess.Popen(
                _shell(f"{_TOGETHER}\n{typed}"),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                cwd=directory,
                env=environment,
                start_new_session=True,
            )
        return cls(process, log)

    def said(self) -> str:
        """Return what it has said so far."""
        return self.log.read_text(encoding="utf-8")

    def kill(self) -> None:
        """Kill whatever of it still runs."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()

    def stop(self) -> None:
        """End a server as Ctrl-C does. Raises AssertionError if it had ended by itself."""
        ended = self.process.poll()
        try:
            if ended is None:
                os.killpg(self.process.pid, signal.SIGINT)
                self.process.wait(20)
        except subprocess.TimeoutExpired:
            pass  # It is killed.
        finally:
            self.kill()
        assert ended is None, f"a server ended by itself, with {ended}:\n{self.said()}"


@dataclass(slots=True)
class Newcomer:
    """Somebody at an empty directory, and the servers that they started."""

    directory: Path
    environment: Mapping[str, str]
    installs: bool
    """Whether packages are installed as the page says; otherwise they are there already."""
    first: int
    """The port that stands for the usual one."""
    servers: list[Started] = field(default_factory=list)

    def follows(self, page: Path) -> str:
        """Return the page with what its blocks print. Raises AssertionError where one cannot be followed."""
        return _BLOCK.sub(self._block, page.read_text(encoding="utf-8"))

    def leave(self) -> None:
        """End every server, the last one first. Raises AssertionError if one had ended by itself."""
        with ExitStack() as ending:
            for server in self.servers:
                ending.callback(server.stop)

    def _block(self, block: re.Match[str]) -> str:
        typed = self._ours(block["typed"])
        if block["kind"] == "python":
            named = _NAMED.match(typed)
            assert named is not None, f"which file is this?\n{typed}"
            (self.directory / named["name"]).write_text(typed, encoding="utf-8")
        elif "pip install" in typed and not self.installs:
            pass
        elif block["serves"]:
            self._serve(typed, block["shown"])
        else:
            return self._with(block, self._type(typed))
        return block[0]

    def _with(self, block: re.Match[str], printed: str) -> str:
        shown = f"\n```text\n{printed}```\n" if printed else ""
        return f"```sh\n{block['typed']}```\n{shown}"

    def _type(self, typed: str) -> str:
        """Return what a block prints. Raises AssertionError if it fails."""
        started = self._start(f"trap 'export -p >../exported' EXIT\n{typed}", "typed")
        try:
            code = started.process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            started.kill()
        assert code == 0, f"{typed}\n{started.said()}\n{self._said()}"
        return "" if "pip install" in typed else self._evened(started.said())

    def _serve(self, typed: str, shown: str | None) -> None:
        assert shown is not None, f"what does it say when it serves?\n{typed}"
        server = self._start(typed, f"server-{len(self.servers)}")
        self.servers.append(server)
        end = time.monotonic() + _PATIENCE
        while shown.rstrip("\n") not in self._evened(server.said()):
            assert server.process.poll() is None, f"{typed}\n{self._said()}"
            assert time.monotonic() < end, f"{typed}\n{self._said()}"
            time.sleep(0.1)

    def _start(self, typed: str, name: str) -> Started:
        known = "if [ -f ../exported ]; then . ../exported; fi"
        return Started.of(f"{known}\n{typed}", self.directory.with_name(name), self.directory, self.environment)

    def _said(self) -> str:
        """Return what all servers said, for whoever looks for a fault."""
        return "\n".join(server.said() for server in self.servers)

    def _ours(self, text: str) -> str:
        return re.sub(r"\b840([0-3])\b", lambda port: str(self.first + int(port[1])), text)

    def _evened(self, text: str) -> str:
        for port in range(_PORTS):
            text = re.sub(rf"\b{self.first + port}\b", str(_USUAL + port), text)
        for changing, steady in _CHANGING:
            text = changing.sub(steady, text)
        return text


@contextmanager
def newcomer(place: Path, environment: Mapping[str, str], *, installs: bool = False) -> Iterator[Newcomer]:
    """Yield somebody at an empty directory in a place; what they started ends with the block."""
    directory, first = place / "work", _free_ports()
    directory.mkdir()
    found = Newcomer(directory, {**environment, "DELEGATION_PORT": str(first)}, installs, first)
    try:
        yield found
    finally:
        found.leave()


def here(place: Path) -> dict[str, str]:
    """Return an environment in which this tree is installed: its programs stand in a directory of the place."""
    programs = place / "bin"
    programs.mkdir()
    for name, module in _PROGRAMS.items():
        (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {module} "$@"\n', encoding="utf-8")
        (programs / name).chmod(0o755)
    environment = inherited(PYTHONPATH=str(_ROOT))
    return {**environment, "PATH": f"{programs}:{environment['PATH']}"}


def _shell(typed: str) -> list[str]:
    return ["bash", "-e", "-c", typed]


def _free_ports() -> int:
    """Return the first of some ports in a row on which nobody listens."""
    row = [free_port()]
    while len(row) < _PORTS:
        port = free_port()
        row = [*row, port] if port == row[-1] + 1 else [port]
    return row[0]


def main() -> None:
    """Follow the pages named, and write what is printed into them."""
    for name in sys.argv[1:]:
        page = Path(name)
        with tempfile.TemporaryDirectory() as place:
            environment = here(Path(place))
            with newcomer(Path(place), environment) as reader:
                page.write_text(reader.follows(page), encoding="utf-8")


if __name__ == "__main__":
    main()
