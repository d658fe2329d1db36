"""An empty desk."""

from pathlib import Path

import pytest

from tests.policy_files.desk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk with nothing on it."""
    return Desk(tmp_path)
