"""A terminal on a data directory that does not exist yet."""

from pathlib import Path

import pytest

from tests.cli.terminal import Terminal


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """A terminal on an empty place."""
    return Terminal(tmp_path / "data")
