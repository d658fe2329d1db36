"""The path of an allowed decision: which relationships prove it, and in which order they read."""

import pytest

from authz_core import Allowed, Model, Relationships
from tests.authz_core.documents import SHARING
from tests.authz_core.test_rbac import APOLLO, SAAS
from tests.authz_core.worlds import asked, fact, facts, holding


def path(model: Model, stored: Relationships, subject: str, relation: str, thing: str) -> list[str]:
    """The proof of an answer, as lines."""
    decision = asked(model, stored, subject, relation, thing)
    assert isinstance(decision, Allowed)
    return [" ".join(each.key) for each in decision.path]


def test_it_reads_from_the_subject_to_the_object() -> None:
    """Memberships come first, from the subject outward, then the assignment, then the parents from above."""
    stored = facts(
        *("user:mia member group:studio", "group:studio#member member group:guild", "user:mia member group:other"),
        *("group:guild#member workspace-editor workspace:w", *APOLLO, "user:mia app-viewer app:shop"),
    )

    assert path(SAAS, stored, "user:mia", "app:edit", "app:shop") == [
        "user:mia member group:studio",
        "group:studio#member member group:guild",
        "group:guild#member workspace-editor workspace:w",
        "workspace:w parent project:apollo",
        "project:apollo parent app:shop",
    ]


def test_it_reads_the_same_by_the_general_walk() -> None:
    """A walk over several parents and computed usersets reports its way in the same order."""
    stored = facts(
        *("user:olga owner team:t", "team:t#crew editor folder:root", "folder:other parent doc:a"),
        *("folder:root parent folder:f", "folder:f parent doc:a"),
    )

    assert path(SHARING, stored, "user:olga", "viewer", "doc:a") == [
        "user:olga owner team:t",
        "team:t#crew editor folder:root",
        "folder:root parent folder:f",
        "folder:f parent doc:a",
    ]


def test_a_wildcard_stands_in_it_as_it_was_stored() -> None:
    """Where everyone is named, the proof names everyone."""
    stored = facts("user:* member group:g", "group:g#member viewer doc:a")

    assert path(SHARING, stored, "user:anne", "viewer", "doc:a") == [
        "user:* member group:g",
        "group:g#member viewer doc:a",
    ]


@pytest.mark.parametrize(
    ("subject", "relation", "thing"),
    [("doc:a#viewer", "viewer", "doc:a"), ("group:g#member", "member", "group:g")],
)
def test_what_needs_no_fact_has_an_empty_path(subject: str, relation: str, thing: str) -> None:
    """Nothing stored is needed for a userset to be itself."""
    assert path(SHARING, facts("user:anne viewer doc:a"), subject, relation, thing) == []


def test_an_imaginary_principal_needs_only_what_leads_to_it() -> None:
    """What is held by definition is not part of the path; what is stored is."""
    stored = facts("folder:f parent doc:a", "user:anne editor folder:f")

    assert asked(SHARING, stored, holding("folder:f", "editor"), "viewer", "doc:a") == Allowed(
        (fact("folder:f", "parent", "doc:a"),)
    )


def test_every_operand_is_proved_once() -> None:
    """The proof of an intersection holds that of each operand, and nothing twice."""
    stored = facts("user:mia member group:g", "group:g#member viewer doc:a", "group:g#member approver doc:a")

    assert path(SHARING, stored, "user:mia", "publisher", "doc:a") == [
        "user:mia member group:g",
        "group:g#member viewer doc:a",
        "group:g#member approver doc:a",
    ]


def test_an_exception_is_part_of_the_proof() -> None:
    """What keeps the subtracted side false belongs to the proof, for without it the answer would be another."""
    stored = facts("user:anne viewer doc:a", "user:anne blocked doc:a", "user:anne excused doc:a")

    assert set(path(SHARING, stored, "user:anne", "forgiving", "doc:a")) >= {
        "user:anne viewer doc:a",
        "user:anne excused doc:a",
    }


def test_it_outlives_the_facts() -> None:
    """A path read later still names what was true when the question was asked."""
    stored = facts("user:anne member group:g", "group:g#member viewer doc:a")
    decision = asked(SHARING, stored, "user:anne", "viewer", "doc:a")
    stored.apply(added=(), removed=list(stored))

    assert isinstance(decision, Allowed)
    assert len(decision.path) == 2
