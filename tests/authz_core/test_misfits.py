"""Facts and definitions that do not fit each other: ignored, and in the way of nothing that does."""

import pytest

from authz_core import (
    Computed,
    Denied,
    Direct,
    FromParent,
    Model,
    Reason,
    Restriction,
    Union,
)
from tests.authz_core.documents import AGENT, SHARING, USER
from tests.authz_core.test_rbac import SAAS
from tests.authz_core.worlds import allows, asked, facts


@pytest.mark.parametrize(
    "line",
    [
        "agent:anne viewer doc:a",  # no such kind in the list
        "team:t#crew viewer doc:a",  # nor this one
        "user:anne seer doc:a",  # no such relation
        "user:anne viewer page:a",  # no such type
        "user:* owner doc:a",  # no wildcard in this list
        "group:g#owner viewer doc:a",  # a userset that does not exist
        "folder:* parent doc:a",  # a wildcard is nobody's parent
        "folder:f#viewer parent doc:a",  # nor is a userset
        "doc:f parent doc:a",  # nor another type
    ],
)
def test_what_does_not_fit_the_model_is_ignored(line: str) -> None:
    """Relationships left behind by another model neither grant anything nor disturb what others grant."""
    stored = facts(line, "user:anne member group:g", "user:anne owner team:t", "user:anne viewer folder:f")

    for subject in ("user:anne", "agent:anne", "group:g#member", "team:t#crew"):
        for relation in ("viewer", "owner"):
            assert not allows(SHARING, stored, subject, relation, "doc:a")


def test_a_misfit_does_not_hide_a_fitting_way() -> None:
    """When two ways lead to a group or an object and only one fits the model, that one counts."""
    narrow = Model(
        types={
            "user": {},
            "agent": {},
            "group": {"member": Direct((USER, Restriction("group", relation="member")))},
            "team": {"member": Direct((Restriction("group", relation="member"),))},
            "doc": {"viewer": Direct((AGENT, Restriction("team", relation="member")))},
        }
    )
    stored = facts(
        *("user:anne member team:t", "user:anne member group:g", "group:g#member member team:t"),
        "team:t#member viewer doc:a",
    )

    assert allows(narrow, stored, "user:anne", "viewer", "doc:a")
    assert not allows(
        narrow, facts(*("user:anne member team:t", "team:t#member viewer doc:a")), "user:anne", "viewer", "doc:a"
    )


def test_a_misfit_in_a_group_gives_nothing_that_it_might_hold_itself() -> None:
    """Who may hold a relation, but may not be in the group that holds it, does not hold it through the group."""
    model = Model(
        types={
            "user": {},
            "agent": {},
            "group": {"member": Direct((USER,))},
            "doc": {"viewer": Direct((USER, AGENT, Restriction("group", relation="member")))},
        }
    )
    stored = facts("agent:bot member group:g", "user:anne member group:g", "group:g#member viewer doc:a")

    assert allows(model, stored, "user:anne", "viewer", "doc:a")
    assert not allows(model, stored, "agent:bot", "viewer", "doc:a")


def test_an_unknown_part_of_a_definition_grants_nothing() -> None:
    """Definitions that name what does not exist are held by nobody through that part, and by others as before."""
    broken = Model(
        types={
            "user": {},
            "doc": {
                "parent": Computed("viewer"),
                "viewer": Union((Direct((USER, Restriction("ghost", relation="member"))), Computed("ghost"))),
                "open": Direct((Restriction("doc", wildcard=True),)),
                "editor": Union((FromParent("viewer", "ghost"), FromParent("viewer", "parent"), Computed("editor"))),
                "opened": FromParent("viewer", "open"),
            },
        }
    )
    stored = facts("user:anne viewer doc:a", "user:bob parent doc:a", "ghost:g#member viewer doc:a", "doc:a open doc:b")

    assert allows(broken, stored, "user:anne", "viewer", "doc:a")
    assert not allows(broken, stored, "user:bob", "viewer", "doc:a")
    assert not allows(broken, stored, "user:anne", "editor", "doc:a")
    assert not allows(broken, stored, "user:anne", "opened", "doc:b")


@pytest.mark.parametrize(
    ("subject", "relation", "thing", "told"),
    [
        ("user:anne", "viewer", "page:a", Denied(Reason.UNKNOWN_TYPE, "page")),
        ("user:anne", "seer", "doc:a", Denied(Reason.UNKNOWN_RELATION, "doc#seer")),
        ("robot:a", "viewer", "doc:a", Denied(Reason.UNKNOWN_TYPE, "robot")),
        ("robot:a#viewer", "viewer", "doc:a", Denied(Reason.UNKNOWN_TYPE, "robot")),
        ("group:g#seer", "viewer", "doc:a", Denied(Reason.UNKNOWN_RELATION, "group#seer")),
    ],
)
def test_what_the_model_does_not_have_is_named(subject: str, relation: str, thing: str, told: Denied) -> None:
    """A denial for what does not exist names the type, or the type with the relation."""
    assert asked(SHARING, facts(), subject, relation, thing) == told


@pytest.mark.parametrize(
    ("subject", "told"),
    [
        ("project:apollo#project-editor", Denied(Reason.NOT_HELD)),
        ("app:shop#project-editor", Denied(Reason.UNKNOWN_RELATION, "app#project-editor")),
        ("app:shop#app:view", Denied(Reason.NOT_HELD)),
    ],
)
def test_a_role_is_known_on_its_type_alone(subject: str, told: Denied) -> None:
    """All who hold a role on an object may be asked about; on objects of another type there is no such role."""
    assert asked(SAAS, facts(), subject, "project:edit", "project:gemini") == told


def test_a_userset_is_not_everyone_of_its_type() -> None:
    """What is open to every group as such is not open to the members of one."""
    everyone = Model(
        types={
            "user": {},
            "group": {"member": Direct((USER,))},
            "doc": {"viewer": Direct((Restriction("group", wildcard=True),))},
        }
    )
    stored = facts("group:* viewer doc:a", "user:anne member group:g")

    assert allows(everyone, stored, "group:g", "viewer", "doc:a")
    assert not allows(everyone, stored, "group:g#member", "viewer", "doc:a")
    assert not allows(everyone, stored, "user:anne", "viewer", "doc:a")
