"""What is left behind by questions, cut short or not: nothing, or no more than a bound."""

import gc
import sys
import threading

from authz_core import (
    Limits,
    Model,
    Object,
    Situation,
    Subject,
    check,
    load_model,
    parse_subject,
)
from authz_core.evaluation.facts import View
from authz_core.evaluation.inquiry import Inquiry
from authz_core.evaluation.principals import Holding
from authz_core.relationships import closures
from tests.assurance.asking import NO, TOO_COMPLEX, YES, answer, objects, stored
from tests.assurance.bugs import Bug, broken
from tests.assurance.rules.circles import GROUPS, RING, TREE

GROUPED = load_model("""
model
  schema 1.1
type user
type group
  relations
    define member: [user]
type doc
  relations
    define blocked: [user, group#member]
""")

QUESTIONS = 100_000


def questions_cut_short_leave_nothing_behind() -> None:
    """After a hundred thousand questions that ran out of steps, no more objects and threads are there than before."""
    anne, thing = parse_subject("user:anne"), Object("doc:x")
    facts = stored(*RING, *GROUPS)
    cut = Situation(facts, limits=Limits(steps=3))

    def ask(times: int) -> tuple[int, int]:
        for _ in range(times):
            check(TREE, cut, anne, "safe", thing)
        for _ in range(times // 1_000):
            objects(TREE, cut, "user:anne safe doc")
        gc.collect()
        return len(gc.get_objects()), sys.getallocatedblocks()

    assert answer(TREE, cut, "user:anne safe doc:x") == TOO_COMPLEX
    (objects_before, memory_before), threads = ask(1_000), threading.active_count()
    objects_after, memory_after = ask(QUESTIONS)

    assert objects_after - objects_before < QUESTIONS // 1_000
    assert memory_after - memory_before < QUESTIONS // 100
    assert threading.active_count() <= threads


def what_is_remembered_is_bounded() -> None:
    """However many subjects ask, the groups of a bounded number of them are remembered."""
    facts = stored("group:a#member blocked doc:x", "user:anne member group:a")
    for number in range(2**16 + 10):
        assert answer(GROUPED, facts, f"user:u{number} blocked doc:x") == NO

    assert len(facts.closures) <= 2**16
    assert answer(GROUPED, facts, "user:anne blocked doc:x") == YES


_inquire = Inquiry.__init__


def _keep(self: Inquiry, model: Model, view: View, subject: Subject | Holding) -> None:
    _inquire(self, model, view, subject)
    names: dict[object, object] = view.layers[-1]._names  # type: ignore[assignment]  # what is left behind
    names[object()] = []


BUGS = (
    Bug(
        "E15",
        questions_cut_short_leave_nothing_behind,
        (broken("the facts remember every question", Inquiry, "__init__", _keep),),
    ),
    Bug(
        "E15",
        what_is_remembered_is_bounded,
        (broken("groups of any number are remembered", closures, "_REMEMBERED", 10**9),),
    ),
)
