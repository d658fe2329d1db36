"""Circles and depth: definitions are refused, facts come to an end."""

from authz_core import (
    Computed,
    Direct,
    Exclusion,
    Intersection,
    InvalidModel,
    Model,
    Restriction,
    Rewrite,
    Union,
    load_model,
    validate_model,
)
from authz_core.evaluation.evidence import Outcome
from authz_core.evaluation.solving import Ask, Solver
from authz_core.language import entry_points, expressions
from authz_core.model import analysis
from authz_core.validation import definitions
from tests.assurance.asking import NO, YES, answer, is_refused, line, objects, stored
from tests.assurance.bugs import Bug, broken

USER = Direct((Restriction("user"),))

CIRCLES: tuple[dict[str, Rewrite], ...] = (
    {"a": Computed("a")},
    {"a": Union((USER, Computed("b"))), "b": Computed("a")},
    {"a": Union((USER, Computed("b"))), "b": Exclusion(USER, Computed("c")), "c": Intersection((USER, Computed("a")))},
)

TREE = load_model("""
model
  schema 1.1
type user
type group
  relations
    define member: [user, group#member]
type doc
  relations
    define parent: [doc]
    define viewer: [user, user with office, group#member] or viewer from parent
    define blocked: [user, group#member]
    define reader: viewer but not blocked
    define safe: (viewer but not blocked) or safe from parent
    define kept: (viewer but not blocked) and kept_above
    define kept_above: [user] or kept from parent
condition office(tags: list<string>) {
  size(tags) > 0
}
""")

RING = ("doc:y parent doc:x", "doc:z parent doc:y", "doc:x parent doc:z")

GROUPS = ("group:b#member member group:a", "group:a#member member group:b", "group:a#member viewer doc:x")

WRITTEN = """
model
  schema 1.1
type user
type doc
  relations
    define a: {}
    define b: {}
"""


def circular_definitions_are_refused() -> None:
    """A model in which a relation is computed from itself, however indirectly, is refused in both of its forms."""
    for relations in CIRCLES:
        model = Model(types={"user": {}, "doc": relations})

        assert is_refused(InvalidModel, validate_model, model), relations
    for definitions_of_both in (("[user] or b", "[user] or a"), ("b", "a"), ("[user] but not b", "[user] and a")):
        assert is_refused(InvalidModel, load_model, WRITTEN.format(*definitions_of_both)), definitions_of_both


def circular_facts_come_to_an_end() -> None:
    """Folders in each other and groups in each other are walked through once, and answered with no."""
    facts = stored(*RING, *GROUPS, "user:anne kept_above doc:x")
    for relation in ("viewer", "reader", "safe", "kept"):
        assert answer(TREE, facts, f"user:bob {relation} doc:x") == NO
        assert objects(TREE, facts, f"user:bob {relation} doc") == ()
    facts.add(line("user:bob member group:b"))
    assert answer(TREE, facts, "user:bob safe doc:z") == YES
    assert objects(TREE, facts, "user:bob safe doc") == ("doc:x", "doc:y", "doc:z")


def deep_definitions_are_refused() -> None:
    """Operators that nest deeper than is sensible are refused, and never exhaust the stack."""
    deep: Rewrite = USER
    for _ in range(5_000):
        deep = Union((deep, USER))
    assert is_refused(InvalidModel, Model, {"user": {}, "doc": {"a": deep}})
    load_model(WRITTEN.format(f"{'(b or ' * 60}b{')' * 60}", "[user]"))
    for depth in (100, 5_000):
        written = WRITTEN.format(f"{'(b or ' * depth}b{')' * depth}", "[user]")

        assert is_refused(InvalidModel, load_model, written)


_at_once = Solver._at_once


def _no_path(self: Solver, ask: Ask) -> Outcome | None:
    self._on_path.clear()
    return _at_once(self, ask)


BUGS = (
    Bug(
        "E14",
        circular_definitions_are_refused,
        (
            broken("nobody looks for circles in a model", definitions, "_circle_problems", lambda _: ()),
            broken("nobody looks for circles in a written model", entry_points, "circular", lambda _: ()),
        ),
    ),
    Bug(
        "E14", circular_facts_come_to_an_end, (broken("the way to a goal is not known", Solver, "_at_once", _no_path),)
    ),
    Bug(
        "E14",
        deep_definitions_are_refused,
        (
            broken("operators may nest to any depth", analysis, "DEEPEST", 1_000_000),
            broken("parentheses may nest to any depth", expressions, "DEEPEST", 1_000_000),
        ),
    ),
)
