"""Whether somebody can hold each relation; each closed one beside one that is open."""

from time import perf_counter

import pytest

from tests.authz_core.language.written import codes, doc, faults

HOME = "home: [doc]"
CLOSED = "relation-no-entry-point"


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        (doc("r: [doc#r]"), doc("r: [doc#r, user]")),
        (doc("r: [doc#r]"), doc("r: [doc#r, user:*]")),
        (doc("r: [doc#r]"), doc("r: [doc#r, group#member]")),
        (doc("r: r from home", HOME), doc("r: [user] or r from home", HOME)),
        (doc("r: [user] and r from home", HOME), doc("r: [user] or r from home", HOME)),
        (doc("r: [user] but not r from home", HOME), doc("r: [user] but not s from home", HOME, "s: [user]")),
        (doc("r: r from home but not s", HOME, "s: [user]"), doc("r: s from home but not s", HOME, "s: [user]")),
        (
            doc("r: [user] and (s from home and r from home)", HOME, "s: [user]"),
            doc("r: s from home", HOME, "s: [user]"),
        ),
    ],
)
def test_somebody_can_hold_each_relation(wrong: str, right: str) -> None:
    """Some set of stored facts must give the relation to somebody."""
    (fault,) = faults(wrong)

    assert (fault.code, fault.found) == (CLOSED, "r")
    assert "whatever is stored" in fault.message
    assert codes(right) == []


@pytest.mark.parametrize(
    "definitions",
    [
        ("r: s", "s: r"),
        ("r: s", "s: t", "t: s"),
        ("r: [user] and r",),
        ("r: [user] but not r",),
        ("r: s", "s: [user] but not t", "t: r or s"),
    ],
)
def test_a_potential_loop_is_told_apart(definitions: tuple[str, ...]) -> None:
    """A relation that nobody can hold because computed relations lead back to each other is reported as a loop."""
    closed = faults(doc(*definitions))

    assert [fault.code for fault in closed] == [CLOSED] * len(definitions)
    assert all("leads back to itself" in fault.message for fault in closed)


def test_a_loop_through_stored_usersets_is_none() -> None:
    """The mark of a loop does not pass through what is stored or inherited."""
    closed = faults(doc("r: s", "s: [doc#r]", "t: r from home", HOME))

    assert [fault.code for fault in closed] == [CLOSED] * 3
    assert not any("leads back" in fault.message for fault in closed)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        (("r: [user] or s", "s: [user] or r"), ("r: [user] or s", "s: [user]")),
        (("r: [user] or r",), ("r: [user] or s", "s: [user]")),
        (("r: [user] but not s", "s: [user] or r"), ("r: [user] but not s", "s: [user]")),
        (("r: [user] or s", "s: [user] or t", "t: r"), ("r: [user] or s", "s: [user] or t", "t: [user]")),
        (("r: [user] or s", "s: [user] or r from home", HOME, "t: r or t"), ("r: [user] or r from home", HOME)),
    ],
)
def test_a_circle_with_an_entry_is_refused_too(wrong: tuple[str, ...], right: tuple[str, ...]) -> None:
    """Computed relations in a circle say nothing, even where somebody is let in."""
    assert set(codes(doc(*wrong))) == {"circular-relation"}
    assert codes(doc(*right)) == []


def test_only_the_circle_is_reported() -> None:
    """What leads into a circle that has an entry, or lies between two, is not circular itself."""
    circles = ("a: [user] or b", "b: [user] or a", "c: a", "d: [user] or c or e", "e: [user] or d", "f: d")

    assert [fault.found for fault in faults(doc(*circles))] == ["a", "b", "d", "e"]


def test_an_entry_may_lie_far_away() -> None:
    """A relation of another type, through a list, a parent and an operator, is an entry."""
    assert codes(doc("r: s from home", HOME, "s: [doc#t] and u", "t: [group#member]", "u: [user]")) == []


def test_entry_points_come_last() -> None:
    """Only in a model that repeats nothing is it asked who can hold what."""
    assert codes(doc("r: r from home", HOME, "s: [user, user]")) == ["duplicated-error"]


def test_a_model_is_judged_in_time_in_proportion_to_its_length() -> None:
    """Neither long chains nor relations that all name each other make the judgement slow."""
    chain = doc(*(f"r{number}: r{number + 1}" for number in range(6_000)), "r6000: [user]")
    names = [f"r{number}" for number in range(100)]
    tangle = doc(*(f"{name}: {' and '.join(names)}" for name in names))

    started = perf_counter()
    assert codes(chain) == []
    assert codes(tangle) == [CLOSED] * 100
    assert perf_counter() - started < 30
