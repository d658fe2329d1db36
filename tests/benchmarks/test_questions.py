"""The questions that the service and others are asked alike."""

from benchmarks.organization import ANNE, APP, Size
from benchmarks.questions import questions, relationships

SIZE = Size(workspaces=2, projects=2, apps=2, users=12, groups=8, assignments=20)


def test_questions_come_in_equal_numbers_of_both_answers() -> None:
    """Half of them are allowed and half refused, each asked once, and Anne's long way comes first."""
    asked = questions(SIZE, 10)

    assert (len(asked.allowed), len(asked.refused)) == (10, 10)
    assert len({*asked.allowed, *asked.refused}) == 20
    assert asked.allowed[0] == (ANNE, APP)


def test_questions_are_the_same_in_every_run() -> None:
    """What was measured yesterday can be compared with what is measured today."""
    assert questions(SIZE, 10) == questions(SIZE, 10)


def test_every_fact_is_told_once() -> None:
    """A server that refuses a relationship that it has already can be given all of them."""
    facts = list(relationships(SIZE))

    assert len(facts) == len(set(facts))
