"""Wrong denials: whoever has a relation by any way, however long, has it."""

from collections.abc import Iterator, Mapping

from authz_core import Limits, Object, Relationship, Relationships, Situation, Subject, Userset, load_model, type_of
from authz_core.evaluation import climbing, principals, steps
from authz_core.evaluation.climbing import STEEP
from authz_core.evaluation.facts import Trouble, View
from authz_core.evaluation.principals import Doubtful
from authz_core.evaluation.solving import Solver
from authz_core.evaluation.steps import Goal, Step, Steps
from authz_core.evaluation.walking import Walk
from authz_core.model.plans import Plan
from authz_core.relationships.bags import Bag, members
from authz_core.relationships.closures import Came
from tests.assurance.asking import NO, TOO_COMPLEX, YES, answer, stored
from tests.assurance.bugs import Bug, blurred, broken
from tests.assurance.comparing import assert_agreement
from tests.authz_core.rbac_worlds import rbac_world

TREE = load_model("""
model
  schema 1.1
type user
type group
  relations
    define owner: [user]
    define member: [user, group#member]
    define staff: [group#staff, user] or owner
type folder
  relations
    define parent: [folder]
    define blocked: [user]
    define viewer: [user, user:*, group#member] or viewer from parent
    define reader: [user, user:*, group#member, group#staff] or reader from parent
    define calm: reader but not blocked
    define wide: (reader from parent but not blocked) or (viewer from parent but not blocked)
    define held: [user]
    define safe: (held but not blocked) or safe from parent
    define open: [user:*]
    define closed: [user:*]
    define public: open but not closed
""")


def tree(height: int) -> list[str]:
    """Folders that each lie in the next one."""
    return [f"folder:f{number + 1} parent folder:f{number}" for number in range(height)]


def every_way_leads_there() -> None:
    """By the second parent, by the group of a group, by a computed group or as one of everyone: each is enough."""
    ways = (
        ("folder:w parent folder:x", "folder:v parent folder:x", "user:anne {} folder:v"),
        ("folder:v parent folder:x", "folder:w parent folder:x", "user:anne {} folder:v"),
        ("user:anne member group:a", "group:a#member member group:b", "group:b#member {} folder:x"),
        ("user:* {} folder:x",),
        ("folder:v parent folder:x", "user:* {} folder:v"),
    )
    for relation, way in ((relation, way) for relation in ("viewer", "reader") for way in ways):
        facts = stored(*(step.format(relation) for step in way))

        assert answer(TREE, facts, f"user:anne {relation} folder:x") == YES, way
        assert answer(TREE, facts, f"user:anne {relation} folder:y") == NO
    assert_agreement(rbac_world)


def a_computed_group_is_looked_into() -> None:
    """Who owns a group in a group has what all staff has, with an exclusion above it or none."""
    facts = stored("user:anne owner group:a", "group:a#staff staff group:b", "group:b#staff reader folder:x")

    assert answer(TREE, facts, "user:anne reader folder:x") == YES
    assert answer(TREE, facts, "user:anne calm folder:x") == YES


def a_place_is_looked_at_for_each_relation() -> None:
    """What is not held of one relation on the parent says nothing of another one there."""
    facts = stored("folder:top parent folder:x", "user:anne viewer folder:top")

    assert answer(TREE, facts, "user:anne wide folder:x") == YES
    assert answer(TREE, facts, "user:bob wide folder:x") == NO


def what_is_open_to_everyone_is_open_to_each() -> None:
    """Where nobody but everyone may be named, beneath an exclusion too, each one has it."""
    assert answer(TREE, stored("user:* open folder:x"), "user:anne public folder:x") == YES


def no_height_is_too_high() -> None:
    """A tree is climbed to its top, be it a level lower or higher than what the short cut takes."""
    for height in (0, 1, STEEP - 2, STEEP - 1, STEEP, STEEP + 1, 4 * STEEP):
        facts = stored(*tree(height), f"user:anne viewer folder:f{height}", f"user:anne reader folder:f{height}")

        assert answer(TREE, facts, "user:anne viewer folder:f0") == YES
        assert answer(TREE, facts, "user:anne calm folder:f0") == YES


def too_far_by_one_way_is_not_too_far_by_all() -> None:
    """With a limit on hops, what was met too far away is looked at again where a shorter way leads to it."""
    facts = stored(
        *("folder:l parent folder:x", "folder:m parent folder:l", "folder:m parent folder:x"),
        *("folder:top parent folder:m", "user:anne held folder:top"),
    )
    for hops, expected in ((1, TOO_COMPLEX), (2, YES), (3, YES)):
        assert answer(TREE, Situation(facts, limits=Limits(hops=hops)), "user:anne safe folder:x") == expected


_parents, _from, _trail = View.parents, Steps.monotone_from, climbing._trail


def _first_parent(self: View, tupleset: str, thing: Object) -> Iterator[Relationship]:
    yield from [*_parents(self, tupleset, thing)][:1]


def _one_step(memberships: Mapping[Subject, Bag[Userset]], came: dict[Subject, Subject | None]) -> Came:
    return {**came, **{userset: subject for subject in came for userset in members(memberships.get(subject))}}


def _parents_alone(self: Steps, goal: Goal, troubles: set[Trouble]) -> Iterator[Step]:
    for step in _from(self, goal, troubles):
        if step[0].relation == "parent":
            yield step


def _low(facts: Relationships, plan: Plan, thing: Object) -> list[Object]:
    try:
        return _trail(facts, plan, thing)
    except Doubtful:
        return [thing]


BUGS = (
    Bug(
        "E12",
        every_way_leads_there,
        (
            broken("the first parent is the only one", View, "parents", _first_parent),
            broken("groups within groups are not followed", principals, "contained_in", _one_step),
        ),
    ),
    Bug(
        "E12",
        a_computed_group_is_looked_into,
        (broken("groups are not looked into from above", Steps, "monotone_from", _parents_alone),),
    ),
    Bug(
        "E12",
        a_place_is_looked_at_for_each_relation,
        (blurred("failures are kept by the object alone", Walk, "_failed", lambda place: place.goal[0]),),
    ),
    Bug(
        "E12",
        what_is_open_to_everyone_is_open_to_each,
        (
            broken(
                "routes from everyone are overlooked",
                steps,
                "_kinds",
                lambda _, subject: frozenset((type_of(subject),)),
            ),
        ),
    ),
    Bug("E12", no_height_is_too_high, (broken("the short cut gives up and says no", climbing, "_trail", _low),)),
    Bug(
        "E12",
        too_far_by_one_way_is_not_too_far_by_all,
        (blurred("answers are kept without their distance", Solver, "_known", lambda ask: ask.place.goal),),
    ),
)
