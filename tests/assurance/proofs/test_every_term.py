"""E never exceeds any of its terms, and needs every one of them (semantics: effective rights)."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest
import z3

from tests.assurance.proofs.model import ADMINISTRATIVE, Bound, Role, Token
from tests.assurance.proofs.solving import follows, possible, refuted
from tests.assurance.proofs.stage import LENGTHS, QUESTION, WORLD, token

PERMISSION, NODE, NOW = QUESTION.permission, QUESTION.node, QUESTION.now
SAMPLE = token(2, ancestors=1)


def beneath(bound: Bound) -> z3.BoolRef:
    """The node asked about is the bound's place or lies beneath it."""
    return WORLD.below(NODE, bound.node)


def contained(bound: Bound) -> z3.BoolRef:
    """A role of the bound contains the permission now."""
    role = z3.Const("role", Role)
    return z3.Exists(role, z3.And(bound.roles(role), WORLD.contains(role, PERMISSION)))


def timely(bound: Bound) -> z3.BoolRef:
    """The bound has begun and has not ended."""
    return z3.And(bound.not_before <= NOW, bound.until > NOW)


def whole(bound: Bound) -> z3.BoolRef:
    """All that a bound says, at once."""
    return z3.And(beneath(bound), contained(bound), timely(bound), bound.permissions(PERMISSION))


TERMS: dict[str, Callable[[Token], z3.BoolRef]] = {
    "what the person may do": lambda of: WORLD.may(of.chain.person, PERMISSION, NODE),
    "membership": lambda of: of.chain.member,
    "place of each delegation": lambda of: z3.And(*(beneath(hop.bound) for hop in of.chain.hops)),
    "roles of each delegation": lambda of: z3.And(*(contained(hop.bound) for hop in of.chain.hops)),
    "time of each delegation": lambda of: z3.And(*(timely(hop.bound) for hop in of.chain.hops)),
    "consent to each delegation": lambda of: z3.And(*(hop.bound.permissions(PERMISSION) for hop in of.chain.hops)),
    "nothing administrative": lambda _: z3.Not(ADMINISTRATIVE(PERMISSION)),
    "ceiling of each agent": lambda of: z3.And(*(z3.Or(*map(whole, hop.ceiling)) for hop in of.chain.hops)),
    "status of each delegation": lambda of: z3.And(*(hop.in_force for hop in of.chain.hops)),
    "budget of each delegation": lambda of: z3.And(*(hop.unspent for hop in of.chain.hops)),
    "author of the policy": lambda of: WORLD.may(of.chain.hops[0].author, PERMISSION, NODE),
    "the token's own bound": lambda of: whole(of.bound),
    "bounds of the tokens it came from": lambda of: z3.And(*(whole(old.bound) for old in of.ancestors)),
    "status of the tokens": lambda of: z3.And(of.unrevoked, *(old.unrevoked for old in of.ancestors)),
    "audience": lambda of: QUESTION.service == of.audience,
}


@pytest.mark.semantics("5")
@pytest.mark.threat("I1")
@pytest.mark.parametrize("length", LENGTHS)
def test_effective_rights_never_exceed_a_term(length: int) -> None:
    """Whatever is let through is let through by each term, at every hop."""
    bearer = token(length, ancestors=length - 1)
    claims = {name: term(bearer) for name, term in TERMS.items()}
    assert refuted(claims, WORLD.facts, bearer.effective(WORLD, QUESTION)) == []


@pytest.mark.semantics("5")
@pytest.mark.threat("I1")
@pytest.mark.parametrize("left_out", SAMPLE.terms(WORLD, QUESTION))
def test_leaving_out_any_term_would_be_noticed(left_out: str) -> None:
    """No term follows from the others: with any one of them left out, something passes that it forbids."""
    terms = SAMPLE.terms(WORLD, QUESTION)
    forbidden = z3.Not(terms.pop(left_out))
    assert possible(WORLD.facts, *terms.values(), forbidden)


@pytest.mark.semantics("5")
@pytest.mark.threat("P2")
@pytest.mark.parametrize(
    "term", ["place of each delegation", "consent to each delegation", "status of each delegation"]
)
def test_counting_the_last_hop_alone_would_be_noticed(term: str) -> None:
    """Somebody who looks at the present agent only lets through what a delegation before it forbids."""
    bearer = token(3)
    careless = replace(bearer, chain=replace(bearer.chain, hops=bearer.chain.hops[-1:]))
    assert possible(WORLD.facts, careless.effective(WORLD, QUESTION), z3.Not(TERMS[term](bearer)))


@pytest.mark.semantics("5")
@pytest.mark.threat("I3")
@pytest.mark.parametrize("length", LENGTHS)
def test_without_a_reason_nothing_is_let_through(length: int) -> None:
    """Where no term is true the answer is no, and where a single one is not true it is no as well."""
    bearer = token(length, ancestors=1)
    terms = bearer.terms(WORLD, QUESTION).values()
    denied = z3.Not(bearer.effective(WORLD, QUESTION))
    assert follows(denied, WORLD.facts, *map(z3.Not, terms))
    assert follows(denied, WORLD.facts, z3.Or(*map(z3.Not, terms)))


@pytest.mark.semantics("5")
@pytest.mark.threat("I3")
@pytest.mark.parametrize("length", LENGTHS)
def test_somebody_may_do_something(length: int) -> None:
    """The laws are not true for want of cases: a chain of any length lets its bearer reach far beneath its place."""
    bearer = token(length, ancestors=length - 1)
    places = [hop.bound.node for hop in bearer.chain.hops]
    falling = [WORLD.below(lower, upper) for upper, lower in pairwise(places)]
    apart = z3.Distinct(*places, NODE)
    assert possible(WORLD.facts, bearer.effective(WORLD, QUESTION), apart, *falling)
