"""The processes that the walk starts, and ends again whatever happens."""

import subprocess
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from examples.walk.signals import undisturbed

_PATIENCE: Final = 10  # seconds that a process may take to end by itself
_TAIL: Final = 40  # lines


class ChildDied(Exception):
    """A process ended that should not have; the text shows what it said last."""


@dataclass(frozen=True, slots=True)
class Child:
    """A process, and where its output goes."""

    name: str
    process: subprocess.Popen[str]
    log: Path

    def check(self) -> None:
        """Raise ChildDied if the process has ended."""
        code = self.process.poll()
        if code is not None:
            raise ChildDied(f"the {self.name} ended with code {code}. Its last words:\n{self.tail()}")

    def tail(self) -> str:
        """Return the last lines of the output."""
        with self.log.open(encoding="utf-8", errors="replace") as lines:
            return "".join(deque(lines, _TAIL)).rstrip() or "(it said nothing)"

    def ask(self, line: str) -> str:
        """Return the one line that the process answers to a line; raises ChildDied if none comes."""
        if self.process.stdin is None or self.process.stdout is None:
            raise ValueError(f"the {self.name} does not talk")
        try:
            self.process.stdin.write(f"{line}\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            self.process.wait()
        answer = self.process.stdout.readline()
        if not answer:
            self.process.wait()
            self.check()
        return answer.rstrip("\n")


@dataclass(slots=True)
class Children:
    """All processes started; leaving the context ends them, the last one first."""

    directory: Path
    environment: Mapping[str, str]
    all: list[Child] = field(default_factory=list)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with suppress(KeyboardInterrupt), undisturbed():
            self.stop()

    def start(self, name: str, arguments: Sequence[str], *, talks: bool = False, **extra: str) -> Child:
        """Return a Python process; its output goes to a log, or line by line to `ask`."""
        log = self.directory / f"{name.replace(' ', '-')}.log"
        with undisturbed(), log.open("w", encoding="utf-8") as output:
            process = subprocess.Popen(  # noqa: S603 - our own programs, no shell
                [sys.executable, *arguments],
                stdin=subprocess.PIPE if talks else subprocess.DEVNULL,
                stdout=subprocess.PIPE if talks else output,
                stderr=output,
                env={**self.environment, **extra},
                encoding="utf-8",
            )
            child = Child(name, process, log)
            self.all.append(child)
        return child

    def check(self) -> None:
        """Raise ChildDied if any process has ended."""
        for child in self.all:
            child.check()

    def stop(self) -> None:
        """End all processes: asked first, then made to."""
        for child in reversed(self.all):
            if child.process.stdin:
                child.process.stdin.close()
            child.process.terminate()
        for child in reversed(self.all):
            try:
                child.process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()
            if child.process.stdout:
                child.process.stdout.close()
        self.all.clear()
