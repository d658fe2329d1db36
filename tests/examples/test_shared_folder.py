"""The example of a shared folder as a newcomer runs it: a real service that was started from a relationship model."""

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from examples.shared_folder import differing
from tests.environment import inherited

PATIENCE: Final = 90  # seconds on a busy machine
STEPS: Final = (
    "Anne lets planner be editor of folder:projects: granted: delegation dlg_",
    "may it edit the plan, which lies in the folder: yes",
    "may it view the minutes, as everyone may: no, the delegation: `editor` on `folder:projects` does not give",
    "Anne is blocked on the plan: may it still: no, `user:anne` holds nothing that gives `can_edit`",
    "she is not blocked any more: may it again: yes",
    "revoked: delegation dlg_",
    "may it after that: no, the delegation is revoked",
)


@pytest.mark.semantics("3", "5")
def test_the_example_of_a_shared_folder_goes_as_it_must(tmp_path: Path) -> None:
    """One relation on one folder is all that the agent has, as long as Anne has it, and until she ends it."""
    environment = inherited(TMPDIR=str(tmp_path))
    program = [sys.executable, "-m", "examples.shared_folder"]
    ended = subprocess.run(program, capture_output=True, text=True, timeout=PATIENCE, env=environment, check=False)
    assert ended.returncode == 0, ended.stderr
    told = ended.stdout.splitlines()
    assert [line.startswith(step) for line, step in zip(told, STEPS, strict=True)] == [True] * len(STEPS), told


def test_a_line_that_differs_is_named() -> None:
    """The example fails where an answer is another than it must be, and names that line alone."""
    told = ["granted", "yes", "yes", "no, `user:anne` holds nothing", "yes", "revoked", "no, it is over"]
    assert list(differing(told)) == [told[2]]
