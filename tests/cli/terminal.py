"""A terminal: what is typed, what is said, how it ended."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import structlog
from click.testing import CliRunner

from delegation.cli import main
from tests.children import PATIENCE, children, context, ended


@dataclass(frozen=True, slots=True)
class Said:
    """What a command said on its two outputs, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def answer(self) -> dict[str, Any]:
        """The one answer it gave, of a command that had to succeed."""
        assert self.code == 0, self.err
        document: dict[str, Any] = json.loads(self.out)
        return document

    @property
    def answers(self) -> list[dict[str, Any]]:
        """The answers it gave, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where somebody types who works on one data directory."""

    directory: Path

    def variables(self, given: Mapping[str, str]) -> dict[str, str]:
        """Return the environment of what is typed."""
        return {"DELEGATION_DATA_DIRECTORY": str(self.directory), **given}

    def type(self, *words: str, **variables: str) -> Said:
        """Let this process be the command; a failure that is not told in words fails the test."""
        return spoken(list(words), self.variables(variables))

    def start(self, *words: str, **variables: str) -> Said:
        """Let another process be the command."""
        ours, theirs = context().Pipe(duplex=False)
        with children(partial(speak, list(words), self.variables(variables), theirs)) as processes:
            theirs.close()
            assert ours.poll(PATIENCE)
            said: Said = ours.recv()
            ended(processes)
        return said


def spoken(words: list[str], variables: Mapping[str, str]) -> Said:
    """Carry out a command line in this process."""
    result = CliRunner().invoke(main, words, env=variables)
    structlog.reset_defaults()  # The command may have sent the logs of this process to a stream that is gone now.
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Said(result.exit_code, result.stdout, result.stderr)


def speak(words: list[str], variables: Mapping[str, str], listener: Connection) -> None:
    """Carry out a command line, as the process that it is, and say what was said."""
    listener.send(spoken(words, variables))
