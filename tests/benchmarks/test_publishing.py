"""Pages that quote figures get them from the command, between two marks."""

import pytest

from benchmarks.publishing import DATABASES, ENGINE, GROWTH, PAGES, PEERS, SERVICE, SIZING, marks, quoted

BEGIN, END = marks(SERVICE)


def test_figures_replace_those_of_the_last_run() -> None:
    """Between the marks stands the newest run alone, and nothing else on the page changes."""
    page = f"# Page\n\n{BEGIN}\n\nold\n\n{END}\n\nThe rest.\n"

    once = quoted(page, "| what | rate |\n")

    assert once == f"# Page\n\n{BEGIN}\n\n| what | rate |\n\n{END}\n\nThe rest.\n"
    assert quoted(once, "| what | rate |\n") == once


def test_a_page_without_marks_is_left_alone() -> None:
    """A page that quotes no figures, or whose second mark is missing, stays as it is."""
    assert quoted("# Page\n", "new") == "# Page\n"
    assert quoted(f"# Page\n{BEGIN}\nold\n", "new") == f"# Page\n{BEGIN}\nold\n"


def test_figures_of_the_engine_stand_between_marks_of_their_own() -> None:
    """Neither command writes over what the other has measured."""
    begin, end = marks(ENGINE)
    page = f"{BEGIN}\nservice\n{END}\n{begin}\nold\n{end}\n"

    assert quoted(page, "new", ENGINE) == f"{BEGIN}\nservice\n{END}\n{begin}\n\nnew\n\n{end}\n"


@pytest.mark.parametrize(
    ("page", "name"),
    [
        *(("performance.md", name) for name in (SERVICE, PEERS, ENGINE, DATABASES, GROWTH)),
        *(("README.md", name) for name in (SERVICE, PEERS)),
        ("sizing.md", SIZING),
    ],
)
def test_a_page_quotes_figures_once(page: str, name: str) -> None:
    """Each page that explains figures is among those that every command writes to, and has them in one place."""
    text = next(each for each in PAGES if each.name == page).read_text(encoding="utf-8")
    begin, end = marks(name)

    assert text.count(begin) == text.count(end) == 1
