"""The list of classes of bug: complete, unambiguous, and as the page says."""

from tests.assurance.catalog import BUGS, FAULTS
from tests.assurance.page import PAGE, page

OF_THE_ENGINE = [f"E{number}" for number in range(1, 20)]  # E20 to E22 are the service's


def test_no_class_is_left_out() -> None:
    """There are rules against each class of bug that an engine can have, in the order of the list of threats."""
    assert list(FAULTS) == OF_THE_ENGINE
    assert {bug.id for bug in BUGS} == {*OF_THE_ENGINE}


def test_every_rule_has_been_broken() -> None:
    """Each rule has at least one mistake that breaks it, says what it is in a sentence, and has a name of its own."""
    assert [bug.rule.__name__ for bug in BUGS if not bug.breakages or not bug.rule.__doc__] == []
    assert len({bug.rule for bug in BUGS}) == len(BUGS)
    for bug in BUGS:
        assert len({breakage.mistake for breakage in bug.breakages}) == len(bug.breakages)


def test_the_page_says_what_is_tested() -> None:
    """The page names each rule with its mistakes and its file, as `python -m tests.assurance.page` writes it."""
    assert PAGE.read_text(encoding="utf-8") == page()
