"""A ceiling is a set of alternatives: any one of them suffices, and one of them must (semantics: who and what)."""

import pytest
import z3

from tests.assurance.proofs.model import Bound, Role
from tests.assurance.proofs.solving import follows, possible
from tests.assurance.proofs.stage import QUESTION, WORLD

ALTERNATIVES = (Bound(), Bound())


def passes(*ceiling: Bound) -> z3.BoolRef:
    """The ceiling lets it through."""
    return z3.Or(*(bound.within(WORLD, QUESTION) for bound in ceiling))


@pytest.mark.semantics("1")
@pytest.mark.threat("I1")
def test_one_more_alternative_takes_nothing_away() -> None:
    """Whatever passes a ceiling passes it with another alternative added."""
    assert follows(passes(*ALTERNATIVES, Bound()), WORLD.facts, passes(*ALTERNATIVES))


@pytest.mark.semantics("1")
@pytest.mark.threat("I3")
def test_a_ceiling_without_alternatives_lets_nothing_through() -> None:
    """An empty set of bounds is nothing, and not everything."""
    assert follows(z3.Not(passes()), WORLD.facts)


@pytest.mark.semantics("1")
def test_asking_all_alternatives_at_once_would_be_noticed() -> None:
    """Were every alternative needed, something would be denied that one of them allows."""
    every = z3.And(*(bound.within(WORLD, QUESTION) for bound in ALTERNATIVES))
    assert possible(WORLD.facts, passes(*ALTERNATIVES), z3.Not(every))


@pytest.mark.semantics("1")
@pytest.mark.threat("I1")
def test_mixing_parts_of_alternatives_would_be_noticed() -> None:
    """Were the place taken from one alternative and the actions from another, more would pass than either allows."""
    role = z3.Const("role", Role)
    somewhere = z3.Or(*(WORLD.below(QUESTION.node, bound.node) for bound in ALTERNATIVES))
    consented = z3.Or(*(bound.permissions(QUESTION.permission) for bound in ALTERNATIVES))
    held = z3.Or(*(bound.roles(role) for bound in ALTERNATIVES))
    given = z3.Exists(role, z3.And(held, WORLD.contains(role, QUESTION.permission)))
    timely = z3.Or(*(bound.in_time(QUESTION) for bound in ALTERNATIVES))
    assert possible(WORLD.facts, somewhere, consented, given, timely, z3.Not(passes(*ALTERNATIVES)))
