"""Which modules are mutated; `python -m tests.mutants.rooms` names those that the last change touched."""

import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parents[2]
WRITTEN = Path(__file__).with_name("rooms.toml")


@dataclass(frozen=True, slots=True)
class Room:
    """Modules that the same tests look after."""

    name: str
    modules: tuple[str, ...]
    tests: tuple[str, ...]


def rooms() -> Iterator[Room]:
    """All rooms, each with all its modules."""
    for name, room in tomllib.loads(WRITTEN.read_text("utf-8")).items():
        modules = sorted(path for pattern in room["modules"] for path in ROOT.glob(pattern) if path.stem != "__init__")
        tests = tuple(f"tests/authz_core/{test}" for test in room["tests"])
        yield Room(name, tuple(path.relative_to(ROOT).as_posix() for path in modules), tests)


def narrowed(room: Room, patterns: list[str]) -> Room:
    """The room with those of its modules that match a pattern."""
    chosen = tuple(module for module in room.modules if any(fnmatch(module, pattern) for pattern in patterns))
    return Room(room.name, chosen, room.tests)


def changed() -> list[str]:
    """The files that differ from the commit before the last one; none where there is no such commit."""
    asked = ["git", "diff", "--name-only", "HEAD~1", "--", "authz_core"]
    answered = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    return answered.stdout.splitlines() if answered.returncode == 0 else []


if __name__ == "__main__":
    sys.stdout.writelines(f"{module}\n" for room in rooms() for module in narrowed(room, changed()).modules)
