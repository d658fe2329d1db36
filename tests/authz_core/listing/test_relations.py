"""The relations that a subject has on an object."""

import pytest

from authz_core import Relationships, Unanswerable, list_relations, parse_object, parse_subject
from tests.authz_core.documents import SHARING
from tests.authz_core.worlds import facts, holding


def between(stored: Relationships, subject: str, thing: str) -> tuple[str, ...]:
    """The list for a subject and an object in plain text."""
    return list_relations(SHARING, stored, parse_subject(subject), parse_object(thing)).items


def test_all_relations_are_listed_however_they_come_about() -> None:
    """Stored, computed, inherited and put together: whatever single questions allow is listed in order."""
    stored = facts(
        "user:anne editor folder:f", "folder:f parent doc:a", "user:anne approver doc:a", "user:bob viewer doc:a"
    )

    assert between(stored, "user:anne", "doc:a") == ("approver", "forgiving", "publisher", "reader", "viewer")
    assert between(stored, "folder:f", "doc:a") == ("parent",)
    assert between(stored, "user:nobody", "doc:a") == ()


def test_a_bound_has_relations() -> None:
    """For an imaginary holder the relations within the bound are listed."""
    stored = facts("folder:f parent doc:a")

    assert list_relations(SHARING, stored, holding("folder:f", "editor"), parse_object("doc:a")).items == (
        *("forgiving", "reader", "viewer"),
    )
    assert list_relations(SHARING, stored, holding("group:g", "member"), parse_object("doc:a")).items == ()


@pytest.mark.parametrize(("subject", "thing"), [("ghost:anne", "doc:a"), ("user:anne", "ghost:a")])
def test_unknown_types_are_told(subject: str, thing: str) -> None:
    """A type that the model does not have is told apart from an empty list."""
    with pytest.raises(Unanswerable, match="unknown_type: ghost"):
        between(facts(), subject, thing)
