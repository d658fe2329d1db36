"""Whoever follows a guide sees what it shows."""

from pathlib import Path

import pytest

from tests.guides import PAGES, here, newcomer


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_guide_can_be_followed_as_it_stands(page: Path, tmp_path: Path) -> None:
    """Each program of a guide runs as it is printed, and what it prints stands beneath it."""
    with newcomer(tmp_path, here(tmp_path)) as reader:
        assert page.read_text(encoding="utf-8") == reader.follows(page)
