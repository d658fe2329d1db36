"""Answers that were cut short by a circle, by trouble or by a limit, and must not be used as if they were not."""

from typing_extensions import override

from authz_core import WORK_LIMIT, load_model
from authz_core.evaluation.evidence import Evidence, Outcome, Verdict
from authz_core.evaluation.facts import Trouble
from authz_core.evaluation.inquiry import Inquiry
from authz_core.evaluation.solving import Ask, Solver
from authz_core.evaluation.steps import Goal
from authz_core.evaluation.walking import Place, Walk
from authz_core.listing.asking import Asking
from authz_core.relationships import closures
from authz_core.relationships.limits import Exhausted
from tests.assurance.asking import MISSING, TOO_COMPLEX, YES, answer, objects, on, stored, subjects
from tests.assurance.bugs import Bug, broken

CIRCULAR = load_model("""
model
  schema 1.1
type user
type folder
  relations
    define parent: [folder]
    define a: [user]
    define c: [user]
    define on: off from parent or (a but not c)
    define off: on from parent but not c
    define both: on from parent and c
    define top: both from parent or off from parent
""")

DOCS = load_model("""
model
  schema 1.1
type user
type group
  relations
    define member: [user, group#member]
type folder
  relations
    define parent: [folder]
    define blocked: [user with office] or blocked from parent
    define viewer: [user, group#member]
    define banned: [user]
    define excused: [user]
    define barred: (banned but not excused) or barred from parent
type doc
  relations
    define parent: [folder]
    define owner: [user]
    define viewer: [user, group#member] or viewer from parent
    define reader: (owner but not blocked from parent) or (viewer but not blocked from parent)
    define safe: owner but not barred from parent
condition office(hour: int) {
  hour >= 8 && hour < 18
}
""")


def what_a_circle_cut_short_is_not_used_again() -> None:
    """What was false only because a question came round to itself is worked out anew where it does not."""
    facts = stored("folder:x parent folder:x", "user:anne a folder:x")

    assert answer(CIRCULAR, facts, "user:anne top folder:x") == YES


def what_trouble_cut_short_is_not_a_no() -> None:
    """What could not be worked out for the first operand is not taken for a no by the second one."""
    facts = stored(
        *("user:anne owner doc:a", "user:anne viewer doc:a", "folder:f parent doc:a", "folder:g parent folder:f"),
        on("user:anne blocked folder:g", "office"),
    )

    assert answer(DOCS, facts, "user:anne reader doc:a") == MISSING


def what_a_small_limit_cut_short_is_asked_again() -> None:
    """A list asks again with more steps where the first few were not enough."""
    tree = [f"folder:f{number + 1} parent folder:f{number}" for number in range(60)]
    facts = stored(*tree, "folder:f0 parent doc:a", "user:anne owner doc:a")

    assert objects(DOCS, facts, "user:anne safe doc") == ("doc:a",)
    assert subjects(DOCS, facts, "user safe doc:a") == ("user:anne",)


def what_the_limit_cut_short_is_told() -> None:
    """Somebody in more groups than a question may look at is not denied as if those were all."""
    groups = [f"user:anne member group:g{number}" for number in range(WORK_LIMIT + 1)]
    facts = stored("group:top#member viewer doc:a", "group:last#member member group:top", *groups)

    for _ in range(2):
        assert answer(DOCS, facts, "user:anne viewer doc:a") == TOO_COMPLEX


def _finish(self: Solver, ask: Ask, outcome: Outcome, cuts: int) -> Outcome:
    self._on_path.discard(ask.place.goal)
    self._known[ask] = outcome
    return outcome


_held_at = Walk._held_at


def _hasty(self: Walk, place: Place, troubles: set[Trouble]) -> Evidence | None:
    evidence = _held_at(self, place, troubles)
    if evidence is None:
        self._failed[place] = None
    return evidence


_solver = Solver.__init__


class _Indelible(set[Goal]):
    """A path that is never left."""

    @override
    def clear(self) -> None:
        """Stay as it is."""


def _leave_a_trail(self: Solver, walk: Walk) -> None:
    _solver(self, walk)
    self._on_path = _Indelible()


def _decide_soon(_: Asking, inquiry: Inquiry, goal: Goal) -> bool:
    try:
        return inquiry.outcome(goal, 32).verdict is Verdict.TRUE
    except Exhausted:
        return False


_contained_in = closures.contained_in


def _as_far_as_possible(memberships: object, came: dict[str, str | None]) -> object:
    try:
        return _contained_in(memberships, came)  # type: ignore[arg-type]  # handed on as they come
    except Exhausted:
        return came


BUGS = (
    Bug(
        "E2",
        what_a_circle_cut_short_is_not_used_again,
        (broken("answers are remembered though a circle cut them short", Solver, "_finish", _finish),),
    ),
    Bug(
        "E2",
        what_trouble_cut_short_is_not_a_no,
        (broken("a goal is remembered as failed before it is known", Walk, "_held_at", _hasty),),
    ),
    Bug(
        "E2",
        what_a_small_limit_cut_short_is_asked_again,
        (
            broken("a list takes too few steps for a no", Asking, "decided", _decide_soon),
            broken("a question that ran out of steps leaves its path behind", Solver, "__init__", _leave_a_trail),
        ),
    ),
    Bug(
        "E2",
        what_the_limit_cut_short_is_told,
        (
            broken(
                "the groups of somebody are those found until the limit", closures, "contained_in", _as_far_as_possible
            ),
        ),
    ),
)
