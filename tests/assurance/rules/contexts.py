"""Verdicts on conditions: each for its own context, its own relationship and its own question."""

from typing import Any

from authz_core import Relationships, Situation, load_model
from authz_core.decision import Decision
from authz_core.evaluation import checking
from authz_core.evaluation.climbing import climb
from authz_core.evaluation.facts import View
from tests.assurance.asking import MISSING, NO, YES, answer, facing, objects, on, stored
from tests.assurance.bugs import Breakage, Bug, blurred, broken

OFFICE = load_model("""
model
  schema 1.1
type user
type group
  relations
    define member: [user, group#member]
type doc
  relations
    define viewer: [user, user with office, group#member, group#member with office]
    define blocked: [user with office]
    define reader: viewer but not blocked
    define owner: [user, user with office]
condition office(hour: int, opens: int, closes: int) {
  hour >= opens && hour < closes
}
""")


def questions_that_differ_in_one_value_are_two() -> None:
    """The same question is answered anew for each value of its context, whatever has been asked before."""
    facts = stored(
        on("user:anne owner doc:a", "office", opens=8, closes=18),
        on("group:eng#member viewer doc:a", "office", opens=8, closes=18),
        "user:anne member group:eng",
    )
    for question in ("user:anne owner doc:a", "user:anne viewer doc:a"):
        for hour, expected in ((9, YES), (20, NO), (9, YES), (7, NO)):
            assert answer(OFFICE, facing(OFFICE, facts, hour=hour), question) == expected
        assert answer(OFFICE, facts, question) == MISSING


def what_a_question_brings_along_is_its_own() -> None:
    """A relationship counts for the question that brings it along, and for none before or after."""
    facts = stored("user:bob owner doc:a", "user:anne member group:eng")
    brought = facing(OFFICE, facts, ["group:eng#member viewer doc:a", "user:anne owner doc:a"])

    for question in ("user:anne owner doc:a", "user:anne viewer doc:a"):
        assert [answer(OFFICE, each, question) for each in (facts, brought, facts)] == [NO, YES, NO]


def relationships_that_differ_in_one_value_are_two() -> None:
    """Two relationships on one condition are judged by their own contexts, within one question and one list."""
    facts = stored(
        on("user:anne viewer doc:a", "office", opens=8, closes=18),
        on("user:anne blocked doc:a", "office", opens=20, closes=22),
        on("user:anne viewer doc:b", "office", opens=20, closes=22),
    )
    morning, evening = facing(OFFICE, facts, hour=9), facing(OFFICE, facts, hour=21)

    assert answer(OFFICE, morning, "user:anne reader doc:a") == YES
    assert answer(OFFICE, evening, "user:anne reader doc:b") == YES
    assert objects(OFFICE, morning, "user:anne viewer doc") == ("doc:a",)
    assert objects(OFFICE, evening, "user:anne viewer doc") == ("doc:b",)


def _remembering_verdicts() -> Breakage:
    judged: dict[Any, Any] = {}
    original = View.__init__

    def shared(self: View, *arguments: Any) -> None:
        original(self, *arguments)
        self._judged = judged

    return broken("verdicts are kept from question to question", View, "__init__", shared)


def _remembering_answers() -> Breakage:
    kept: dict[Any, Decision] = {}
    original = checking._walked

    def cached(model: Any, view: Any, subject: Any, goal: Any) -> Decision:
        key = (subject, *goal)
        if key not in kept:
            kept[key] = original(model, view, subject, goal)
        return kept[key]

    return broken("answers are kept without their context", checking, "_walked", cached)


def _climb_blindly(model: Any, facts: Relationships, *arguments: Any) -> object:
    return climb(model, Relationships(each._replace(condition=None) for each in facts), *arguments)


def _stored_always(facts: Relationships | Situation) -> Relationships:
    return facts.stored if isinstance(facts, Situation) else facts


BUGS = (
    Bug(
        "E3",
        questions_that_differ_in_one_value_are_two,
        (
            _remembering_verdicts(),
            _remembering_answers(),
            broken("the short cut looks past conditions", checking, "climb", _climb_blindly),
        ),
    ),
    Bug(
        "E3",
        what_a_question_brings_along_is_its_own,
        (
            _remembering_answers(),
            broken("the short cut looks past what a question brings along", checking, "_stored_alone", _stored_always),
        ),
    ),
    Bug(
        "E3",
        relationships_that_differ_in_one_value_are_two,
        (blurred("verdicts are kept by the name of the condition", View, "_judged", lambda condition: condition.name),),
    ),
)
