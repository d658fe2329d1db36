"""The pages that teach by example do what they show."""

from pathlib import Path

import pytest

from tests.documentation import PAGES, told


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_shows_what_its_programs_print(page: Path) -> None:
    """Each block of a page runs as it stands and prints what the page shows beneath it."""
    assert page.read_text(encoding="utf-8") == told(page)
