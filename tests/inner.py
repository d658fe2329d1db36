"""Tests of the tests: one test file in a runner of its own."""

import subprocess
import sys
from pathlib import Path

from tests.environment import inherited

ROOT = Path(__file__).parents[1]


def outcome_of(tmp_path: Path, body: str, **environment: str) -> str:
    """Run one test file in a runner of its own, and return what that printed."""
    (tmp_path / "test_inner.py").write_text(body, "utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider", "-p", "no:xdist"]
    done = subprocess.run(
        [*command, "-c", str(ROOT / "pyproject.toml"), str(tmp_path)],
        cwd=ROOT,
        env=inherited(**{"CI": "", **environment}),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout
