"""What a token has to say of the tokens that it came from, and what it may leave out (semantics: claims).

A token names each of them. It repeats place and privileges of one only where they are not its own, and never the
actions: what is asked must lie within what was asked before. These proofs say that nothing is lost by that.
"""

from dataclasses import replace
from itertools import combinations, pairwise

import pytest
import z3

from tests.assurance.proofs.model import Bound, Permission, World
from tests.assurance.proofs.solving import follows, possible
from tests.assurance.proofs.stage import QUESTION

NOW = World()
"""The world in which the token is used, which need not be the one in which it was issued."""
MOST = 4
"""Tokens that a token may have come from."""


def asked_within(child: Bound, parent: Bound) -> z3.BoolRef:
    """The child was asked for within its parent: no further actions, and no other time."""
    each = z3.Const("each", Permission)
    actions = z3.ForAll(each, z3.Implies(child.permissions(each), parent.permissions(each)))
    return z3.And(actions, parent.not_before <= child.not_before, child.until <= parent.until)


def generations(count: int) -> tuple[Bound, ...]:
    """The bound of a token, and those of the tokens that it came from, the nearest first."""
    return tuple(Bound() for _ in range(count + 1))


def lineage(bounds: tuple[Bound, ...]) -> z3.BoolRef:
    """Each was asked for within the one before it."""
    return z3.And(*(asked_within(child, parent) for child, parent in pairwise(bounds)))


@pytest.mark.semantics("6")
@pytest.mark.threat("I2")
def test_an_ancestor_with_the_same_place_need_only_be_named() -> None:
    """A token with the identifier and privileges of its ancestor, asked for within it, implies its bound."""
    own = Bound()
    ancestor = Bound(own.node, own.roles)
    implied = ancestor.within(NOW, QUESTION)
    assert follows(implied, NOW.facts, asked_within(own, ancestor), own.within(NOW, QUESTION))


@pytest.mark.semantics("6")
@pytest.mark.threat("I2")
@pytest.mark.parametrize("count", range(1, MOST + 1))
def test_an_ancestor_with_another_place_need_not_tell_its_actions(count: int) -> None:
    """Through any number of generations, places and privileges beside the token's own bound say all there is to say."""
    own, *ancestors = bounds = generations(count)
    short = z3.And(own.within(NOW, QUESTION), *(old.placed(NOW, QUESTION) for old in ancestors))
    full = z3.And(*(bound.within(NOW, QUESTION) for bound in bounds))
    assert follows(full, NOW.facts, lineage(bounds), short)
    assert follows(short, NOW.facts, lineage(bounds), full)


@pytest.mark.semantics("6")
@pytest.mark.threat("I2")
@pytest.mark.parametrize(("later", "earlier"), list(combinations(range(MOST + 1), 2)))
def test_a_place_that_a_later_token_has_too_need_not_be_told_again(later: int, earlier: int) -> None:
    """An ancestor that was only named, having the place of a token after it, stays implied in all that comes after."""
    bounds = list(generations(MOST))
    bounds[earlier] = replace(bounds[earlier], node=bounds[later].node, roles=bounds[later].roles)
    own, *ancestors = bounds
    told = [old.placed(NOW, QUESTION) for old in ancestors if old is not bounds[earlier]]
    given = (NOW.facts, lineage(tuple(bounds)), own.within(NOW, QUESTION), *told)
    assert follows(bounds[earlier].within(NOW, QUESTION), *given)


@pytest.mark.semantics("6")
@pytest.mark.threat("I2")
@pytest.mark.parametrize("other", ["identifier", "privileges"])
def test_an_ancestor_whose_place_is_left_out_would_be_noticed(other: str) -> None:
    """Were an ancestor with another identifier, or other privileges, only named, the token would exceed it."""
    own, ancestor = Bound(), Bound()
    kept = {"identifier": replace(ancestor, roles=own.roles), "privileges": replace(ancestor, node=own.node)}
    exceeds = z3.And(own.within(NOW, QUESTION), z3.Not(kept[other].within(NOW, QUESTION)))
    assert possible(NOW.facts, asked_within(own, kept[other]), exceeds)


@pytest.mark.semantics("6")
@pytest.mark.threat("I2")
def test_asking_for_more_than_before_would_be_noticed() -> None:
    """Were what is asked not compared with what was asked before, place and privileges would not suffice."""
    own = Bound()
    ancestor = Bound(own.node, own.roles, not_before=own.not_before, until=own.until)
    assert possible(NOW.facts, own.within(NOW, QUESTION), z3.Not(ancestor.within(NOW, QUESTION)))


@pytest.mark.semantics("6")
@pytest.mark.threat("3")
def test_a_token_that_outlives_its_origin_would_be_noticed() -> None:
    """Were the times not compared, a token would be good for longer than the one that it came from."""
    own = Bound()
    ancestor = Bound(own.node, own.roles, own.permissions)
    assert possible(NOW.facts, own.within(NOW, QUESTION), z3.Not(ancestor.within(NOW, QUESTION)))
