"""The single questions of one list, which share what they find out about its subject."""

import pytest

from authz_core import (
    Computed,
    Direct,
    Exclusion,
    FromParent,
    Limits,
    Model,
    Object,
    Reason,
    Relationship,
    Relationships,
    Restriction,
    Unanswerable,
    Union,
    list_objects,
    parse_subject,
    situation,
)
from tests.authz_core.worlds import allows, fact

USER, MEMBER = Restriction("user"), Restriction("group", relation="member")
MODEL = Model(
    types={
        "user": {},
        "group": {"member": Direct((USER, MEMBER))},
        "folder": {
            "parent": Direct((Restriction("folder"),)),
            "owner": Direct((USER, MEMBER)),
            "blocked": Direct((USER, MEMBER)),
            "viewer": Union((Exclusion(Computed("owner"), Computed("blocked")), FromParent("viewer", "parent"))),
        },
    },
)


def listed(stored: list[Relationship], steps: int = 50_000) -> tuple[Object, ...]:
    """Return the folders that Anne views."""
    facts = situation(MODEL, Relationships(stored), limits=Limits(steps=steps))
    return list_objects(MODEL, facts, parse_subject("user:anne"), "viewer", "folder").items


def chain(length: int) -> list[Relationship]:
    """A row of folders within folders, the outermost of which Anne owns."""
    inner = [fact(f"folder:{number + 1:04}", "parent", f"folder:{number:04}") for number in range(length)]
    return [*inner, fact("user:anne", "owner", f"folder:{length:04}")]


@pytest.mark.parametrize("length", [1, 20, 40, 300, 3_000])
def test_a_question_that_wants_more_steps_is_asked_again(length: int) -> None:
    """What one question found out before its steps ran out neither spoils nor shortens the list."""
    stored = chain(length)

    assert listed(stored) == tuple(f"folder:{number:04}" for number in range(length + 1))
    assert listed([*stored, fact("user:anne", "blocked", f"folder:{length:04}")]) == ()


def test_each_object_is_decided_by_itself() -> None:
    """Among folders that share their parents, each is listed exactly if a single question allows it."""
    stored = [
        *(fact(f"folder:{number // 3}", "parent", f"folder:{number}") for number in range(1, 60)),
        *(fact("user:anne", "owner", f"folder:{number}") for number in (2, 7, 11)),
        *(fact("user:anne", "blocked", f"folder:{number}") for number in (7, 9)),
        fact("folder:50", "parent", "folder:2"),
    ]
    each = [
        f"folder:{number}"
        for number in range(60)
        if allows(MODEL, Relationships(stored), "user:anne", "viewer", f"folder:{number}")
    ]

    assert list(listed(stored)) == sorted(each)
    assert 0 < len(each) < 60


def test_a_question_too_long_for_its_steps_fails_the_list() -> None:
    """A candidate that cannot be decided within the steps of one question makes the list too complex."""
    parents = [fact(f"folder:{number}", "parent", "folder:a") for number in range(60)]
    stored = [*parents, *(fact("user:anne", relation, "folder:a") for relation in ("owner", "blocked"))]

    with pytest.raises(Unanswerable, match="more than 40 steps") as raised:
        listed(stored, steps=40)
    assert raised.value.reason is Reason.TOO_COMPLEX
    assert listed(stored) == ()


def test_a_subject_in_too_many_groups_fails_the_list() -> None:
    """A subject that stands for more principals than one question may look at makes the list too complex."""
    groups = [fact("user:anne", "member", f"group:{number}") for number in range(60)]
    stored = [*groups, *(fact(f"group:{number}#member", "owner", "folder:a") for number in range(60))]

    with pytest.raises(Unanswerable, match="more than 40 steps"):
        listed(stored, steps=40)
    assert listed(stored) == ("folder:a",)


def test_questions_cost_what_they_take() -> None:
    """A list of many candidates is worked out as long as its questions together take few enough steps."""
    stored = [fact("user:anne", "owner", f"folder:{number:04}") for number in range(1_000)]

    assert len(listed(stored, steps=300)) == 1_000
