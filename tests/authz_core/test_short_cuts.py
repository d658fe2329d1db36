"""Trees of resources are answered by a short cut, which gives what the general walk gives, for less work."""

from collections.abc import Callable

import pytest
from typing_extensions import override

from authz_core import (
    WORK_LIMIT,
    Allowed,
    Conferred,
    Denied,
    Direct,
    FromParent,
    Holding,
    Limits,
    Model,
    Object,
    Reason,
    Relationship,
    RelationshipCondition,
    Relationships,
    Restriction,
    Rewrite,
    Role,
    Subject,
    Union,
    check,
    parse_object,
    parse_subject,
    permitted,
    situation,
)
from tests.authz_core.worlds import allows, fact, facts, holding

USER, EVERYONE = Restriction("user"), Restriction("user", wildcard=True)
MEMBER = Restriction("group", relation="member")

CONFERRED: dict[str, Rewrite] = {
    name: Union((Conferred(name), FromParent(name, "parent"))) for name in ("read", "write", "print")
}


def tree(*viewers: Restriction) -> Model:
    """Folders beneath folders, with viewers and with roles."""
    return Model(
        types={
            "user": {},
            "agent": {},
            "group": {"member": Direct((USER, MEMBER))},
            "team": {"member": Direct((USER,))},
            "folder": {
                "parent": Direct((Restriction("folder"),)),
                "viewer": Union((Direct(viewers), FromParent("viewer", "parent"))),
                **CONFERRED,
            },
        },
        roles={
            "editor": Role("editor", "folder", frozenset({"read", "write"})),
            "printer": Role("printer", "folder", frozenset({"print"})),
        },
        holders=(USER, MEMBER),
        delegable=frozenset({"folder"}),
    )


TEAM = Restriction("team", relation="member")
PRIVATE, PUBLIC = tree(USER, MEMBER, TEAM), tree(USER, MEMBER, TEAM, EVERYONE)
EVERYTHING = frozenset({"read", "write", "print"})

LEVELS = 60
CHAIN = [fact(f"folder:{number + 1}", "parent", f"folder:{number}") for number in range(LEVELS)]
TOP, BOTTOM = parse_object(f"folder:{LEVELS}"), parse_object("folder:0")
ANNE = parse_subject("user:anne")

# So many holders that to look them all up at each level is more than a question may cost.
CROWD = [
    each
    for number in range(16_000)
    for each in (
        fact("user:anne", "member", f"group:{number}"),
        fact(f"group:{number}#member", "viewer", "folder:elsewhere"),
    )
]


@pytest.mark.parametrize("model", [PRIVATE, PUBLIC])
@pytest.mark.parametrize(
    "lines",
    [
        (f"user:anne viewer {TOP}",),
        (f"user:anne viewer {TOP}", f"user:anne parent {TOP}"),
        (f"group:7#member viewer {TOP}",),
        ("group:7#member member group:x", f"group:x#member viewer {TOP}"),
    ],
)
def test_who_is_in_many_groups_is_answered(model: Model, lines: tuple[str, ...]) -> None:
    """A tree is climbed within the limit even by who is in so many groups that the walk would have to give up."""
    elsewhere = fact("user:bob", "viewer", "folder:elsewhere")._replace(condition=RelationshipCondition("any"))
    stored = Relationships([*CHAIN, *CROWD, elsewhere])
    walked = situation(model, stored, limits=Limits(steps=WORK_LIMIT - 1))

    assert check(model, walked, ANNE, "viewer", BOTTOM) == Denied(
        Reason.TOO_COMPLEX, f"more than {WORK_LIMIT - 1} steps"
    )
    for told in (stored, situation(model, stored, context={"unused": True})):
        assert check(model, told, ANNE, "viewer", BOTTOM) == Denied(Reason.NOT_HELD)
    for each in facts(*lines):
        stored.add(each)
    decision = check(model, stored, ANNE, "viewer", BOTTOM)
    assert isinstance(decision, Allowed)
    assert {*CHAIN, *facts(*lines)} >= {*decision.path} - {*CROWD}
    assert isinstance(check(model, Relationships(decision.path), ANNE, "viewer", BOTTOM), Allowed)


class Counted(dict[Subject, object]):
    """What subjects hold, and how often it was looked up."""

    count = 0

    @override
    def get(self, key: Subject, default: object = None) -> object:
        """Look up, and count."""
        self.count += 1
        return super().get(key, default)


def look_ups(stored: Relationships, ask: Callable[[], object]) -> int:
    """How often it is looked up what a subject holds, until the question is answered."""
    stored.held = counted = Counted(stored.held)  # type: ignore[assignment]  # it counts, and is a dict all the same
    ask()
    return counted.count


@pytest.mark.parametrize(
    ("lines", "given"),
    [
        ((f"user:anne editor {TOP}",), {"read", "write"}),
        ((f"user:anne editor {TOP}", "user:anne printer folder:3"), EVERYTHING),
        ((f"group:g#member printer {TOP}",), {"print"}),
        ((f"user:anne editor {TOP}", f"group:g#member printer {TOP}", f"user:anne viewer {TOP}"), EVERYTHING),
        ((), set()),
    ],
)
def test_many_permissions_cost_one_climb(lines: tuple[str, ...], given: set[str]) -> None:
    """However many permissions are asked for together, each principal is looked up once."""
    group = facts("user:anne member group:g", "group:g#member viewer folder:elsewhere")
    stored = Relationships([*CHAIN, *group, *facts(*lines)])

    assert permitted(PRIVATE, stored, ANNE, BOTTOM, EVERYTHING) == given
    assert look_ups(stored, lambda: permitted(PRIVATE, stored, ANNE, BOTTOM, EVERYTHING)) == 2


def test_who_may_hold_no_role_is_not_looked_into() -> None:
    """A team that holds something, but may hold no role, leaves the climb for many permissions as short as it was."""
    team = facts("user:anne member team:t", "team:t#member viewer folder:1", "team:t#member printer folder:1")
    stored = Relationships([*CHAIN, *team, fact("user:anne", "editor", "folder:1")])

    assert permitted(PRIVATE, stored, ANNE, BOTTOM, EVERYTHING) == {"read", "write"}
    assert look_ups(stored, lambda: permitted(PRIVATE, stored, ANNE, BOTTOM, EVERYTHING)) == 2


def test_who_may_not_be_in_a_group_gets_none_of_its_roles() -> None:
    """A stored member of a kind that the group does not take is permitted nothing of what the group holds."""
    stored = Relationships([*CHAIN, *facts("agent:bot member group:g", f"group:g#member editor {TOP}")])

    assert permitted(PRIVATE, stored, parse_subject("agent:bot"), BOTTOM, EVERYTHING) == set()


def test_what_is_held_beyond_the_tree_hides_nothing() -> None:
    """What a subject holds where the model does not lead keeps nothing from counting that its group holds below."""
    lines = ("ghost:x parent folder:1", "user:anne viewer ghost:x", "user:anne member group:g")
    stored = facts(
        "folder:1 parent folder:0", *lines, "group:g#member viewer folder:0", "group:g#member editor folder:1"
    )

    assert allows(PRIVATE, stored, "user:anne", "viewer", "folder:0")
    assert permitted(PRIVATE, stored, ANNE, BOTTOM, EVERYTHING) == {"read", "write"}


def test_a_bound_on_many_permissions_costs_one_climb() -> None:
    """What follows from holding a role is found for all permissions together, and nobody is looked up for it."""
    stored = Relationships(CHAIN)
    bound = Holding(Object(TOP), frozenset({"editor"}))

    assert permitted(PRIVATE, stored, bound, BOTTOM, EVERYTHING) == {"read", "write"}
    assert look_ups(stored, lambda: permitted(PRIVATE, stored, bound, BOTTOM, EVERYTHING)) == 0


@pytest.mark.parametrize("levels", [62, 63, 64, 65])
def test_trees_of_any_height_give_the_same(levels: int) -> None:
    """Where the short cut ends and the walk begins cannot be seen from the answers."""
    top = f"folder:{levels}"
    chain = [f"folder:{number + 1} parent folder:{number}" for number in range(levels)]
    stored = facts(*chain, f"user:anne editor {top}", f"user:anne viewer {top}")

    assert allows(PRIVATE, stored, "user:anne", "viewer", "folder:0")
    assert permitted(PRIVATE, stored, ANNE, BOTTOM, EVERYTHING) == {"read", "write"}
    assert permitted(PRIVATE, stored, holding(top, "printer"), BOTTOM, EVERYTHING) == {"print"}
    assert permitted(PRIVATE, stored, parse_subject("user:bob"), BOTTOM, EVERYTHING) == set()


def test_members_of_what_the_model_does_not_have_hold_nothing() -> None:
    """Where a list names a userset of which the model has no definition, its stored members hold nothing by it."""
    ghost = tree(USER, Restriction("ghost", relation="member"))
    stored = facts("user:anne member ghost:g", "ghost:g#member viewer folder:0", "ghost:g#member viewer folder:1")

    assert check(ghost, stored, ANNE, "viewer", BOTTOM) == Denied(Reason.NOT_HELD)


def test_a_path_names_every_level_and_every_group() -> None:
    """The proof of a climb leads from the subject through its groups, and from where they hold it down the tree."""
    own = (
        Relationship(ANNE, "member", parse_object("group:a")),
        fact("group:a#member", "member", "group:b"),
        fact("group:b#member", "viewer", "folder:2"),
    )
    decision = check(PRIVATE, Relationships([*CHAIN, *own]), ANNE, "viewer", BOTTOM)

    assert isinstance(decision, Allowed)
    assert decision.path == (*own, CHAIN[1], CHAIN[0])
