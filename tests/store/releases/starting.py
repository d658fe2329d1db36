"""Starts programs that run the code of an earlier release, or of this one."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import IO, Any, Final
from zipfile import ZipFile

from tests.environment import inherited

HERE: Final = Path(__file__).parent
ARCHIVES: Final = {archive.stem: archive for archive in sorted(HERE.glob("*.zip"))}
"""The archives of earlier releases, by the newest migration of each."""
THIS: Final = HERE.parents[2]
"""Where the code of this release lies."""
_TIME: Final = 60.0
"""Seconds that a program gets for anything."""


def unpacked(version: str, directory: Path) -> Path:
    """Return where the code of an earlier release lies now."""
    code = directory / version
    with ZipFile(ARCHIVES[version]) as archive:
        archive.extractall(code)
    return code


def fill(code: Path, url: str) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Let a release make its tables and fill them; return the rows of every partition by table."""
    return _answer(code, "fill", url)


def admit(code: Path, url: str, service: str) -> dict[str, Any]:
    """Let a release admit a service to acme; return the row as it has it."""
    return _answer(code, "admit", url, service)


def _answer(code: Path, *arguments: str) -> dict[str, Any]:
    command, environment = _command(*arguments), _environment(code)
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=_TIME)
    assert answer.returncode == 0, answer.stderr
    document: dict[str, Any] = json.loads(answer.stdout)
    return document


@dataclass(frozen=True, slots=True)
class Done:
    """What one process did and found."""

    rounds: int
    made: list[str]
    won: list[int]
    seen: list[list[Any]]
    groups: list[str]
    faults: list[str]


class Process:
    """A process of one release that uses a database."""

    def __init__(self, code: Path, url: str, name: str) -> None:
        """Start it, and wait until it has done its first round."""
        self._process = subprocess.Popen(
            _command(name, url),
            env=_environment(code),
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._limit = Timer(_TIME, self._process.kill)
        self._limit.start()
        self._expect("busy")

    def pause(self) -> None:
        """Let it finish the round it is in and write nothing more."""
        self._pipe(self._process.stdin).write("stop\n")
        self._pipe(self._process.stdin).flush()
        self._expect("still")

    def end(self) -> Done:
        """Let it read all that is new, and end; return what it did. Fails when anything in it failed."""
        out, err = self._process.communicate()
        self._limit.cancel()
        assert self._process.returncode == 0, err
        return Done(**json.loads(out))

    def _expect(self, word: str) -> None:
        line = self._pipe(self._process.stdout).readline()
        if line.strip() != word:
            self._limit.cancel()
            raise AssertionError(self._process.communicate()[1])

    @staticmethod
    def _pipe(pipe: IO[str] | None) -> IO[str]:
        assert pipe is not None
        return pipe


def _command(*arguments: str) -> list[str]:
    # -P: nothing is imported from where the program lies, so all of it is the release's.
    return [sys.executable, "-P", str(HERE / "program.py"), *arguments]


def _environment(code: Path) -> dict[str, str]:
    return inherited(PYTHONPATH=str(code))
