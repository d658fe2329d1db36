"""What is refused before it can mean nothing: models and relationships."""

from dataclasses import replace

import pytest

from authz_core import (
    Computed,
    Condition,
    Conferred,
    Direct,
    Exclusion,
    FromParent,
    Intersection,
    InvalidModel,
    InvalidReference,
    InvalidRelationship,
    Model,
    Parameter,
    ParameterKind,
    ParameterType,
    Relationship,
    RelationshipCondition,
    Restriction,
    Rewrite,
    Role,
    Union,
    UnknownRelation,
    UnknownType,
    validate_model,
    validate_relationship,
)
from tests.authz_core.documents import MEMBER, SHARING, USER
from tests.authz_core.refusals import refusal
from tests.authz_core.test_rbac import SAAS
from tests.authz_core.worlds import fact

GROUPS: dict[str, dict[str, Rewrite]] = {"user": {}, "group": {"member": Direct((USER, MEMBER))}}
SOUND: dict[str, Rewrite] = {"parent": Direct((Restriction("doc"),)), "viewer": Direct((USER, MEMBER))}


def model(**relations: Rewrite) -> Model:
    """A model of documents with these relations."""
    return Model(types={**GROUPS, "doc": {**SOUND, **relations}}, holders=(USER,))


def problems(wrong: Model) -> str:
    """What the validation says."""
    with pytest.raises(InvalidModel) as caught:
        validate_model(wrong)
    assert caught.value.code == "invalid_model"
    return str(caught.value)


@pytest.mark.parametrize("sound", [SHARING, SAAS, model()])
def test_a_sound_model_is_accepted(sound: Model) -> None:
    """A model in which all names lead somewhere passes."""
    assert refusal(validate_model, sound) is None


@pytest.mark.parametrize(
    ("rewrite", "problem"),
    [
        (Direct(()), "`doc#x` is for nobody"),
        (Direct((USER, USER)), "`doc#x` lists `user` 2 times"),
        (Direct((Restriction("ghost"),)), "is for `ghost`, whose type does not exist"),
        (Direct((Restriction("group", relation="ghost"),)), "is for `group#ghost`, whose relation does not exist"),
        (
            Direct((Restriction("group", relation="member", wildcard=True),)),
            "for everyone and for `member` in one entry",
        ),
        (Computed("x"), "`doc#x` is computed from `x`, which is itself"),
        (Computed("ghost"), "is computed from `ghost`, which is nothing"),
        (FromParent("viewer", "ghost"), "follows `ghost`, which does not exist"),
        (FromParent("viewer", "viewer"), "follows `viewer`, which is not a list of plain types"),
        (FromParent("ghost", "parent"), "takes `ghost` from `parent`, none of whose types has it"),
        (Union(()), "`doc#x` joins nothing"),
        (Intersection(()), "`doc#x` joins nothing"),
        (Union((Computed("viewer"), Computed("viewer"))), "`doc#x` names the same operand twice"),
        (Exclusion(Computed("viewer"), Computed("viewer")), "`doc#x` names the same operand twice"),
        (Union((Computed("viewer"), Intersection((Direct((USER,)), Computed("ghost"))))), "computed from `ghost`"),
    ],
)
def test_a_definition_that_leads_nowhere_is_refused(rewrite: Rewrite, problem: str) -> None:
    """Each part of a definition must name what exists, once."""
    assert problem in problems(model(x=rewrite))


@pytest.mark.parametrize(
    ("relations", "problem"),
    [
        ({"x": Computed("y"), "y": Computed("x")}, "`doc#x` is computed from itself in a circle"),
        (
            {"x": Union((Direct((USER,)), Computed("y"))), "y": Computed("x")},
            "`doc#y` is computed from itself in a circle",
        ),
        ({"x": Exclusion(Computed("viewer"), Computed("y")), "y": Computed("x")}, "computed from itself in a circle"),
        ({"x": FromParent("x", "parent")}, "`doc#x` can be held by nobody"),
        ({"x": Direct((Restriction("doc", relation="x"),))}, "`doc#x` can be held by nobody"),
        ({"x": Intersection((Direct((USER,)), FromParent("x", "parent")))}, "`doc#x` can be held by nobody"),
        ({"x": Exclusion(Direct((USER,)), FromParent("x", "parent"))}, "`doc#x` can be held by nobody"),
    ],
)
def test_a_definition_without_a_beginning_is_refused(relations: dict[str, Rewrite], problem: str) -> None:
    """A relation that returns to itself, or that no stored fact could give anyone, is refused."""
    assert problem in problems(model(**relations))


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        (Model(types={"a b": {}}), "`a b` is no type"),
        (Model(types={"user": {}, "doc": {"a b": Direct((USER,))}}), "`a b` is no relation"),
        (Model(types={"user": {}, "doc": {"edit": Conferred("edit")}}), "is conferred by roles, which nobody may hold"),
        (Model(types={"user": {}}, holders=(Restriction("ghost"),)), "holders: is for `ghost`"),
        (Model(types={"user": {}}, holders=(Restriction("user", relation="x"),)), "holders: is for `user#x`"),
        (Model(types={"user": {}}, delegable=frozenset({"ghost"})), "delegable type `ghost` does not exist"),
        (Model(types={"user": {}}, roles={"a": Role("b", "user", frozenset())}), "role `a` calls itself `b`"),
        (Model(types={"user": {}}, roles={"a": Role("a", "ghost", frozenset())}), "role `a` is of type `ghost`"),
        (Model(types=GROUPS, roles={"member": Role("member", "group", frozenset())}), "has the name of a relation"),
        (Model(types={"user": {}}, roles={"a b": Role("a b", "user", frozenset())}), "`a b` is no relation"),
    ],
)
def test_names_and_roles_must_make_sense(wrong: Model, problem: str) -> None:
    """Types, relations, roles and those who may hold them are named properly and exist."""
    assert problem in problems(wrong)


def test_permissions_are_held_through_whoever_may_hold_roles() -> None:
    """A permission can be held as soon as anyone may hold a role."""
    assert refusal(validate_model, model(edit=Conferred("edit"))) is None
    wrong = Model(
        types={
            "team": {"member": Direct((Restriction("team", relation="member"),))},
            "doc": {"edit": Conferred("edit")},
        },
        holders=(Restriction("team", relation="member"),),
    )
    assert "`doc#edit` can be held by nobody" in problems(wrong)


@pytest.mark.parametrize(
    "line",
    [
        "user:anne viewer doc:a",
        "user:* viewer doc:a",
        "group:g#member viewer doc:a",
        "group:g#member member group:h",
        "folder:f parent doc:a",
    ],
)
def test_a_fitting_relationship_is_accepted(line: str) -> None:
    """A relationship whose parts go together passes."""
    assert refusal(validate_relationship, SHARING, fact(*line.split())) is None


@pytest.mark.parametrize(
    "line",
    ["user:anne project-editor project:p", "group:g#member app-viewer app:a", "organization:o parent workspace:w"],
)
def test_an_assignment_is_a_relationship(line: str) -> None:
    """Roles are assigned, and resources placed, by relationships that pass the same validation."""
    assert refusal(validate_relationship, SAAS, fact(*line.split())) is None


@pytest.mark.parametrize(
    ("wrong", "line", "error"),
    [
        (SHARING, "user:anne viewer page:a", UnknownType),
        (SHARING, "robot:anne viewer doc:a", UnknownType),
        (SHARING, "user:anne seer doc:a", UnknownRelation),
        (SHARING, "agent:bot viewer doc:a", InvalidRelationship),
        (SHARING, "group:g viewer doc:a", InvalidRelationship),
        (SHARING, "group:g#owner viewer doc:a", InvalidRelationship),
        (SHARING, "user:* owner doc:a", InvalidRelationship),
        (SHARING, "folder:* parent doc:a", InvalidRelationship),
        (SHARING, "folder:f#viewer parent doc:a", InvalidRelationship),
        (SHARING, "user:anne reader doc:a", InvalidRelationship),
        (SHARING, "group:g#member member group:g", InvalidRelationship),
        (SAAS, "user:anne project-editor workspace:w", InvalidRelationship),
        (SAAS, "user:anne project:edit project:p", InvalidRelationship),
        (SAAS, "user:* project-editor project:p", InvalidRelationship),
        (SAAS, "user:anne ghost project:p", UnknownRelation),
        (SAAS, "project:p parent workspace:w", InvalidRelationship),
        (SAAS, "organization:o parent organization:p", UnknownRelation),
    ],
)
def test_a_relationship_that_does_not_fit_is_refused(wrong: Model, line: str, error: type[InvalidRelationship]) -> None:
    """A relationship must name types, relations or roles that exist, and subjects of a kind that is permitted."""
    with pytest.raises(error) as caught:
        validate_relationship(wrong, fact(*line.split()))

    assert type(caught.value) is error


@pytest.mark.parametrize(
    ("subject", "relation", "thing"),
    [
        ("user:a b", "viewer", "doc:a"),
        ("user:anne", "view er", "doc:a"),
        ("user:anne", "viewer", "doc:*"),
        ("user:anne", "viewer", "doc"),
        ("group:*#member", "viewer", "doc:a"),
    ],
)
def test_a_malformed_relationship_is_refused(subject: str, relation: str, thing: str) -> None:
    """Texts that are no references do not become facts, whatever type they pretend to have."""
    with pytest.raises(InvalidReference):
        validate_relationship(SHARING, Relationship(subject, relation, thing))  # type: ignore[arg-type]  # on purpose


LATE = Condition("late", (Parameter("hour", ParameterType(ParameterKind.INT)),), "hour > 20")
EARLY = Condition("early", (Parameter("hour", ParameterType(ParameterKind.INT)),), "hour < 8")
LATE_USER = Restriction("user", condition="late")
TIMED = Model(
    types={
        **GROUPS,
        "doc": {
            "parent": Direct((Restriction("doc"), Restriction("doc", condition="late"))),
            "viewer": Direct((USER, LATE_USER, Restriction("group", relation="member", condition="early"))),
            "editor": Direct((LATE_USER,)),
            "reader": Direct((Restriction("user", wildcard=True, condition="late"), USER)),
        },
    },
    conditions={"late": LATE, "early": EARLY},
)


def on(condition: str, line: str, **context: object) -> Relationship:
    """A relationship written as `subject relation object`, on a condition."""
    return fact(*line.split())._replace(condition=RelationshipCondition.of(condition, context))


def test_conditions_that_mean_something_are_accepted() -> None:
    """A model whose lists name conditions that exist and can be evaluated passes."""
    assert refusal(validate_model, TIMED) is None


@pytest.mark.parametrize(
    ("conditions", "problem"),
    [
        ({}, "`doc#x` is for `user with late`, whose condition does not exist"),
        ({"late": EARLY}, "condition `late` calls itself `early`"),
        ({"late": Condition("late", (), "hour > 20")}, "late"),
        ({"late": Condition("late", LATE.parameters, "hour")}, "late"),
    ],
)
def test_conditions_must_mean_something(conditions: dict[str, Condition], problem: str) -> None:
    """A list names a condition that exists, under its own name, and whose expression can be true or false."""
    assert problem in problems(Model(types={**GROUPS, "doc": {"x": Direct((LATE_USER,))}}, conditions=conditions))


def test_roles_are_held_on_conditions_that_exist() -> None:
    """Those who may hold roles are listed like any others, conditions included."""
    wrong = Model(types={"user": {}}, holders=(LATE_USER,))

    assert "holders: is for `user with late`, whose condition does not exist" in problems(wrong)
    assert refusal(validate_model, replace(wrong, conditions={"late": LATE})) is None


def test_operands_of_inner_operators_are_not_compared() -> None:
    """Only operands side by side at the top are compared, as in a written model."""
    alike = Intersection((Direct((USER,)), Direct((USER,))))

    assert refusal(validate_model, model(x=Union((Computed("viewer"), alike)))) is None
    assert "`doc#x`" in problems(model(x=alike))


@pytest.mark.parametrize(
    "fitting",
    [
        fact("user:anne", "viewer", "doc:a"),
        on("late", "user:anne viewer doc:a"),
        on("late", "user:anne viewer doc:a", hour=21),
        on("late", "user:anne editor doc:a", hour="21"),
        on("early", "group:g#member viewer doc:a"),
        on("late", "user:* reader doc:a"),
        on("late", "doc:b parent doc:a"),
        fact("doc:b", "parent", "doc:a"),
    ],
)
def test_a_condition_that_an_entry_permits_is_accepted(fitting: Relationship) -> None:
    """A relationship passes if one entry of the list permits its subject and its condition together."""
    assert refusal(validate_relationship, TIMED, fitting) is None


@pytest.mark.parametrize(
    ("misfit", "problem"),
    [
        (on("ghost", "user:anne viewer doc:a"), "there is no condition `ghost`"),
        (fact("user:anne", "editor", "doc:a"), "is for user with late, not for `user:anne`"),
        (on("early", "user:anne viewer doc:a"), "not for `user:anne with early`"),
        (on("late", "group:g#member viewer doc:a"), "not for `group:g#member with late`"),
        (fact("group:g#member", "viewer", "doc:a"), "not for `group:g#member`"),
        (fact("user:*", "reader", "doc:a"), "not for `user:*`"),
        (on("late", "user:anne reader doc:a"), "not for `user:anne with late`"),
        (on("late", "doc:* parent doc:a"), "not for `doc:* with late`"),
        (on("late", "user:anne member group:g"), "not for `user:anne with late`"),
        (on("late", "user:anne viewer doc:a", minute=1), "`minute`"),
        (on("late", "user:anne viewer doc:a", hour="late"), "no `int`"),
        (on("late", "user:anne viewer doc:a", hour=21.5), "no `int`"),
    ],
)
def test_a_condition_that_does_not_fit_is_refused(misfit: Relationship, problem: str) -> None:
    """A condition must exist, be permitted for this very kind of subject, and have a context that it declares."""
    with pytest.raises(InvalidRelationship) as caught:
        validate_relationship(TIMED, misfit)

    assert problem in str(caught.value)


def test_a_role_is_held_on_a_condition_where_that_is_permitted() -> None:
    """Assignments of roles carry conditions exactly as the list of those who hold roles says."""
    roles = {"editor": Role("editor", "doc", frozenset())}
    timed = Model(types={"user": {}, "doc": {}}, roles=roles, holders=(LATE_USER,), conditions={"late": LATE})

    validate_relationship(timed, on("late", "user:anne editor doc:a"))
    with pytest.raises(InvalidRelationship):
        validate_relationship(timed, fact("user:anne", "editor", "doc:a"))
