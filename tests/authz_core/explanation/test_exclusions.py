"""What is subtracted: when it is certain to be absent, and what is done where it is not."""

import pytest

from authz_core import (
    Allowed,
    Computed,
    Conferred,
    Direct,
    Exclusion,
    FromParent,
    Intersection,
    Miss,
    MissKind,
    Model,
    Proof,
    Restriction,
    Rewrite,
    Role,
    Union,
    load_model,
)
from tests.authz_core.explanation.documents import OFFICE, lines, until, why
from tests.authz_core.explanation.test_misses import advice
from tests.authz_core.worlds import fact, holding

USER = Direct((Restriction("user"),))
MEMBER = Direct((Restriction("group", relation="member"),))


def taking_away(subtract: Rewrite) -> Model:
    """A model in which readers are viewers without those whom the expression names."""
    return Model(
        types={
            "user": {},
            "group": {"member": USER},
            "doc": {
                "parent": Direct((Restriction("doc"),)),
                "viewer": USER,
                "blocked": Union((USER, MEMBER)),
                "late": USER,
                "excused": USER,
                "banned": Conferred("ban"),
                "reader": Exclusion(Computed("viewer"), subtract),
            },
        },
        roles={"outcast": Role("outcast", "doc", frozenset({"ban"}))},
        holders=USER.restrictions,
        delegable=frozenset({"doc"}),
    )


BOTH = Intersection((Computed("blocked"), Computed("late")))
UNEXCUSED = Exclusion(Computed("blocked"), Computed("excused"))


@pytest.mark.parametrize(
    ("subtract", "stored", "allowed"),
    [
        (BOTH, ["user:ann blocked doc:a"], True),
        (BOTH, ["user:ann blocked doc:a", "user:ann late doc:a"], False),
        (UNEXCUSED, ["user:ann excused doc:a"], True),
        (UNEXCUSED, ["user:ann blocked doc:a", "user:ann excused doc:a"], True),
        (UNEXCUSED, ["user:ann blocked doc:a"], False),
        (Conferred("ban"), [], True),
        (Conferred("ban"), ["user:ann outcast doc:a"], False),
        (FromParent("blocked", "parent"), ["doc:b parent doc:a", "user:bob blocked doc:b"], True),
        (FromParent("blocked", "parent"), ["doc:b parent doc:a", "user:ann blocked doc:b"], False),
        (USER, ["user:bob reader doc:a"], True),
        (USER, ["user:ann reader doc:a"], False),
        (MEMBER, ["group:g#member reader doc:a", "user:bob member group:g"], True),
        (MEMBER, ["group:g#member reader doc:a", "user:ann member group:g"], False),
        (Union((BOTH, USER)), ["user:ann late doc:a"], True),
    ],
)
def test_every_expression_may_be_subtracted(subtract: Rewrite, stored: list[str], *, allowed: bool) -> None:
    """Whatever is subtracted is shown to be absent where it is, and named where it is not."""
    explanation = why(lines("user:ann viewer doc:a", *stored), "user:ann", "reader", model=taking_away(subtract))

    assert isinstance(explanation.decision, Allowed) is allowed
    match explanation.reason:
        case Proof(_, steps):
            assert "absent" in {step.kind for step in steps}
        case Miss(kind, changes):
            assert kind is MissKind.EXCLUDED
            assert [change.relationship in lines(*stored) for change in changes] == [True]


def test_an_exclusion_within_an_exclusion_is_taken_away_as_a_whole() -> None:
    """Where what is excluded is the base of another exclusion, both are told."""
    model = taking_away(Computed("blocked"))
    nested = Model(
        types={
            **model.types,
            "doc": {**model.types["doc"], "late_reader": Exclusion(Computed("reader"), Computed("late"))},
        }
    )
    stored = lines("user:ann viewer doc:a", "user:ann late doc:a")

    assert advice(why(stored, "user:ann", "late_reader", model=nested)) == ["remove user:ann late doc:a"]
    twice = why([*stored, fact("user:ann", "blocked", "doc:a")], "user:ann", "late_reader", model=nested)
    assert advice(twice) == ["remove user:ann late doc:a", "remove user:ann blocked doc:a"]


def test_what_takes_away_twice_goes_once() -> None:
    """Where two operands are lost for the same relationship, it is named once."""
    model = taking_away(Computed("blocked"))
    both = Intersection((Computed("reader"), Exclusion(Computed("excused"), Computed("blocked"))))
    twice = Model(types={**model.types, "doc": {**model.types["doc"], "trusted": both}})
    stored = lines("user:ann viewer doc:a", "user:ann excused doc:a", "user:ann blocked doc:a")

    assert advice(why(stored, "user:ann", "trusted", model=twice)) == ["remove user:ann blocked doc:a"]


def test_what_only_a_named_exception_keeps_absent_is_told_by_the_path() -> None:
    """Where the shortest proof alone would be denied, the path of the decision is given in its place."""
    model = load_model("""
model
  schema 1.1
type user
type doc
  relations
    define viewer: [user]
    define excused: [user]
    define barred: viewer but not excused
    define reader: viewer but not barred
""")
    explanation = why(lines("user:ann viewer doc:a", "user:ann excused doc:a"), "user:ann", "reader", model=model)

    assert isinstance(explanation.reason, Proof)
    assert not explanation.reason.is_shortest
    assert set(explanation.reason.relationships) == set(lines("user:ann viewer doc:a", "user:ann excused doc:a"))


def test_very_many_exclusions_are_not_all_asked_about() -> None:
    """Where a proof would pass through hundreds of exclusions, the path of the decision is given in its place."""
    model = load_model("""
model
  schema 1.1
type user
type folder
  relations
    define parent: [folder]
    define blocked: [user]
    define viewer: [user] or (viewer from parent but not blocked)
""")
    depth = 300
    stored = lines("user:ann viewer folder:0", *(f"folder:{level} parent folder:{level + 1}" for level in range(depth)))
    explanation = why(stored, "user:ann", "viewer", f"folder:{depth}", model=model)

    assert isinstance(explanation.reason, Proof)
    assert not explanation.reason.is_shortest
    assert len(explanation.reason.relationships) == depth + 1


def test_advice_that_never_helps_is_given_up() -> None:
    """After some rounds in which no change is confirmed, nothing is advised."""
    names = [f"r{number}" for number in range(12)]
    defined = "\n".join(f"    define {name}: [user]" for name in names)
    model = load_model(f"""
model
  schema 1.1
type user
type doc
  relations
{defined}
    define viewer: {" or ".join(names)}
    define hidden: viewer
    define reader: viewer but not hidden
""")

    assert why([], "user:ann", "reader", model=model).reason == Miss(MissKind.NOTHING)


def test_what_places_an_object_is_named_last() -> None:
    """Of a block above and the place of the object beneath it, the block is what would have to go."""
    stored = lines("user:ann viewer doc:a", "doc:b parent doc:a", "user:ann blocked doc:b")
    explanation = why(stored, "user:ann", "reader", model=taking_away(FromParent("blocked", "parent")))

    assert advice(explanation) == ["remove user:ann blocked doc:b"]


def test_a_circle_on_the_subtracted_side_is_broken_where_that_helps() -> None:
    """Where what is subtracted runs in a circle, to remove the block is not enough, and the circle is named."""
    model = taking_away(Computed("hidden"))
    hidden = Union((USER, FromParent("hidden", "parent")))
    circular = Model(types={**model.types, "doc": {**model.types["doc"], "hidden": hidden}})
    stored = lines("user:ann viewer doc:a", "doc:b parent doc:a", "doc:a parent doc:b", "user:ann hidden doc:b")

    assert advice(why(stored, "user:ann", "reader", model=circular)) == ["remove doc:b parent doc:a"]


def test_what_lies_above_may_lack_the_relation() -> None:
    """A parent of a type that does not have the relation is no way, nor is a tupleset that is no list."""
    model = Model(
        types={
            "user": {},
            "box": {},
            "doc": {
                "parent": Direct((Restriction("doc"), Restriction("box"))),
                "above": Computed("parent"),
                "viewer": Union((USER, FromParent("viewer", "parent"), FromParent("viewer", "above"))),
            },
        }
    )
    stored = lines("box:b parent doc:a", "doc:b parent doc:a", "user:ann viewer doc:b")

    assert why(stored, "user:ann", "viewer", model=model).reason.steps[-1].object == "doc:b"


def test_a_condition_that_the_model_does_not_have_counts_for_nothing() -> None:
    """A relationship on a condition that no longer exists is neither met nor missed."""
    ghost = Direct((Restriction("user", condition="ghost"),))
    model = Model(types={"user": {}, "doc": {"viewer": Union((USER, ghost))}})
    stored = until(17, "user:ann viewer doc:a")
    stored = stored._replace(condition=stored.condition and stored.condition._replace(name="ghost"))

    assert advice(why([stored], "user:ann", "viewer", model=model)) == ["add user:ann viewer doc:a"]


def test_nothing_is_subtracted_from_a_bound() -> None:
    """An imaginary holder is not blocked by what is stored of anybody."""
    explanation = why(
        lines("user:ann blocked doc:a"), holding("doc:a", "viewer"), "reader", model=taking_away(Computed("blocked"))
    )

    assert isinstance(explanation.decision, Allowed)


def test_a_list_that_is_subtracted_must_be_known_not_to_name_the_subject() -> None:
    """Where a subtracted list names the subject on a condition that cannot be evaluated, no proof rests on it."""
    late = Direct((Restriction("user", condition="in_office"),))
    prompt = Exclusion(Computed("viewer"), late)
    doc = {**OFFICE.types["doc"], "prompt": prompt, "trusted": Union((Computed("publisher"), prompt))}
    model = Model(types={**OFFICE.types, "doc": doc}, conditions=OFFICE.conditions)
    stored = [*lines("user:ann viewer doc:a", "user:ann approver doc:a"), until(9, "user:ann trusted doc:a")]

    assert "intersection" in {step.kind for step in why(stored, "user:ann", "trusted", model=model).reason.steps}
    unknown = [stored[0], until(9, "user:ann prompt doc:a")]
    assert advice(why(unknown, "user:ann", "prompt", model=model)) == ["fail user:ann prompt doc:a"]


def test_to_take_away_what_takes_away_is_closer_than_to_grant() -> None:
    """Of one relationship to remove and one to add, the one that stands in the way is named."""
    stored = lines("user:ann viewer doc:a", "user:ann blocked doc:a")

    assert advice(why(stored, "user:ann", "either")) == ["remove user:ann blocked doc:a"]


def test_an_exception_in_a_choice_is_told() -> None:
    """Where one of several that are subtracted is kept absent by an exception, the exception is part of the proof."""
    model = taking_away(Union((UNEXCUSED, Computed("late"))))
    stored = lines("user:ann viewer doc:a", "user:ann blocked doc:a", "user:ann excused doc:a")
    proof = why(stored, "user:ann", "reader", model=model).reason

    assert isinstance(proof, Proof)
    assert fact("user:ann", "excused", "doc:a") in proof.relationships


def test_after_advice_that_would_not_help_comes_the_next() -> None:
    """Where the nearest change is undone by what it brings about, the next one that helps is told."""
    model = load_model("""
model
  schema 1.1
type user
type doc
  relations
    define invited: [user]
    define known: [user]
    define friend: known
    define guest: friend
    define visitor: guest
    define barred: invited
    define reader: (invited but not barred) or visitor
""")

    assert advice(why([], "user:ann", "reader", model=model)) == ["add user:ann known doc:a"]


def test_a_role_may_be_held_on_a_condition() -> None:
    """The condition on which a role is held is missed like any other."""
    hours = (Restriction("user", condition="in_office"),)
    model = Model(
        types={"user": {}, "doc": {"view": Conferred("view")}},
        roles={"viewer": Role("viewer", "doc", frozenset({"view"}))},
        holders=hours,
        conditions=OFFICE.conditions,
    )

    assert advice(why([until(9, "user:ann viewer doc:a")], "user:ann", "view", hour=19, model=model)) == [
        "meet user:ann viewer doc:a"
    ]
