"""Pages that quote figures get them from the command, between two marks."""

from benchmarks.publishing import BEGIN, END, PAGES, quoted


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


def test_the_page_on_performance_quotes_figures() -> None:
    """The page that explains the figures is among those that the command writes to."""
    page = next(page for page in PAGES if page.name == "performance.md").read_text(encoding="utf-8")

    assert page.count(BEGIN) == page.count(END) == 1
