"""Intersections and exclusions: each operand counts, on each side, however they are nested and whoever is named."""

from collections.abc import Callable
from itertools import product

from authz_core import load_model
from authz_core.evaluation import solving
from authz_core.evaluation.evidence import FALSE, Outcome, Verdict
from authz_core.evaluation.solving import Ask, Solver, Work
from tests.assurance.asking import NO, YES, answer, stored
from tests.assurance.bugs import Bug, broken
from tests.assurance.comparing import assert_agreement
from tests.authz_core.general_worlds import general_world

NESTED = load_model("""
model
  schema 1.1
type user
type group
  relations
    define member: [user, group#member]
type doc
  relations
    define parent: [doc]
    define a: [user, user:*, group#member]
    define b: [user, user:*, group#member]
    define c: [user, user:*, group#member]
    define both: a and b
    define all: a and b and c
    define without: a but not b
    define member: (a but not b) and c
    define forgiven: a but not (b but not c)
    define either: (a or b) and c
    define outside: a but not (b or c)
    define neither: (a but not b) but not c
    define odd: (a and b) or (b and c)
    define loop: a but not (b or loop from parent)
""")

MEANT: dict[str, Callable[[bool, bool, bool], bool]] = {
    "both": lambda a, b, _: a and b,
    "all": lambda a, b, c: a and b and c,
    "without": lambda a, b, _: a and not b,
    "member": lambda a, b, c: a and not b and c,
    "forgiven": lambda a, b, c: a and not (b and not c),
    "either": lambda a, b, c: (a or b) and c,
    "outside": lambda a, b, c: a and not (b or c),
    "neither": lambda a, b, c: a and not b and not c,
    "odd": lambda a, b, c: (a and b) or (b and c),
}

NAMED = (None, "user:anne", "user:*", "group:top#member")
GROUPS = ("user:anne member group:eng", "group:eng#member member group:top")


def set_operations_are_those_of_logic() -> None:
    """Every combination of operands, each held by nobody, by name, by everyone or by a group, gives what logic says."""
    for named in product(NAMED, repeat=3):
        lines = [f"{who} {relation} doc:x" for who, relation in zip(named, "abc", strict=True) if who]
        facts = stored(*GROUPS, *lines)
        for relation, meant in MEANT.items():
            expected = YES if meant(*(who is not None for who in named)) else NO

            assert answer(NESTED, facts, f"user:anne {relation} doc:x") == expected, (relation, lines)
    assert_agreement(general_world)


def what_hangs_on_itself_is_not_granted() -> None:
    """Where it depends on the answer itself whether something is taken away, it is; elsewhere it is not."""
    facts = stored("user:anne a doc:x", "doc:x parent doc:x", "user:anne a doc:y", "doc:z parent doc:y")

    assert answer(NESTED, facts, "user:anne loop doc:x") == NO
    assert answer(NESTED, facts, "user:anne loop doc:y") == YES


def groups_in_a_circle_are_not_outside() -> None:
    """Whoever cannot be told to be outside of the groups that are taken away, as they contain each other, is denied."""
    ring = ("group:eng#member b doc:x", "group:ops#member member group:eng", "group:eng#member member group:ops")
    facts = stored("user:anne a doc:x", *ring)

    assert answer(NESTED, facts, "user:anne without doc:x") == NO
    assert answer(NESTED, stored("user:anne a doc:x", *ring[:2]), "user:anne without doc:x") == YES


_every, _at_once = Solver._every, Solver._at_once


def _first_operand(self: Solver, operands: list[Ask]) -> Work:
    return _every(self, operands[:1])


def _base_alone(self: Solver, base: Ask, _: Ask) -> Work:
    return self._any(base)


def _subtract_first_part(self: Solver, base: Ask, subtract: Ask) -> Work:
    outcome = yield from self._any(base)
    taken = self._walk.reach(subtract.place)
    return FALSE if outcome.verdict is not Verdict.TRUE or taken.verdict is Verdict.TRUE else outcome


def _circle_is_no(self: Solver, ask: Ask) -> Outcome | None:
    outcome = _at_once(self, ask)
    return FALSE if outcome is not None and outcome.verdict is Verdict.CIRCULAR else outcome


def _no_public_exclusion(self: Solver, base: Ask, subtract: Ask) -> Work:
    outcome = yield from self._any(base)
    taken = yield from self._any(subtract)
    is_public = any(str(each).startswith("Relationship(subject='user:*'") for each in taken.evidence)
    return (
        FALSE if outcome.verdict is not Verdict.TRUE or (taken.verdict is Verdict.TRUE and not is_public) else outcome
    )


BUGS = (
    Bug(
        "E10",
        set_operations_are_those_of_logic,
        (
            broken("an intersection stops at its first operand", Solver, "_every", _first_operand),
            broken("an exclusion takes nothing away", Solver, "_except", _base_alone),
            broken("an exclusion within an exclusion is not looked at", Solver, "_except", _subtract_first_part),
            broken("what everyone is excluded from stays open to all", Solver, "_except", _no_public_exclusion),
        ),
    ),
    Bug(
        "E10",
        what_hangs_on_itself_is_not_granted,
        (broken("a question that meets itself is a plain no", Solver, "_at_once", _circle_is_no),),
    ),
    Bug(
        "E10",
        groups_in_a_circle_are_not_outside,
        (broken("groups in a circle are not noticed", solving, "runs_in_circle", lambda *_: False),),
    ),
)
