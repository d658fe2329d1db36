"""Puts what a peer needs into a cache outside this tree: exact versions, each checked by the hash that a lock names.

What is there already is used again; a lock that changes leads to another folder.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

from benchmarks.peers.peer import NotInstalled

HERE: Final = Path(__file__).parent
_PATIENCE: Final = 1_200
"""Seconds that a step may take; a compiler on a small machine is slow."""
_LAST_WORDS: Final = 400


def cache() -> Path:
    """Return the folder in which peers are kept between runs."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "delegation-benchmarks"


def kept(name: str, lock: bytes, fill: Callable[[Path], None]) -> Path:
    """Return the folder of what a lock names, filled now unless it was before. Raises NotInstalled."""
    place = cache() / f"{name}-{sha256(lock).hexdigest()[:16]}"
    if place.is_dir():
        return place
    place.parent.mkdir(parents=True, exist_ok=True)
    # Under another name until all of it is there, so that an interrupted run leaves nothing that looks whole.
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=f"{name}-") as unfinished:
        half = Path(unfinished) / "half"
        half.mkdir()
        fill(half)
        half.rename(place)
    return place


def from_npm(name: str) -> Path:
    """Return the folder of a Node program with the packages that its lock names. Raises NotInstalled."""
    source = HERE / name
    node, npm = _program("node"), _program("npm")
    lock = b"".join((source / file).read_bytes() for file in ("package-lock.json", "package.json", "server.mjs"))

    def fill(folder: Path) -> None:
        shutil.copytree(source, folder, dirs_exist_ok=True)
        _run([npm, "ci", "--ignore-scripts", "--omit=dev"], folder, {})
        (folder / "node").symlink_to(node)

    return kept(name, lock, fill)


def from_pip(name: str) -> Path:
    """Return the folder of a virtual environment with the packages that its lock names. Raises NotInstalled."""
    lock = HERE / name / "requirements.txt"

    def fill(folder: Path) -> None:
        _run([sys.executable, "-m", "venv", str(folder)], folder, {})
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
        _run([*pip, "-r", str(lock)], folder, {})

    return kept(name, lock.read_bytes(), fill)


def from_go(name: str, module: str, version: str) -> Path:
    """Return the folder of a Go program, whose hash Go's own log of hashes vouches for. Raises NotInstalled."""
    go = _program("go")
    wanted = f"{module}@{version}"

    def fill(folder: Path) -> None:
        _run([go, "install", wanted], folder, {"GOBIN": str(folder), "GOFLAGS": "", "GOTOOLCHAIN": "local"})

    return kept(name, wanted.encode(), fill)


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise NotInstalled(f"there is no `{name}` on this machine")
    return found


def _run(command: Sequence[str], directory: Path, environment: Mapping[str, str]) -> None:
    """Carry out a step. Raises NotInstalled with its last words."""
    try:
        done = subprocess.run(  # noqa: S603 - package managers, with arguments of our own
            command,
            cwd=directory,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotInstalled(f"`{Path(command[0]).name}` did not end well: {error}") from error
    if done.returncode:
        said = " ".join((done.stderr or done.stdout).split())[-_LAST_WORDS:]
        raise NotInstalled(f"`{Path(command[0]).name}` failed: {said}")
