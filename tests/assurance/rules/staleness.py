"""Relationships that were written under an earlier model, and mean nothing in the one that is asked."""

from typing import Any

from typing_extensions import override

from authz_core import Model, Relationships, Role, load_model, parse_object, parse_subject, permitted
from authz_core.evaluation import climbing, together
from authz_core.evaluation import facts as seen
from authz_core.evaluation.facts import View
from authz_core.listing.asking import Asking
from tests.assurance.asking import NO, YES, answer, facing, objects, on, stored, subjects
from tests.assurance.bugs import Bug, broken
from tests.authz_core.test_rbac import SAAS

WRITTEN = """
model
  schema 1.1
type user
type agent
type group
  relations
    define member: [user, agent]
type folder
  relations
    define viewer: [user]
type doc
  relations
    define parent: [folder]
    define viewer: {}
    define banned: [user]
    define late: [user with office]
    define reader: (viewer but not banned) or viewer from parent
condition office({}) {{
  hour >= 8 && hour < 18
}}
"""


def model(
    viewer: str = "[user, agent, group#member, user with office]", parameters: str = "hour: int, day: int"
) -> Model:
    """The model with this definition of a viewer, and these parameters of its condition."""
    return load_model(WRITTEN.format(viewer, parameters))


def what_a_type_no_longer_permits_does_not_count() -> None:
    """After a kind of subject was taken from a relation, those of the kind do not have it and are not listed."""
    facts = stored(
        *("agent:bot viewer doc:a", "group:eng#member viewer doc:a", "user:anne member group:eng"),
        "user:carl viewer doc:a",
    )
    later = model("[user, user with office]")
    for subject in ("agent:bot", "user:anne"):
        for relation in ("viewer", "reader"):
            assert answer(model(), facts, f"{subject} {relation} doc:a") == YES
            assert answer(later, facts, f"{subject} {relation} doc:a") == NO
            assert objects(later, facts, f"{subject} {relation} doc") == ()
    assert subjects(later, facts, "user viewer doc:a") == ("user:carl",)
    assert subjects(later, facts, "agent viewer doc:a") == ()


def what_is_computed_now_is_not_stored() -> None:
    """After a relation became a computed one, relationships that were stored for it count no more."""
    facts = stored("user:anne viewer doc:a", "user:bob banned doc:a")
    later = model("banned")

    assert answer(later, facts, "user:anne viewer doc:a") == NO
    assert answer(later, facts, "user:bob viewer doc:a") == YES
    assert objects(later, facts, "user:anne viewer doc") == ()


def what_a_condition_no_longer_declares_does_not_count() -> None:
    """After a parameter was taken from a condition, relationships that give it a value count no more."""
    facts = stored(on("user:anne viewer doc:a", "office", day=1))
    later = model(parameters="hour: int")

    assert answer(model(), facing(model(), facts, hour=9), "user:anne viewer doc:a") == YES
    assert answer(later, facing(later, facts, hour=9), "user:anne viewer doc:a") == NO
    assert objects(later, facing(later, facts, hour=9), "user:anne viewer doc") == ()


def what_a_role_no_longer_contains_is_not_permitted() -> None:
    """After a permission was taken from a role, or the role from a type, its holders lose it at the next question."""
    facts = stored("user:anne project-editor project:p", "project:p parent app:a")
    anne, app = parse_subject("user:anne"), parse_object("app:a")
    before = SAAS.roles["project-editor"]
    narrowed = Role(before.slug, before.type, before.permissions - {"app:edit"})
    moved = Role(before.slug, "workspace", before.permissions)

    assert answer(SAAS, facts, "user:anne app:edit app:a") == YES
    for role in (narrowed, moved):
        later = SAAS.with_roles({**SAAS.roles, role.slug: role})
        assert answer(later, facts, "user:anne app:edit app:a") == NO
        assert permitted(later, facts, anne, app, frozenset({"app:edit"})) == frozenset()


def a_group_lends_its_role_only_to_those_who_may_be_in_it() -> None:
    """A role held by a group is not held by what was once put into it and may not be, asked singly or together."""
    role = ("group:eng#member project-editor project:p", "project:p parent app:a")
    facts = stored(*role, "workspace:w member group:eng", "user:anne member group:eng")
    app, wanted = parse_object("app:a"), frozenset({"app:edit", "app:view"})
    for subject, expected, together_expected in (("user:anne", YES, wanted), ("workspace:w", NO, frozenset())):
        assert answer(SAAS, facts, f"{subject} app:edit app:a") == expected
        assert permitted(SAAS, facts, parse_subject(subject), app, wanted) == together_expected


_judge, _counts = View.judge, Asking.counts


class _Anything(frozenset[str]):
    """All there is."""

    @override
    def __contains__(self, kind: object) -> bool:
        return True


def _judge_all(self: View, relationship: Any, _: object) -> object:
    return _judge(self, relationship, _Anything())


def _count_all(self: Asking, layer: Relationships, key: Any, kind: str, _: object) -> object:
    return _counts(self, layer, key, kind, _Anything())


BUGS = (
    Bug(
        "E11",
        what_a_type_no_longer_permits_does_not_count,
        (
            broken("the walk does not ask who may be named", View, "judge", _judge_all),
            broken("the list does not ask who may be named", Asking, "counts", _count_all),
            broken("the short cut does not ask who may be named", climbing, "check_kinds", lambda *_: None),
        ),
    ),
    Bug(
        "E11",
        what_is_computed_now_is_not_stored,
        (
            broken(
                "whatever is stored for a relation counts",
                Model,
                "kinds_counted",
                lambda _, plan, relation: _Anything(plan.relations) if relation in plan.relations else None,
            ),
        ),
    ),
    Bug(
        "E11",
        what_a_condition_no_longer_declares_does_not_count,
        (broken("a stored context is not held against the condition", seen, "validate_context", lambda *_: None),),
    ),
    Bug(
        "E11",
        what_a_role_no_longer_contains_is_not_permitted,
        (broken("roles are those that the model was made with", Model, "with_roles", lambda self, _: self),),
    ),
    Bug(
        "E11",
        a_group_lends_its_role_only_to_those_who_may_be_in_it,
        (
            broken("one question does not ask who is in a group", climbing, "check_kinds", lambda *_: None),
            broken("many at once do not ask who is in a group", together, "check_kinds", lambda *_: None),
        ),
    ),
)
