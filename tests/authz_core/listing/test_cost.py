"""What lists cost: as much as they are long, however large the world around them; and never more than they may."""

import pytest

from authz_core import (
    Computed,
    Direct,
    Limits,
    Model,
    Object,
    Reason,
    Relationship,
    RelationshipCondition,
    Relationships,
    Restriction,
    Role,
    Situation,
    Unanswerable,
    list_objects,
    list_subjects,
    parse_object,
    parse_subject,
)
from tests.authz_core.documents import SHARING, USER
from tests.authz_core.test_rbac import SAAS
from tests.authz_core.worlds import fact, facts, holding

CONDITION = RelationshipCondition("c")
AROUND = 200_000
RESULTS = 1_000
DEEP = 10_000
MANY = 100_000


@pytest.fixture(scope="module")
def crowd() -> Relationships:
    """A large world in which every list wanted here is short."""
    anne, g, a = (parse_subject("user:anne"), parse_subject("group:g#member"), parse_object("doc:a"))
    stored = Relationships(
        (Relationship(g, "viewer", a), *facts("folder:top parent folder:0", "user:anne blocked doc:7"))
    )
    for number in range(AROUND):
        other = Object(f"user:other{number % 999}")
        stored.add(Relationship(other, ("viewer", "editor")[number % 2], Object(f"folder:other{number}")))
    for number in range(RESULTS):
        stored.add(Relationship(anne, "viewer", Object(f"doc:{number}")))
        stored.add(Relationship(Object(f"user:{number}"), "member", Object("group:g")))
        stored.add(Relationship(Object(f"folder:{number // 10}"), "parent", Object(f"folder:{number + 1}")))
        stored.add(Relationship(Object("folder:top"), "parent", Object(f"folder:beside{number}")))
    return stored


def within(stored: Relationships, steps: int) -> Situation:
    """The facts for a list that may take forty times these steps."""
    return Situation(stored, limits=Limits(steps))


def test_objects_cost_as_many_steps_as_they_are(crowd: Relationships) -> None:
    """A list of a thousand objects looks at a few thousand relationships of two hundred thousand."""
    listed = list_objects(SHARING, within(crowd, 100), parse_subject("user:anne"), "viewer", "doc")

    assert len(listed.items) == RESULTS


def test_what_lies_in_a_tree_costs_as_many_steps_as_it_is(crowd: Relationships) -> None:
    """A list of what lies beneath a folder looks neither above nor beside it."""
    listed = list_objects(SHARING, within(crowd, 150), holding("folder:0", "viewer"), "viewer", "folder")

    assert len(listed.items) == RESULTS + 1


def test_subjects_cost_as_many_steps_as_they_are(crowd: Relationships) -> None:
    """A list of a thousand users looks at those named for the object, and at nobody else."""
    listed = list_subjects(SHARING, within(crowd, 100), "viewer", parse_object("doc:a"), "user")

    assert len(listed.items) == RESULTS


def test_single_questions_are_few(crowd: Relationships) -> None:
    """Beneath an exclusion each candidate is asked about once, whatever lies around."""
    listed = list_objects(SHARING, within(crowd, 1_000), parse_subject("user:anne"), "reader", "doc")

    assert len(listed.items) == RESULTS - 1


def test_the_roles_of_an_organization_cost_nothing() -> None:
    """Ten thousand roles that nobody holds here take no step of a list."""
    roles = {f"r{number}": Role(f"r{number}", "project", frozenset({"project:view"})) for number in range(10_000)}
    model = SAAS.with_roles({**SAAS.roles, **roles})
    stored = facts("user:anne r9999 project:a", "user:bob r1 project:b", "project:a parent app:x")

    assert list_objects(model, within(stored, 2), parse_subject("user:anne"), "project:view", "project").items == (
        "project:a",
    )
    assert list_subjects(model, within(stored, 2), "project:view", parse_object("project:a"), "user").items == (
        "user:anne",
    )


def test_a_large_group_is_listed() -> None:
    """A hundred thousand members of a group are listed, all of them."""
    own = (fact(f"user:{number}", "member", "group:g") for number in range(MANY))
    stored = Relationships((*own, fact("group:g#member", "viewer", "doc:a")))

    assert len(list_subjects(SHARING, stored, "viewer", parse_object("doc:a"), "user").items) == MANY


def test_a_deep_tree_is_listed() -> None:
    """Folders ten thousand deep are followed from above and from below."""
    tree = [fact(f"folder:{number}", "parent", f"folder:{number + 1}") for number in range(DEEP)]
    stored = Relationships((*tree, fact("user:anne", "viewer", "folder:0")))

    assert len(list_objects(SHARING, stored, parse_subject("user:anne"), "viewer", "folder").items) == DEEP + 1
    assert list_subjects(SHARING, stored, "viewer", parse_object(f"folder:{DEEP}"), "user").items == ("user:anne",)


def test_a_list_that_costs_too_much_fails(crowd: Relationships) -> None:
    """A list that takes more steps than it may is never cut short in silence."""
    with pytest.raises(Unanswerable, match="more than 200 steps") as told:
        list_objects(SHARING, within(crowd, 5), parse_subject("user:anne"), "viewer", "doc")
    assert told.value.reason is Reason.TOO_COMPLEX
    with pytest.raises(Unanswerable, match="more than 40 steps"):
        list_subjects(SHARING, within(crowd, 1), "viewer", parse_object("doc:a"), "user")


def test_a_hard_question_is_asked_with_more_steps_before_it_fails() -> None:
    """A candidate that takes more steps than most is answered within the limit of one question, or fails the list."""
    nest = [fact(f"group:{number}#member", "member", f"group:{number + 1}") for number in range(400)]
    shut = [fact(f"group:{number}#member", "blocked", "doc:a") for number in range(1, 400)]
    stored = Relationships((*nest, *shut, *facts("user:anne viewer doc:a", "user:bob member group:0")))

    assert list_subjects(SHARING, stored, "reader", parse_object("doc:a"), "user").items == ("user:anne",)
    with pytest.raises(Unanswerable, match="too_complex: more than 200 steps"):
        list_subjects(SHARING, within(stored, 200), "reader", parse_object("doc:a"), "user")


def test_conditions_cost_more_than_a_look() -> None:
    """Relationships on conditions take more of the steps than others, for evaluating them takes longer."""
    model = Model(
        types={"user": {}, "doc": {"a": Direct((USER, Restriction("user", condition="c"))), "b": Computed("a")}}
    )
    stored = Relationships(
        fact("user:anne", "a", f"doc:{number}")._replace(condition=CONDITION) for number in range(RESULTS)
    )

    with pytest.raises(Unanswerable, match="more than 4000 steps"):
        list_objects(model, within(stored, 100), parse_subject("user:anne"), "b", "doc")
