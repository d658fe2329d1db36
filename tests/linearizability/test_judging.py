"""What the judge holds for certain, and what it lets pass."""

import pytest

from tests.linearizability.judging import KEPT, Check, Judge, Life


def told(judge: Judge, life: Life, start: float, end: float, *, allowed: bool, revision: int | None = None) -> str:
    """Let a judge hear one check, and return its verdict."""
    before = judge.verdicts.copy()
    judge.hear(Check(1, "evaluation", "acme", start, end, allowed, revision), life, judge.floor("acme"))
    return " and ".join((judge.verdicts - before).elements())


@pytest.fixture
def life() -> Life:
    """A token issued at 0, struck at 10 (acknowledged at 11), brought back at 20 (acknowledged at 21)."""
    life = Life(0.0)
    for at, allowed in ((10.0, None), (11.0, False), (20.0, None), (21.0, True)):
        life.turn(at, allowed=allowed, why="suspend")
    return life


@pytest.mark.parametrize(
    ("start", "end", "allowed", "verdict"),
    [
        (1, 2, True, "allowed"),
        (1, 2, False, "false denial"),
        (9, 10.5, True, "undecided"),
        (10.2, 10.8, True, "undecided"),
        (10.5, 12, True, "undecided"),
        (11, 12, True, "undecided"),
        (11.1, 19, True, "stale allow"),
        (11.1, 19, False, "denied"),
        (12, 20, True, "undecided"),
        (12, 22, True, "undecided"),
        (20.5, 22, False, "undecided"),
        (22, 99, False, "false denial"),
        (22, 99, True, "allowed"),
        (-1, 1, False, "undecided"),
    ],
)
def test_only_what_began_after_and_ended_before_is_certain(
    life: Life, start: float, end: float, verdict: str, *, allowed: bool
) -> None:
    """A check is judged by what was acknowledged before it began, if nothing else was sent before it ended."""
    assert told(Judge(), life, start, end, allowed=allowed) == verdict


def test_a_dead_token_stays_dead() -> None:
    """What is over for ever is denied at any later time."""
    life = Life(0.0)
    life.turn(10.0, allowed=None, why="revoke")
    life.turn(11.0, allowed=False, why="revoke")
    assert told(Judge(), life, 1e6, 1e6 + 1, allowed=True) == "stale allow"


def test_no_answer_is_of_an_older_revision_than_was_known(life: Life) -> None:
    """Whatever anybody was told of before a check began, the check is told of that revision or a later one."""
    judge = Judge()
    judge.told("acme", 7)
    judge.told("zeta", 9)
    assert told(judge, life, 1, 2, allowed=True, revision=7) == "allowed"
    assert told(judge, life, 1, 2, allowed=True, revision=8) == "allowed"
    assert told(judge, life, 1, 2, allowed=True, revision=7) == "allowed and revision from the past"
    assert (judge.wrong, len(judge.violations)) == (1, 1)


def test_a_long_life_forgets_its_beginning() -> None:
    """Of a token that was struck often the last turns are kept, and of what is forgotten nothing is certain."""
    life = Life(0.0)
    for at in range(1, 1_000):
        life.turn(float(at), allowed=at % 2 == 0, why="turn")
    assert told(Judge(), life, 999.5, 1_000, allowed=True) == "stale allow"
    assert told(Judge(), life, 999.5 - KEPT, 999.9 - KEPT, allowed=False) == "denied"
    assert told(Judge(), life, 1.5, 1.9, allowed=True) == "undecided"
