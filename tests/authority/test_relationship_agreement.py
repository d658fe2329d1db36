"""With any relationship model the authority decides what the formula says, over a twin of the engine."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from random import Random
from typing import Final

import pytest

from authz_core import Allowed, Holding, Object, check
from delegation.authority.bounds import all_within, within
from delegation.authority.effective import decide, effective, may, rights
from delegation.authority.holding import implied
from delegation.authority.refusal import Refusal
from tests.authority.oracle import Bound
from tests.authority.relationship_worlds import Drawn, drawn, holding
from tests.authority.worlds import NOW, presented, real_bound
from tests.authz_core.oracle import TooLong

pytestmark = [pytest.mark.semantics("3"), pytest.mark.semantics("5"), pytest.mark.threat("I1")]

WORLDS: Final = 120


def worlds() -> Iterator[Drawn]:
    """Return many worlds, the same ones each time."""
    return (drawn(Random(seed)) for seed in range(WORLDS))


def test_each_decision_is_that_of_the_formula() -> None:
    """A token may do exactly what every term lets through, and of those that do not, the first is named."""
    outcomes: Counter[str] = Counter()
    for one in worlds():
        for jti, token in one.tokens.items():
            bearer = presented(one.formula, jti, token)
            for relation, thing in one.questions:
                with suppress(TooLong):
                    terms = one.formula.terms(token, relation, thing)
                    first = next((term for term, answer in terms if not answer), None)
                    answer = decide(one.world, bearer, relation, Object(thing), NOW)
                    assert (str(answer.term) if isinstance(answer, Refusal) else None) == first
                    allowed = effective(one.world, bearer, frozenset({relation}), Object(thing), NOW)
                    assert allowed == (frozenset({relation}) if first is None else frozenset())
                    outcomes[first or "allowed"] += 1
    assert min(outcomes[each] for each in ("allowed", "status", "user", "delegation", "ceiling", "token")) > 9


@pytest.mark.semantics("2")
def test_peoples_rights_are_what_the_model_says() -> None:
    """A member who is active may do what the twin finds, by what counts at this moment, one by one and together."""
    found = 0
    for one in worlds():
        for relation, thing in one.questions:
            for name in one.formula.memberships:
                with suppress(TooLong):
                    by_twin = one.formula.may(name, relation, thing)
                    assert isinstance(may(one.world, name, relation, Object(thing)), Allowed) is by_twin
                    listed = rights(one.world, name, frozenset({relation}), Object(thing))
                    assert listed == (frozenset({relation}) if by_twin else frozenset())
                    found += by_twin
    assert found > 100


def bounds_of(one: Drawn) -> list[Bound]:
    """Return the bounds of a world."""
    return [*(each.bound for each in one.formula.delegations.values()), *(each.bound for each in one.tokens.values())]


def test_a_bound_lets_through_what_holding_implies() -> None:
    """A bound lets a permission through where the twin's imaginary holder has it, and nowhere else."""
    found = 0
    for one in worlds():
        for bound in bounds_of(one):
            for relation, thing in one.questions:
                with suppress(TooLong):
                    by_twin = one.formula.within(bound, relation, thing)
                    real, place = real_bound(bound), Object(thing)
                    assert isinstance(within(one.world, real, relation, place, NOW), Allowed) is by_twin
                    assert all_within(one.world, real, frozenset({relation}), place, NOW) == (
                        frozenset({relation}) if by_twin else frozenset()
                    )
                    found += by_twin
    assert found > 100


def test_what_follows_from_what_is_implied_is_implied() -> None:
    """Whoever holds something that a bound implies gets nothing by it, anywhere, that the bound does not imply."""
    found = 0
    for one in worlds():
        for bound in bounds_of(one):
            for relation, thing in one.questions:
                held = Holding(Object(thing), frozenset({relation}))
                if not implied(one.world, holding(bound), held.relations, held.object):
                    continue
                for permission, place in one.questions:
                    answers = [
                        isinstance(check(one.world.model, one.world.facts, who, permission, Object(place)), Allowed)
                        for who in (held, holding(bound))
                    ]
                    assert answers in ([False, False], [False, True], [True, True])
                    found += answers[0]
    assert found > 100
