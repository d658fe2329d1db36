"""The example of a chain as a newcomer runs it: a process of its own, real services on free ports."""

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.environment import inherited

PATIENCE: Final = 90  # seconds on a busy machine
STEPS: Final = (
    "Anne lets planner edit project:apollo for 30 minutes, and pass it on twice: dlg_",
    "planner edits: done",
    "planner lets researcher only view the project, for 20 minutes: dlg_",
    "researcher reads: done",
    "researcher tries to edit: refused: the token does not allow `document:edit`",
    "researcher tries to pass on more than it has: refused, for its roles, expires_at",
    "researcher lets fetcher view one app of it, for 10 minutes: dlg_",
    "fetcher reads: done",
    "the chain is cut in the middle",
    "fetcher's very next call, with the token it has,: refused: invalid_request: the delegation is revoked",
    "planner, above the cut, edits: done",
)


@pytest.mark.semantics("4")
@pytest.mark.threat("6")
def test_the_example_of_a_chain_goes_as_it_must(tmp_path: Path) -> None:
    """Each hop is narrower; cut in the middle, what is below dies at once and what is above lives."""
    environment = inherited(TMPDIR=str(tmp_path))
    program = [sys.executable, "-m", "examples.chain"]
    ended = subprocess.run(program, capture_output=True, text=True, timeout=PATIENCE, env=environment, check=False)
    assert ended.returncode == 0, ended.stderr
    told = ended.stdout.splitlines()
    assert [line.startswith(step) for line, step in zip(told, STEPS, strict=True)] == [True] * len(STEPS), told
