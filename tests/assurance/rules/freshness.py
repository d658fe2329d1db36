"""What is remembered beyond a question: it is gone when the facts change, and no question sees another one's."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import pytest

from authz_core import Relationship, Relationships, Subject, load_model
from authz_core.evaluation.facts import View
from authz_core.relationships import closures
from authz_core.relationships.closures import Came, Closures, contained_in
from tests.assurance.asking import NO, YES, answer, facing, line, objects, on, stored
from tests.assurance.bugs import Breakage, Bug, broken

GROUPS = load_model("""
model
  schema 1.1
type user
type group
  relations
    define member: [user, group#member]
type doc
  relations
    define viewer: [user, user with office, group#member]
    define banned: [user]
    define reader: viewer but not banned
condition office(hour: int) {
  hour >= 8 && hour < 18
}
""")

THREADS = 4
ROUNDS = 100


def one_write_is_seen_by_the_next_read() -> None:
    """After each single change of a membership the very next question, asked once, is answered by it."""
    facts = stored("group:all#member viewer doc:a", "group:eng#member member group:all")
    steps: list[tuple[Callable[[Relationship], bool], str, str]] = [
        (facts.add, "user:anne member group:eng", YES),
        (facts.remove, "group:eng#member member group:all", NO),
        (facts.add, "user:anne member group:all", YES),
        (facts.remove, "user:anne member group:all", NO),
        (facts.add, "group:eng#member member group:all", YES),
        (facts.remove, "user:anne member group:eng", NO),
    ]

    assert answer(GROUPS, facts, "user:anne viewer doc:a") == NO
    for write, membership, expected in steps:
        write(line(membership))
        assert answer(GROUPS, facts, "user:anne viewer doc:a") == expected


def a_write_in_the_midst_of_a_question_is_not_lost() -> None:
    """What changes in another thread while groups are put together is seen by the next question."""
    facts = stored("group:eng#member viewer doc:a", "user:anne member group:eng")

    def meanwhile(*given: Any) -> object:
        found = contained_in(*given)
        facts.remove(line("user:anne member group:eng"))
        return found

    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(closures, "contained_in", meanwhile)
        answer(GROUPS, facts, "user:anne viewer doc:a")

    assert line("user:anne member group:eng") not in facts
    assert answer(GROUPS, facts, "user:anne viewer doc:a") == NO


def a_condition_comes_and_goes_with_its_relationship() -> None:
    """Allowed under a condition never becomes allowed: a relationship written anew counts as it was written last."""
    plain, conditional = line("user:anne viewer doc:a"), on("user:anne viewer doc:a", "office")
    facts = Relationships([plain])
    at_night = facing(GROUPS, facts, hour=23)

    for each, expected in ((conditional, NO), (plain, YES), (conditional, NO)):
        facts.add(each)
        assert answer(GROUPS, at_night, "user:anne viewer doc:a") == expected
    facts.remove(conditional)
    facts.add(plain)
    assert answer(GROUPS, at_night, "user:anne viewer doc:a") == YES


def questions_at_the_same_time_do_not_mix() -> None:
    """Checks and lists asked by several threads at once, by day and by night, get each their own answers."""
    facts = stored(on("user:anne viewer doc:a", "office"), "user:anne viewer doc:b")

    def ask(hour: int) -> set[object]:
        asked = facing(GROUPS, facts, hour=hour)
        return {
            each
            for _ in range(ROUNDS)
            for each in (
                answer(GROUPS, asked, "user:anne reader doc:a"),
                objects(GROUPS, asked, "user:anne reader doc"),
            )
        }

    with ThreadPoolExecutor(THREADS) as threads:
        by_day_and_night = list(threads.map(ask, (9, 23) * (THREADS // 2)))

    assert by_day_and_night == [{YES, ("doc:a", "doc:b")}, {NO, ("doc:b",)}] * (THREADS // 2)


_forget = Closures.forget


def _forgetting_seldom() -> Breakage:
    writes = count(1)

    def seldom(self: Closures) -> None:
        if next(writes) % 3 == 0:
            _forget(self)

    return broken("memberships are forgotten after several writes only", Closures, "forget", seldom)


def _remember_late(self: Closures, subject: Subject) -> Came:
    if subject not in self._known:
        found = closures.contained_in(self._memberships, {subject: None})
        self._known[subject] = found
    return self._known[subject]


def _sharing() -> Breakage:
    judged: dict[Any, Any] = {}
    original = View.__init__

    def shared(self: View, *arguments: Any) -> None:
        original(self, *arguments)
        self._judged = judged

    return broken("questions asked at the same time share their verdicts", View, "__init__", shared)


BUGS = (
    Bug(
        "E4",
        one_write_is_seen_by_the_next_read,
        (
            broken("memberships are remembered for ever", Closures, "forget", lambda _: None),
            _forgetting_seldom(),
        ),
    ),
    Bug(
        "E4",
        a_write_in_the_midst_of_a_question_is_not_lost,
        (broken("memberships are remembered though a change has overtaken them", Closures, "of", _remember_late),),
    ),
    Bug(
        "E4",
        a_condition_comes_and_goes_with_its_relationship,
        (
            broken(
                "a relationship keeps the condition that it first had",
                Relationships,
                "_put_condition",
                lambda self, relationship: self.conditions.setdefault(relationship.key, relationship.condition),
            ),
            broken("conditions are not stored", Relationships, "_put_condition", lambda *_: None),
        ),
    ),
    Bug("E4", questions_at_the_same_time_do_not_mix, (_sharing(),)),
)
