"""A desk: a folder with files, and what the commands say of them."""

import contextlib
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from delegation.cli import main
from delegation.policy import InvalidPolicy, PolicyFile, read_policy

ROOT = Path(__file__).parents[2]

MODEL = """\
model
  schema 1.1
type user
type group
  relations
    define member: [user, group#member]
type document
  relations
    define editor: [user, group#member]
    define viewer: [user, user:*, group#member] or editor
    define blocked: [user]
    define reader: viewer but not blocked
"""

CATALOG = """\
[types.workspace]
parents = ["organization"]
permissions = ["workspace:view", "workspace:manage"]

[roles.viewer]
type = "workspace"
permissions = ["workspace:view"]
"""


@dataclass(frozen=True, slots=True)
class Said:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def records(self) -> Any:  # noqa: ANN401 - what JSON holds
        """What it said to programs."""
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class Desk:
    """A folder in which somebody works on policies."""

    folder: Path

    def put(self, name: str, text: str) -> Path:
        """Write a file."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    def tests(self, text: str, name: str = "a.fga.yaml", model: str = MODEL) -> Path:
        """Write a file of tests about the model."""
        return self.put(name, f"model: |\n{indented(model)}{text}")

    def read(self, path: Path, *, external: bool = False) -> PolicyFile:
        """Return a policy that has to be valid."""
        return read_policy(path, allow_external_files=external)

    def faults(self, path: Path, *, external: bool = False) -> list[str]:
        """Return what is wrong with a policy, a line each."""
        try:
            read_policy(path, allow_external_files=external)
        except InvalidPolicy as error:
            return [str(fault).splitlines()[0].replace(f"{self.folder}/", "") for fault in error.faults]
        return []

    def type(self, *words: str | Path) -> Said:
        """Let this process be the command `delegation policy`, in the folder."""
        with contextlib.chdir(self.folder):
            result = CliRunner().invoke(main, ["policy", *map(str, words)])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Said(result.exit_code, result.stdout, result.stderr)

    def start(self, *words: str) -> Said:
        """Let a process of its own be the command, in the folder."""
        start = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from delegation.cli import main; main()"
        program = [sys.executable, "-c", start]
        done = subprocess.run(
            [*program, "policy", *words], cwd=self.folder, capture_output=True, text=True, check=False, timeout=120
        )
        return Said(done.returncode, done.stdout, done.stderr)


def indented(text: str) -> str:
    """Return the text as the lines of a block in YAML."""
    return "".join(f"  {line}" for line in text.splitlines(keepends=True))
