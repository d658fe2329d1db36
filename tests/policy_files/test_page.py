"""The page on policies tells the truth."""

from pathlib import Path

from tests.policy_files.page import PAGE, retold


def test_the_page_shows_what_the_commands_say(tmp_path: Path) -> None:
    """Every file and command of the page, run in order, prints what the page shows."""
    page = PAGE.read_text("utf-8")
    assert retold(page, tmp_path) == page
