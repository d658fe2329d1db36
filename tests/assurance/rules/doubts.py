"""What cannot be worked out: neither yes nor no, overruled by whatever decides without it, told for what it is."""

from collections.abc import Mapping
from itertools import product

from authz_core import (
    Condition,
    ConditionError,
    Denied,
    MissingContext,
    Reason,
    check,
    holds,
    load_model,
    parse_object,
    parse_subject,
)
from authz_core.evaluation import facts as seen
from authz_core.evaluation import solving, walking
from authz_core.evaluation.evidence import FALSE, Evidence, Outcome, Verdict
from authz_core.evaluation.facts import Trouble
from authz_core.evaluation.solving import Ask, Solver, Work
from authz_core.evaluation.steps import Steps
from authz_core.evaluation.walking import Place, Walk
from tests.assurance.asking import MISSING, NO, YES, Line, answer, facing, on, stored
from tests.assurance.bugs import Bug, broken
from tests.assurance.comparing import assert_agreement
from tests.authz_core.condition_worlds import conditional_world

THREE = load_model("""
model
  schema 1.1
type user
type agent
type group
  relations
    define member: [user]
type doc
  relations
    define a: [user, user with office]
    define b: [user, user with office]
    define union: a or b
    define every: a and b
    define except: a but not b
    define staff: [group#member with office]
    define open: [agent] or staff
condition office(hour: int, day: string) {
  hour >= 8 && hour < 18 && day != "sunday"
}
""")

FAILED = Reason.CONDITION_FAILED.value
T, F, E = YES, NO, MISSING

TABLE = {
    "union": {(T, T): T, (T, F): T, (F, T): T, (T, E): T, (E, T): T, (F, F): F, (F, E): E, (E, F): E, (E, E): E},
    "every": {(T, T): T, (T, F): F, (F, T): F, (T, E): E, (E, T): E, (F, F): F, (F, E): F, (E, F): F, (E, E): E},
    "except": {(T, T): F, (T, F): T, (F, T): F, (T, E): E, (E, T): F, (F, F): F, (F, E): F, (E, F): E, (E, E): E},
}


def what_is_undecided_is_decided_by_the_rest() -> None:
    """A yes beside it decides a union, a no an intersection, and either side an exclusion; nothing else does."""
    for relation, (one, other) in product(TABLE, product((T, F, E), repeat=2)):
        lines = [_operand(name, truth) for name, truth in (("a", one), ("b", other)) if truth is not F]

        found = answer(THREE, stored(*lines), f"user:anne {relation} doc:x")
        assert found == TABLE[relation][one, other], (relation, one, other)
    assert_agreement(conditional_world)


def what_is_missing_is_named() -> None:
    """The denial says that context is missing, for which relationship and condition, and which parameters exactly."""
    facts = stored(on("user:anne a doc:x", "office", day="monday"))
    anne, doc = parse_subject("user:anne"), parse_object("doc:x")
    decision = check(THREE, facts, anne, "a", doc)

    assert isinstance(decision, Denied)
    assert decision.reason is Reason.CONTEXT_MISSING
    assert all(word in decision.detail for word in ("user:anne a doc:x", "`office`", "`hour`"))
    assert "`day`" not in decision.detail


def what_is_missing_is_told_from_what_is_wrong() -> None:
    """A missing value, a value of the wrong type, a condition that is not met, and one that is, are four answers."""
    facts = stored(on("user:anne a doc:x", "office", day="monday"))
    for context, expected in (({}, E), ({"hour": "nine"}, FAILED), ({"hour": 20}, F), ({"hour": 9}, T)):
        assert answer(THREE, facing(THREE, facts, **context), "user:anne a doc:x") == expected


def where_no_route_leads_nothing_is_missing() -> None:
    """A condition on a branch to which the model has no route from subjects of this kind is not asked about."""
    facts = stored(on("group:eng#member staff doc:x", "office"))
    for relation in ("staff", "open"):
        assert answer(THREE, facts, f"user:anne {relation} doc:x") == MISSING
        assert answer(THREE, facts, f"agent:spy {relation} doc:x") == NO


def _operand(relation: str, truth: str) -> Line:
    text = f"user:anne {relation} doc:x"
    return on(text, "office") if truth is MISSING else text


_held_at = Walk._held_at


def _doubt_wins(self: Walk, place: Place, troubles: set[Trouble]) -> Evidence | None:
    evidence = _held_at(self, place, troubles)
    return None if troubles else evidence


def _every_at_first_doubt(self: Solver, operands: list[Ask]) -> Work:
    for operand in operands:
        outcome = yield from self._any(operand)
        if outcome.verdict is not Verdict.TRUE:
            return outcome
    return Outcome(Verdict.TRUE)


def _except_at_first_doubt(self: Solver, base: Ask, subtract: Ask) -> Work:
    outcome = yield from self._any(base)
    if outcome.verdict is not Verdict.TRUE:
        return outcome
    taken = yield from self._any(subtract)
    if taken.trouble is not None:
        return taken
    return outcome if taken.verdict is Verdict.FALSE else FALSE


def _not_met(condition: Condition, context: str, asked: Mapping[str, object]) -> bool:
    try:
        return holds(condition, context, asked)
    except MissingContext:
        raise
    except ConditionError:
        return False


def _all_missing(condition: Condition, context: str, asked: Mapping[str, object]) -> bool:
    try:
        return holds(condition, context, asked)
    except MissingContext:
        raise MissingContext(tuple(parameter.name for parameter in condition.parameters)) from None


BUGS = (
    Bug(
        "E13",
        what_is_undecided_is_decided_by_the_rest,
        (
            broken("what the walk cannot decide is a no", walking, "undecided", lambda *_: FALSE),
            broken("what a set operation cannot decide is a no", solving, "undecided", lambda *_: FALSE),
            broken("a doubt wins over a yes beside it", Walk, "_held_at", _doubt_wins),
            broken("an intersection stops at its first doubt", Solver, "_every", _every_at_first_doubt),
            broken("an exclusion stops at its first doubt", Solver, "_except", _except_at_first_doubt),
        ),
    ),
    Bug(
        "E13",
        what_is_missing_is_named,
        (broken("all parameters are said to be missing", seen, "holds", _all_missing),),
    ),
    Bug(
        "E13",
        what_is_missing_is_told_from_what_is_wrong,
        (
            broken("a missing value is a wrong one", seen, "MissingContext", ZeroDivisionError),
            broken("a condition that fails is one that is not met", seen, "holds", _not_met),
        ),
    ),
    Bug(
        "E13",
        where_no_route_leads_nothing_is_missing,
        (broken("branches are looked at by whoever asks", Steps, "_leads_from", lambda *_: True),),
    ),
)
