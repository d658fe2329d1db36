"""Whatever happens in whatever order, every answer is that of the formula (semantics: effective rights)."""

from collections import Counter
from collections.abc import Callable, Mapping
from random import Random
from typing import Final

import pytest

from tests.end_to_end.history import ACTIONS, AGENTS, GROUPS, MOVES, PEOPLE, PLACED, History
from tests.end_to_end.tenant import Tenant

Deed = Callable[[History, Random], None]

EDITED: Final = ("org-maker", "org-maker", "org-editor", "org-reader")
PRINCIPALS: Final = (*(f"user:{name}" for name in PEOPLE), *(f"group:{name}#member" for name in GROUPS))
UPSETS: Final = ("user", "agent", "membership", "member", "admission")
STRIKES: Final = ("suspend", "resume", "user", "administrator", "agent")


def assigned(h: History, c: Random) -> tuple[str, tuple[str, str]]:
    """Return an assignment that there is, or one that could be."""
    principal, *placed = c.choice([*sorted(h.oracle.assignments), (PRINCIPALS[0], *PLACED[0])])
    return principal, (placed[0], placed[1])


def some(c: Random) -> frozenset[str]:
    """Return a few permissions."""
    return frozenset(c.sample(ACTIONS, c.randrange(1, 4)))


def ceiling(c: Random) -> list[tuple[str, str]] | None:
    """Return the places of a ceiling, or none."""
    return c.choice((None, c.sample(PLACED, c.randrange(1, 4))))


DEEDS: Final[Mapping[str, tuple[int, Deed]]] = {
    "assign": (2, lambda h, c: h.toggle_assignment(c.choice(PRINCIPALS), c.choice(PLACED))),
    "unassign": (3, lambda h, c: h.toggle_assignment(*assigned(h, c))),
    "group": (2, lambda h, c: h.toggle_member(c.choice(GROUPS), c.choice((*PRINCIPALS[:2], PRINCIPALS[2])))),
    "role": (4, lambda h, c: h.edit_role(c.choice(EDITED), c.choice(ACTIONS))),
    "move": (4, lambda h, c: h.move(*c.choice([(thing, to) for thing, places in MOVES.items() for to in places]))),
    "upset": (1, lambda h, c: h.upset(c.choice(PEOPLE), c.choice(AGENTS), c.choice(UPSETS))),
    "ceiling": (3, lambda h, c: h.admit(c.choice(AGENTS), ceiling(c), c.choice(ACTIONS))),
    "mend": (3, lambda h, c: h.mend(c.choice(PEOPLE), c.choice(PLACED[:3]))),
    "wait": (1, lambda h, c: h.wait(c.choice((1, 60, 99, 100, 299, 300)))),
    "grant": (
        3,
        lambda h, c: h.grant(
            c.choice(PEOPLE),
            c.choice(AGENTS),
            c.choice(PLACED),
            c.choice((None, some(c))),
            c.choice((100, 400, 2000)),
            begins=c.choice((0, 0, 0, 100)),
        ),
    ),
    "strike": (1, lambda h, c: h.strike(c.randrange(5), c.choice(STRIKES))),
    "exchange": (
        4,
        lambda h, c: h.exchange(
            c.randrange(5), c.choice(PLACED), c.choice((None, some(c))), unattended=c.choice((True, False))
        ),
    ),
    "renew": (4, lambda h, c: h.renew(c.randrange(3), c.randrange(5))),
    "give up": (1, lambda h, c: h.give_up(c.randrange(3))),
}
"""What may happen next, how often of all, and how it is drawn."""


@pytest.mark.semantics("5")
@pytest.mark.threat("I1")
@pytest.mark.threat("I2")
@pytest.mark.threat("I6")
@pytest.mark.threat("I7")
@pytest.mark.threat("4")
@pytest.mark.threat("7")
@pytest.mark.threat("11")
@pytest.mark.parametrize(("histories", "steps"), [(4, 55), pytest.param(20, 60, marks=pytest.mark.slow)])
def test_answers_follow_any_history(found_tenant: Callable[[], Tenant], histories: int, steps: int) -> None:
    """After any steps of any people, introspection, evaluation and exchange equal the formula worked out by hand."""
    seen: Counter[str] = Counter()
    for seed in range(histories):
        seen += lived_through(History(found_tenant(), Random(seed)), steps)
    assert min(seen[term] for term in ("allowed", "status", "user", "delegation", "ceiling", "token")) > histories


def lived_through(history: History, steps: int) -> Counter[str]:
    """Return what was seen in a history of some steps, after each of which all answers were compared."""
    names, weights = list(DEEDS), [weight for weight, _ in DEEDS.values()]
    trail: list[str] = []
    try:
        for _ in range(steps):
            trail += history.chance.choices(names, weights)
            DEEDS[trail[-1]][1](history, history.chance)
            history.delegations_stand_as_they_should()
            history.answers_are_those_of_the_formula()
    except AssertionError as difference:
        difference.add_note(f"after {' → '.join(trail)}")
        raise
    return history.seen
