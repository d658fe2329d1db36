"""What is derived from something never lets through more (semantics: delegations, invariants)."""

from dataclasses import replace

import pytest
import z3

from tests.assurance.proofs.model import Delegation, Token
from tests.assurance.proofs.solving import follows, possible, refuted
from tests.assurance.proofs.stage import LENGTHS, QUESTION, WORLD, chain, derived, longer, token

SHORTER = range(1, max(LENGTHS))
"""Chains that can be made longer."""


def limits(earlier: Token) -> dict[str, z3.BoolRef]:
    """All that an earlier token stands on, but for the service that it is for: a later one may be for another."""
    terms = earlier.terms(WORLD, QUESTION)
    del terms["audience"]
    return terms


@pytest.mark.semantics("5")
@pytest.mark.threat("I2")
@pytest.mark.parametrize("length", SHORTER)
def test_a_child_delegation_never_exceeds_its_parent(length: int) -> None:
    """Whatever an agent writes into a delegation for another agent, it hands on at most what it has."""
    parent = chain(length)
    child = longer(parent)
    assert follows(parent.allows(WORLD, QUESTION), WORLD.facts, child.allows(WORLD, QUESTION))


@pytest.mark.semantics("5")
@pytest.mark.threat("I2")
def test_a_child_that_does_not_carry_its_parents_along_would_be_noticed() -> None:
    """Were the child compared with its parent once and judged alone ever after, it could exceed it."""
    parent = chain(1)
    alone = replace(parent, hops=(Delegation(),))
    exceeds = z3.And(alone.allows(WORLD, QUESTION), z3.Not(parent.allows(WORLD, QUESTION)))
    assert possible(WORLD.facts, exceeds)


@pytest.mark.semantics("6")
@pytest.mark.threat("I2")
@pytest.mark.parametrize("length", LENGTHS)
def test_a_token_for_a_token_never_exceeds_it(length: int) -> None:
    """An agent that narrows its own token gets at most what it had, however often it does so."""
    first = token(length)
    second = derived(first, first.chain)
    third = derived(second, first.chain)
    assert refuted(limits(first), WORLD.facts, second.effective(WORLD, QUESTION)) == []
    assert refuted(limits(second), WORLD.facts, third.effective(WORLD, QUESTION)) == []


@pytest.mark.semantics("6")
@pytest.mark.threat("I2")
@pytest.mark.parametrize("length", SHORTER)
def test_a_token_for_another_agent_never_exceeds_it(length: int) -> None:
    """The next agent of the chain gets at most what the token that it was handed lets through."""
    handed = token(length, ancestors=1)
    own = derived(handed, longer(handed.chain))
    assert refuted(limits(handed), WORLD.facts, own.effective(WORLD, QUESTION)) == []


@pytest.mark.semantics("6")
@pytest.mark.threat("I2")
@pytest.mark.parametrize("forgotten", ["own bound", "bound before that"])
def test_a_token_whose_origin_is_forgotten_would_be_noticed(forgotten: str) -> None:
    """Were a token compared with its delegations only, it could exceed the token that it was got for."""
    parent = token(2, ancestors=1)
    child = derived(parent, parent.chain)
    kept = {"own bound": child.ancestors[1:], "bound before that": child.ancestors[:1]}[forgotten]
    careless = replace(child, ancestors=kept)
    exceeds = z3.Not(z3.And(*limits(parent).values()))
    assert possible(WORLD.facts, careless.effective(WORLD, QUESTION), exceeds)


@pytest.mark.semantics("6")
def test_a_token_for_the_same_service_is_good_for_less_there() -> None:
    """Where both are for one service, whatever the later token lets through, the earlier one does."""
    first = token(2)
    second = replace(derived(first, first.chain), audience=first.audience)
    assert follows(first.effective(WORLD, QUESTION), WORLD.facts, second.effective(WORLD, QUESTION))


@pytest.mark.semantics("4")
@pytest.mark.threat("6")
@pytest.mark.parametrize("length", LENGTHS)
def test_what_stands_on_something_ended_lets_nothing_through(length: int) -> None:
    """Whichever delegation of the chain has ended, or whichever token before this one, nothing is left."""
    bearer = token(length, ancestors=2)
    alive = [hop.in_force for hop in bearer.chain.hops] + [old.unrevoked for old in bearer.ancestors]
    ended = z3.Or(*map(z3.Not, alive))
    assert follows(z3.Not(bearer.effective(WORLD, QUESTION)), WORLD.facts, ended)
