"""The proof of what is allowed: which steps lead to it, and on which relationships they rest."""

import pytest

from authz_core import (
    Allowed,
    Computed,
    Direct,
    Explanation,
    Holding,
    Model,
    Proof,
    Restriction,
    Role,
    Union,
    load_model,
)
from tests.authz_core.explanation.documents import lines, until, why
from tests.authz_core.test_rbac import APOLLO, SAAS
from tests.authz_core.worlds import holding


def outline(explanation: Explanation) -> list[str]:
    """The steps, as lines, and what each rests on."""
    assert isinstance(explanation.decision, Allowed)
    assert isinstance(explanation.reason, Proof)
    return [
        f"{step.kind} {step.relation} {step.object}"
        + ("" if step.relationship is None else f" by {' '.join(step.relationship.key)}")
        for step in explanation.reason.steps
    ]


def path(explanation: Explanation) -> list[str]:
    """The relationships of the proof, as lines."""
    assert isinstance(explanation.reason, Proof)
    return [" ".join(each.key) for each in explanation.reason.relationships]


@pytest.mark.parametrize(
    ("subject", "relation", "stored", "steps"),
    [
        ("user:ann", "excused", ["user:ann excused doc:a"], ["direct excused doc:a by user:ann excused doc:a"]),
        (
            "user:ann",
            "viewer",
            ["user:* viewer doc:a"],
            ["union viewer doc:a", "wildcard viewer doc:a by user:* viewer doc:a"],
        ),
        (
            "user:ann",
            "viewer",
            ["group:g#member viewer doc:a", "user:ann member group:g"],
            [
                "union viewer doc:a",
                "userset viewer doc:a by group:g#member viewer doc:a",
                "direct member group:g by user:ann member group:g",
            ],
        ),
        (
            "user:ann",
            "viewer",
            ["group:g#member owner doc:a", "user:ann member group:g"],
            [
                "union viewer doc:a",
                "computed viewer doc:a",
                "userset owner doc:a by group:g#member owner doc:a",
                "direct member group:g by user:ann member group:g",
            ],
        ),
        (
            "user:ann",
            "viewer",
            ["folder:f parent doc:a", "user:ann viewer folder:f"],
            [
                "union viewer doc:a",
                "from_parent viewer doc:a by folder:f parent doc:a",
                "direct viewer folder:f by user:ann viewer folder:f",
            ],
        ),
        ("doc:a#viewer", "viewer", [], ["itself viewer doc:a"]),
        (
            "user:ann",
            "publisher",
            ["user:ann viewer doc:a", "user:ann approver doc:a"],
            [
                "intersection publisher doc:a",
                "computed publisher doc:a",
                "union viewer doc:a",
                "direct viewer doc:a by user:ann viewer doc:a",
                "computed publisher doc:a",
                "direct approver doc:a by user:ann approver doc:a",
            ],
        ),
        (
            "user:ann",
            "reader",
            ["user:ann viewer doc:a", "user:bob blocked doc:a"],
            [
                "exclusion reader doc:a",
                "computed reader doc:a",
                "union viewer doc:a",
                "direct viewer doc:a by user:ann viewer doc:a",
                "absent reader doc:a",
            ],
        ),
    ],
)
def test_each_step_of_a_definition_is_told(subject: str, relation: str, stored: list[str], steps: list[str]) -> None:
    """A proof follows the definition step by step and names the relationship that each rests on."""
    assert outline(why(lines(*stored), subject, relation)) == steps


def test_a_role_is_a_step_of_its_own() -> None:
    """Where a role contains the permission, the proof says so and then who holds the role."""
    stored = lines(*APOLLO, "group:g#member project-editor project:apollo", "user:mia member group:g")

    assert outline(why(stored, "user:mia", "app:edit", "app:shop", model=SAAS)) == [
        "union app:edit app:shop",
        "from_parent app:edit app:shop by project:apollo parent app:shop",
        "union app:edit project:apollo",
        "role app:edit project:apollo",
        "userset project-editor project:apollo by group:g#member project-editor project:apollo",
        "direct member group:g by user:mia member group:g",
    ]


@pytest.mark.parametrize(
    ("bound", "relation", "steps"),
    [
        (holding("doc:a", "excused"), "excused", ["held excused doc:a"]),
        (
            holding("doc:a", "viewer"),
            "reader",
            [
                "exclusion reader doc:a",
                "computed reader doc:a",
                "union viewer doc:a",
                "held viewer doc:a",
                "absent reader doc:a",
            ],
        ),
    ],
)
def test_what_a_bound_holds_is_said_to_be_held(bound: Holding, relation: str, steps: list[str]) -> None:
    """An imaginary holder holds by definition, and what is subtracted does not count against it."""
    model = load_model("""
model
  schema 1.1
type user
type doc
  relations
    define viewer: [user] or excused
    define blocked: [user]
    define excused: [user]
    define reader: viewer but not blocked
""")
    delegable = Model(model.types, delegable=frozenset({"doc"}))

    assert outline(why([], bound, relation, model=delegable)) == steps


def test_a_bound_holds_a_role() -> None:
    """The role that a bound consists of is held by definition and looked into like any other."""
    found = why(lines(*APOLLO), holding("project:apollo", "project-editor"), "app:edit", "app:shop", model=SAAS)

    assert outline(found)[-2:] == ["role app:edit project:apollo", "held project-editor project:apollo"]
    assert path(found) == ["project:apollo parent app:shop"]


def test_the_holders_of_a_role_hold_it() -> None:
    """The set of those who hold a role is itself a subject that has what the role contains."""
    found = why([], "project:apollo#project-editor", "project:edit", "project:apollo", model=SAAS)

    assert outline(found) == [
        "union project:edit project:apollo",
        "role project:edit project:apollo",
        "itself project-editor project:apollo",
    ]


def test_the_fewest_relationships_are_taken() -> None:
    """Of several proofs the one with the fewest relationships is told, whichever was stored first."""
    stored = lines(
        *("group:h#member viewer doc:a", "group:g#member member group:h", "user:ann member group:g"),
        *("folder:f parent doc:a", "user:ann viewer folder:f"),
    )

    assert path(why(stored, "user:ann", "viewer")) == ["user:ann viewer folder:f", "folder:f parent doc:a"]


def test_steps_count_less_than_relationships() -> None:
    """A proof with one relationship and many steps is taken before one with two relationships and few steps."""
    model = load_model("""
model
  schema 1.1
type user
type doc
  relations
    define parent: [doc]
    define a: [user]
    define b: a
    define c: b
    define d: c
    define e: d
    define viewer: [user] or e or viewer from parent
""")
    stored = lines("user:ann a doc:a", "doc:b parent doc:a", "user:ann viewer doc:b")

    assert path(why(stored, "user:ann", "viewer", model=model)) == ["user:ann a doc:a"]


def test_of_equally_short_proofs_the_first_by_name_is_taken() -> None:
    """A tie is broken by names and never by the order in which relationships were stored."""
    stored = lines(
        *("group:h#member viewer doc:a", "user:ann member group:h"),
        *("group:g#member viewer doc:a", "user:ann member group:g"),
    )

    for order in (stored, stored[::-1]):
        assert path(why(order, "user:ann", "viewer")) == ["user:ann member group:g", "group:g#member viewer doc:a"]


def test_what_two_operands_rest_on_is_told_once() -> None:
    """A part of the proof that is needed twice stands in it once."""
    stored = lines("group:g#member viewer doc:a", "group:g#member approver doc:a", "user:ann member group:g")
    explanation = why(stored, "user:ann", "publisher")

    assert outline(explanation).count("direct member group:g by user:ann member group:g") == 1
    assert sorted(path(explanation)) == sorted(" ".join(each.key) for each in stored)


def test_a_condition_that_is_met_is_told_with_its_values() -> None:
    """The values are those of the evaluation: the stored one and, where nothing is stored, the asked one."""
    explanation = why([until(17, "user:ann viewer doc:a")], "user:ann", "viewer", hour=9)
    step = explanation.reason.steps[-1]

    assert step.relationship is not None
    assert step.relationship.condition is not None
    assert step.values == (("hour", "9"), ("until", "17"))


def test_an_exception_that_keeps_the_subtracted_side_absent_is_part_of_the_proof() -> None:
    """Who is blocked and excused again is told of the excuse, for without it the answer would be another."""
    stored = lines("user:ann viewer doc:a", "user:ann blocked doc:a", "user:ann excused doc:a")
    explanation = why(stored, "user:ann", "forgiving")

    assert outline(explanation)[-3:] == [
        "absent forgiving doc:a",
        "computed forgiving doc:a",
        "direct excused doc:a by user:ann excused doc:a",
    ]
    assert path(explanation) == ["user:ann excused doc:a", "user:ann viewer doc:a"]


def test_a_branch_that_may_be_taken_away_is_no_proof() -> None:
    """An exclusion whose subtracted side cannot be evaluated is passed over for a branch that is certain."""
    stored = [*lines("user:ann viewer doc:a", "user:ann approver doc:a"), until(9, "user:ann blocked doc:a")]

    assert "intersection either doc:a" in outline(why(stored, "user:ann", "either"))


def test_a_shorter_branch_that_is_taken_away_is_no_proof() -> None:
    """What an exclusion takes away is no proof, however few relationships it would need."""
    stored = lines("user:ann viewer doc:a", "user:ann approver doc:a", "user:ann blocked doc:a")

    assert "intersection either doc:a" in outline(why(stored, "user:ann", "either"))


def test_positions_of_premises_come_later() -> None:
    """Each step stands before those that it rests on, so that a reader never has to turn back."""
    stored = lines("group:g#member viewer doc:a", "group:g#member approver doc:a", "user:ann member group:g")
    steps = why(stored, "user:ann", "publisher").reason.steps

    assert all(premise > number for number, step in enumerate(steps) for premise in step.premises)


def test_names_that_lead_nowhere_are_no_way() -> None:
    """A model that was never validated may name what does not exist; nobody holds it."""
    user = Direct((Restriction("user"),))
    model = Model(
        types={
            "user": {},
            "group": {},
            "doc": {
                "ghost": Union(
                    (Computed("nothing"), Direct((Restriction("group", relation="member"), Restriction("user"))))
                ),
                "viewer": user,
            },
        },
        roles={"reader": Role("reader", "doc", frozenset({"viewer"}))},
    )
    stored = lines("group:g#member ghost doc:a", "user:ann ghost doc:a")

    assert outline(why(stored, "user:ann", "ghost", model=model))[-1] == "direct ghost doc:a by user:ann ghost doc:a"
