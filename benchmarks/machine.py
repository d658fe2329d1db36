"""The machine of a run: what a reader needs to compare figures, and nothing that names a place or a person."""

import os
import platform
import sqlite3
import subprocess
from importlib.metadata import version
from pathlib import Path
from statistics import median
from tempfile import NamedTemporaryFile
from time import perf_counter
from typing import Final

_PACKAGES: Final = ("starlette", "uvicorn", "uvloop", "httptools", "authlib", "joserfc", "cryptography", "sqlalchemy")
_FLUSHES: Final = 50


def machine() -> dict[str, str | int | float]:
    """Return the facts of this machine and of what is measured on it."""
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 0,
        "flush_milliseconds": round(_flush() * 1_000, 3),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        **{package: version(package) for package in _PACKAGES},
        "commit": _commit(),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, "unknown")


def _flush() -> float:
    """Return how many seconds it takes here until 4 KiB are on the disk: below that no single commit can be."""
    took = []
    with NamedTemporaryFile(prefix="delegation-benchmark-") as file:
        for _ in range(_FLUSHES):
            file.write(bytes(4_096))
            file.flush()
            began = perf_counter()
            os.fsync(file.fileno())
            took.append(perf_counter() - began)
    return median(took)


def _commit() -> str:
    """Return the commit, with a plus sign when something is not committed; `unknown` outside a repository."""
    here = Path(__file__).parent
    try:
        commit = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"],  # noqa: S607 - whichever git there is
            cwd=here,
            capture_output=True,
            text=True,
            check=True,
        )
        changed = subprocess.run(
            ["git", "status", "--porcelain", "--", ".."],  # noqa: S607 - whichever git there is
            cwd=here,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return commit.stdout.strip() + ("+" if changed.stdout.strip() else "")
