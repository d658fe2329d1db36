"""Explanations of very much: in bounded time, of bounded length, and never by a guess."""

from time import perf_counter

import pytest

from authz_core import (
    Allowed,
    ChangeKind,
    Denied,
    Explanation,
    Limits,
    Miss,
    MissKind,
    Proof,
    Reason,
    Relationships,
    explain,
    parse_object,
    parse_subject,
    situation,
)
from tests.authz_core.documents import SHARING
from tests.authz_core.worlds import fact, holding

DEEP = 10_000
MANY = 100_000
PATIENCE = 60  # seconds; each takes two or three where nothing else runs


def why(stored: Relationships, subject: str, relation: str, thing: str) -> Explanation:
    """The explanation, in time."""
    started = perf_counter()
    explanation = explain(SHARING, stored, parse_subject(subject), relation, parse_object(thing))
    lines = explanation.text().splitlines()
    record = explanation.as_json()
    assert perf_counter() - started < PATIENCE
    assert len(lines) < 100
    assert all(len(line) < 1_000 for line in lines)
    assert record["decision"] in {"allowed", "denied"}
    return explanation


@pytest.fixture(scope="module")
def tower() -> Relationships:
    """Folders in folders, ten thousand deep."""
    levels = (fact(f"folder:{level}", "parent", f"folder:{level + 1}") for level in range(DEEP))
    return Relationships([fact("user:ann", "viewer", "folder:0"), *levels])


@pytest.fixture(scope="module")
def crowd() -> Relationships:
    """A group of a hundred thousand, and a document shared with a hundred thousand groups."""
    return Relationships(
        [
            *(fact(f"user:u{number}", "member", "group:g") for number in range(MANY)),
            *(fact(f"group:h{number}#member", "viewer", "doc:b") for number in range(MANY)),
            *(fact(f"group:h{number}#member", "approver", "doc:b") for number in range(2_000)),
            *(fact("user:cho", "member", "group:x"), fact("group:x#member", "member", "group:h99")),
            *(fact("group:g#member", "viewer", "doc:a"), fact("user:ann", "member", "group:h77")),
        ]
    )


def test_a_deep_tree_has_a_proof_of_bounded_text(tower: Relationships) -> None:
    """The proof of a right held ten thousand levels above is complete; its text and record say what they leave out."""
    explanation = why(tower, "user:ann", "viewer", f"folder:{DEEP}")

    assert isinstance(explanation.reason, Proof)
    assert len(explanation.reason.relationships) == DEEP + 1
    assert f"  … and {DEEP + 1 - 80} more" in explanation.text().splitlines()
    proof = explanation.as_json()["proof"]
    assert isinstance(proof, dict)
    assert (len(proof["relationships"]), proof["of_relationships"]) == (1_000, DEEP + 1)
    assert len(proof["steps"]) < proof["of_steps"]


def test_a_deep_tree_has_a_nearest_miss(tower: Relationships) -> None:
    """What is missing ten thousand levels deep is missing on the object itself."""
    explanation = why(tower, "user:bob", "viewer", f"folder:{DEEP}")

    assert isinstance(explanation.reason, Miss)
    assert [change.relationship for change in explanation.reason.changes] == [
        fact("user:bob", "viewer", f"folder:{DEEP}")
    ]


def test_a_crowd_does_not_matter(crowd: Relationships) -> None:
    """Members of a large group, and groups among many, are found without looking at all the others."""
    for subject, thing in (("user:u99999", "doc:a"), ("user:ann", "doc:b")):
        explanation = why(crowd, subject, "viewer", thing)

        assert isinstance(explanation.reason, Proof)
        assert explanation.reason.is_shortest
        assert len(explanation.reason.relationships) == 2


def test_a_crowd_has_a_nearest_miss(crowd: Relationships) -> None:
    """What somebody misses who is in none of very many groups is named."""
    for thing in ("doc:a", "doc:b"):
        explanation = why(crowd, "user:bob", "viewer", thing)

        assert isinstance(explanation.reason, Miss)
        assert [change.relationship for change in explanation.reason.changes] == [fact("user:bob", "viewer", thing)]


def test_beyond_the_limit_the_path_of_the_decision_is_given(tower: Relationships) -> None:
    """Where there is more to look at than the question may take steps, the proof is the path that the check found."""
    near = fact("user:ann", "viewer", "folder:9999")
    tower.add(near)
    facts = situation(SHARING, tower, limits=Limits(steps=1_000))
    explanation = explain(SHARING, facts, parse_subject("user:ann"), "viewer", parse_object("folder:10000"))
    tower.remove(near)

    assert isinstance(explanation.decision, Allowed)
    assert explanation.reason == Proof((near, fact("folder:9999", "parent", "folder:10000")))
    assert not explanation.reason.steps


def test_two_crowds_are_told_apart(crowd: Relationships) -> None:
    """Of very many groups in two operands, those that the subject is in are found in both."""
    explanation = why(crowd, "user:ann", "publisher", "doc:b")

    assert isinstance(explanation.reason, Proof)
    assert len(explanation.reason.relationships) == 3


def test_a_group_in_a_group_is_found_in_a_crowd(crowd: Relationships) -> None:
    """Who is in one of very many groups through another group has a shortest proof."""
    explanation = why(crowd, "user:cho", "viewer", "doc:b")

    assert isinstance(explanation.reason, Proof)
    assert len(explanation.reason.steps) > len(explanation.reason.relationships) == 3


@pytest.mark.slow
def test_membership_that_a_question_brings_along_is_found_in_a_crowd(crowd: Relationships) -> None:
    """Who is put into one of very many groups by the question itself has a shortest proof too."""
    facts = situation(
        SHARING, crowd, contextual=[fact("user:bob", "member", "group:h5")], limits=Limits(steps=4 * MANY)
    )
    explanation = explain(SHARING, facts, parse_subject("user:bob"), "viewer", parse_object("doc:b"))

    assert isinstance(explanation.reason, Proof)
    assert explanation.reason.is_shortest


def test_a_bound_in_a_crowd_is_looked_up(crowd: Relationships) -> None:
    """An imaginary holder is in none of very many groups, and misses what it does not hold."""
    facts = situation(SHARING, crowd)
    explanation = explain(SHARING, facts, holding("doc:b", "owner"), "viewer", parse_object("doc:b"))

    assert isinstance(explanation.reason, Miss)
    assert [(change.kind, change.relation) for change in explanation.reason.changes] == [(ChangeKind.HOLD, "viewer")]


def test_beyond_the_limit_no_miss_is_claimed() -> None:
    """Where not everything could be looked at, nothing is said to be missing."""
    stored = Relationships([fact("group:g#member", "viewer", "doc:a"), fact("folder:f", "parent", "doc:a")])
    facts = situation(SHARING, stored, limits=Limits(steps=5))
    explanation = explain(SHARING, facts, parse_subject("user:ann"), "viewer", parse_object("doc:a"))

    assert isinstance(explanation.decision, Denied)
    assert explanation.decision.reason is Reason.NOT_HELD
    assert explanation.reason == Miss(MissKind.TOO_COMPLEX)
