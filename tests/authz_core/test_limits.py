"""Deep, wide and dense facts: an answer or a refusal in bounded time, never a crash and never a wrong yes."""

import pytest

from authz_core import (
    WORK_LIMIT,
    Allowed,
    Computed,
    Decision,
    Denied,
    Direct,
    Exclusion,
    FromParent,
    Intersection,
    InvalidModel,
    Model,
    Reason,
    Relationship,
    Relationships,
    Restriction,
    Rewrite,
    Union,
    parse_object,
    parse_subject,
    permitted,
)
from tests.authz_core.documents import SHARING
from tests.authz_core.test_rbac import APOLLO, SAAS
from tests.authz_core.test_set_operations import folders
from tests.authz_core.worlds import asked, fact, facts, holding

DEEP = 10_000

INHERITED: dict[str, Rewrite] = {
    "seen": Union((Computed("a"), FromParent("seen", "parent"))),
    "kept": Union((Exclusion(Computed("seen"), Computed("b")), FromParent("kept", "parent"))),
    "both": Intersection((Computed("seen"), Union((Computed("b"), FromParent("both", "parent"))))),
    "safe": Union(
        (Intersection((Exclusion(Computed("seen"), Computed("shut")), Computed("c"))), FromParent("safe", "parent"))
    ),
}
SHUT: dict[str, Rewrite] = {"shut": Union((Computed("b"), FromParent("shut", "parent")))}
FOLDERS = folders(**INHERITED, **SHUT)


def chain(length: int) -> list[Relationship]:
    """Folders that each lie in the next one."""
    return [fact(f"folder:f{number + 1}", "parent", f"folder:f{number}") for number in range(length)]


def nest(length: int) -> list[Relationship]:
    """Groups that are each contained in the next one, with Anne in the first."""
    nested = [fact(f"group:g{number}#member", "member", f"group:g{number + 1}") for number in range(length)]
    return [fact("user:anne", "member", "group:g0"), *nested]


def is_honest(decision: Decision, *, expected: bool) -> bool:
    """Whether the answer is right, or is that there was too much to do."""
    match decision:
        case Allowed():
            return expected
        case Denied(reason):
            return reason is Reason.TOO_COMPLEX or (reason is Reason.NOT_HELD and not expected)


@pytest.mark.parametrize("relation", INHERITED)
@pytest.mark.parametrize("length", [63, 64, 65, 500, DEEP])
def test_deep_trees(relation: str, length: int) -> None:
    """A tree of any depth is climbed to its top, or given up with a reason."""
    top = f"folder:f{length}"
    stored = Relationships([*chain(length), fact("user:anne", "a", top), fact("user:anne", "c", top)])
    stored.add(fact("user:anne", "b", top if relation == "both" else "folder:elsewhere"))

    for subject, expected in (("user:anne", True), ("user:bob", False)):
        decision = asked(FOLDERS, stored, subject, relation, "folder:f0")
        assert is_honest(decision, expected=expected)
        if length <= 500:
            assert isinstance(decision, Allowed) or decision == Denied(Reason.NOT_HELD)


def test_an_exclusion_at_each_level_looks_at_each_level_once() -> None:
    """Where every level of a tree asks what takes away above it, the tree is walked once and not each time."""
    stored = Relationships([*chain(500), fact("user:anne", "a", "folder:f500")])

    assert asked(FOLDERS, stored, "user:anne", "safe", "folder:f0") == Denied(Reason.NOT_HELD)


@pytest.mark.slow
def test_what_is_too_deep_is_given_up() -> None:
    """A tree and groups deeper than a question may look are refused with that reason."""
    tree = Relationships([*chain(WORK_LIMIT), fact("user:anne", "a", f"folder:f{WORK_LIMIT}")])
    groups = Relationships([*nest(WORK_LIMIT), fact(f"group:g{WORK_LIMIT}#member", "viewer", "doc:a")])

    for decision in (
        asked(FOLDERS, tree, "user:anne", "seen", "folder:f0"),
        asked(FOLDERS, tree, "user:anne", "kept", "folder:f0"),
        asked(SHARING, groups, "user:anne", "viewer", "doc:a"),
    ):
        assert decision == Denied(Reason.TOO_COMPLEX, f"more than {WORK_LIMIT} steps")


def test_a_deep_proof_is_complete() -> None:
    """The proof of what lies ten thousand levels deep names every level."""
    stored = Relationships([*chain(DEEP), fact("user:anne", "a", f"folder:f{DEEP}")])
    decision = asked(FOLDERS, stored, "user:anne", "kept", "folder:f0")

    assert isinstance(decision, Allowed)
    assert set(decision.path) == set(stored)


def test_a_bound_reaches_deep() -> None:
    """What is held on the top of a deep tree reaches its bottom."""
    decision = asked(FOLDERS, Relationships(chain(DEEP)), holding(f"folder:f{DEEP}", "a"), "seen", "folder:f0")

    assert isinstance(decision, Allowed)
    assert len(decision.path) == DEEP


@pytest.mark.parametrize("length", [500, DEEP])
def test_deeply_nested_groups(length: int) -> None:
    """Groups nested ten thousand deep are followed outward, on either side of an exclusion."""
    outermost = f"group:g{length}#member"
    lines = (
        "user:anne viewer doc:b",
        f"{outermost} blocked doc:b",
        f"{outermost} viewer doc:a",
        "user:bob viewer doc:b",
    )
    stored = Relationships([*nest(length), *facts(*lines)])

    assert is_honest(asked(SHARING, stored, "user:anne", "reader", "doc:b"), expected=False)
    assert isinstance(asked(SHARING, stored, "user:anne", "viewer", "doc:a"), Allowed)
    assert isinstance(asked(SHARING, stored, "user:bob", "reader", "doc:b"), Allowed)


def test_computed_groups_nested_deeply() -> None:
    """Usersets that must be asked themselves may be nested to any depth too."""
    nested = [fact(f"team:t{number}#crew", "crew", f"team:t{number + 1}") for number in range(DEEP)]
    stored = Relationships([*nested, fact("user:olga", "owner", "team:t0")])

    assert is_honest(asked(SHARING, stored, "user:olga", "crew", f"team:t{DEEP}"), expected=True)
    assert is_honest(asked(SHARING, stored, "user:anne", "crew", f"team:t{DEEP}"), expected=False)


@pytest.mark.parametrize("relation", INHERITED)
def test_many_ways_through_a_lattice(relation: str) -> None:
    """Where two parents at each of sixty levels make 2^60 ways, each folder is looked at once or so."""
    levels = [(number, here, up) for number in range(60) for here in "lr" for up in "lr"]
    stored = Relationships(
        fact(f"folder:{number + 1}{up}", "parent", f"folder:{number}{here}") for number, here, up in levels
    )
    stored.apply(added=facts("user:anne a folder:60l", "user:anne b folder:60l", "user:anne c folder:60l"), removed=())

    assert asked(FOLDERS, stored, "user:bob", relation, "folder:0l") == Denied(Reason.NOT_HELD)
    assert is_honest(asked(FOLDERS, stored, "user:anne", relation, "folder:0l"), expected=relation != "safe")


@pytest.mark.parametrize("relation", INHERITED)
def test_everything_above_everything(relation: str) -> None:
    """Folders that all lie in each other are an answer, or too much, but never a yes for a stranger."""
    names = [f"folder:f{number}" for number in range(25)]
    stored = Relationships(fact(above, "parent", below) for above in names for below in names)

    assert is_honest(asked(FOLDERS, stored, "user:bob", relation, "folder:f0"), expected=False)


def test_members_are_not_counted_when_one_asks() -> None:
    """A group of a hundred thousand members and a document given to as many groups cost a lookup."""
    members = [fact(f"user:u{number}", "member", "group:big") for number in range(100_000)]
    given = [fact(f"group:g{number}#member", "viewer", "doc:a") for number in range(100_000)]
    stored = Relationships([*members, *given, *facts("group:big#member viewer doc:b", "user:anne member group:g77")])

    assert isinstance(asked(SHARING, stored, "user:u77", "viewer", "doc:b"), Allowed)
    assert isinstance(asked(SHARING, stored, "user:anne", "viewer", "doc:a"), Allowed)
    assert asked(SHARING, stored, "user:bob", "viewer", "doc:a") == Denied(Reason.NOT_HELD)


def test_too_many_memberships_are_too_much() -> None:
    """A subject in more groups than a question may look at is refused with that reason, whatever is asked of it."""
    memberships = [fact("user:anne", "member", f"group:g{number}") for number in range(WORK_LIMIT + 1)]
    stored = Relationships([*memberships, *facts(*APOLLO, "group:g1#member project-editor project:apollo")])
    among = frozenset({"app:view", "app:edit"})

    for relation in among:
        decision = asked(SAAS, stored, "user:anne", relation, "app:shop")
        assert decision == Denied(Reason.TOO_COMPLEX, f"more than {WORK_LIMIT} steps")
    assert permitted(SAAS, stored, parse_subject("user:anne"), parse_object("app:shop"), among) == frozenset()


def test_roles_on_the_way_are_not_counted_twice() -> None:
    """Many roles at each level of a tree, none of which confers what is asked, cost one look each."""
    others = [f"user:anne project-viewer project:p{number}" for number in range(1_000)]
    stored = facts(
        *APOLLO, *others, *(f"group:g{number}#member project-viewer project:apollo" for number in range(1_000))
    )
    stored.apply(added=[fact("user:anne", "member", f"group:g{number}") for number in range(1_000)], removed=())

    assert asked(SAAS, stored, "user:anne", "app:edit", "app:shop") == Denied(Reason.NOT_HELD)


def test_operators_nested_without_end_are_refused() -> None:
    """A definition that nests its operators deeper than any author would is no model, and no stack overflows."""
    deep: Rewrite = Computed("a")
    for _ in range(100_000):
        deep = Union((deep, Computed("a")))
    with pytest.raises(InvalidModel, match="nest more than 64 deep"):
        Model(types={"doc": {"viewer": deep}})


@pytest.mark.parametrize("bottom", [Direct((Restriction("user"),)), Direct((Restriction("user", condition="open"),))])
def test_definitions_that_lean_on_each_other_without_end_are_refused(bottom: Rewrite) -> None:
    """A model whose relations are computed from thousands of others is refused at once and not compiled for minutes."""
    chain = {f"r{number}": Computed(f"r{number + 1}") for number in range(5_000)}

    with pytest.raises(InvalidModel, match=r"more than [\d,]+ times in all"):
        Model(types={"user": {}, "doc": {**chain, "r5000": bottom}})


@pytest.mark.slow
def test_routes_without_end_are_refused() -> None:
    """A model whose relations lead to thousands of others on many types is refused at once, too."""
    types: dict[str, dict[str, Rewrite]] = {"user": {}}
    for number in range(2_000):
        above = Direct((Restriction(f"t{number + 1}"), Restriction("user", condition="open")))
        types[f"t{number}"] = {"up": above, "seen": FromParent("seen", "up")}
    types["t2000"] = {"seen": Direct((Restriction("user"),))}

    with pytest.raises(InvalidModel, match=r"lead to other relations more than [\d,]+ times in all"):
        Model(types=types)
