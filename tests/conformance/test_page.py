"""The page joins clauses and marks, and finds what does not fit."""

import pytest

from tests.conformance.clauses import Clause, Level, Stance, Standard
from tests.conformance.marks import Mark
from tests.conformance.page import problems, render, unfinished


def standard(*clauses: Clause) -> dict[str, Standard]:
    """Make the only standard there is, with these clauses."""
    return {"1": Standard("1", "RFC 1", "Host software", "https://example.org/1", clauses)}


def clause(id: str, level: Level = Level.MUST, stance: Stance = Stance.KEPT) -> Clause:
    """Make a clause of section 2."""
    reason = "" if stance is Stance.KEPT else "Because."
    return Clause(id, "2", level, stance, f"What {id} asks.", reason)


def mark(section: str = "2", *clauses: str) -> Mark:
    """Make a mark of the only test there is."""
    return Mark("1", section, clauses, "tests/test_it.py", "test_it")


def test_a_kept_must_without_a_test_is_a_problem() -> None:
    """A MUST that is kept needs a test; other levels and stances do not."""
    standards = standard(
        clause("shown"),
        clause("bare"),
        clause("advice", level=Level.SHOULD),
        clause("left", stance=Stance.DEPARTED),
    )

    assert list(problems(standards, [mark("2", "shown")])) == ["RFC 1 §2: `bare` is kept but no test shows it"]


def test_a_mark_of_a_whole_section_speaks_of_all_its_clauses() -> None:
    """A mark without names of clauses shows every clause of its section."""
    assert list(problems(standard(clause("a"), clause("b")), [mark()])) == []


@pytest.mark.parametrize("lost", [mark("3"), mark("2", "b"), Mark("2", "2", (), "tests/test_it.py", "test_it")])
def test_a_mark_that_leads_nowhere_is_a_problem(lost: Mark) -> None:
    """A mark of an unlisted standard, section or clause is named with its file and test."""
    (problem,) = problems(standard(clause("a")), [mark(), lost])

    assert problem.startswith("tests/test_it.py: test_it names ")


def test_a_must_that_is_put_off_can_be_asked_for() -> None:
    """A MUST at `later` is no problem while its part is built, and is found when all parts are said to be there."""
    standards = standard(
        clause("waiting", stance=Stance.LATER),
        clause("advice", level=Level.SHOULD, stance=Stance.LATER),
        clause("left", stance=Stance.DEPARTED),
        clause("shown"),
    )

    assert list(problems(standards, [mark("2", "shown")])) == []
    assert list(unfinished(standards)) == ["RFC 1 §2: `waiting` is put off: Because."]


def test_the_page_shows_stance_reason_and_tests() -> None:
    """A reader finds each clause with its section, its stance, the reason and its tests."""
    page = render(standard(clause("a"), clause("b", stance=Stance.LATER)), [mark("2", "a")])

    section = "[§2](https://example.org/1#section-2)"
    test = "[test_it](../tests/test_it.py)"
    assert f"| {section} | MUST | kept | What a asks. | {test} |" in page
    assert f"| {section} | MUST | later | What b asks. *Because.* |  |" in page
    assert "| RFC 1 | 1 | 0 | 0 | 1 | 1 of 1 |" in page
