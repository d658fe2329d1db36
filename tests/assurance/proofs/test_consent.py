"""What was consented to stays what it was, whatever happens to roles and places (semantics: delegations)."""

from dataclasses import replace

import pytest
import z3

from tests.assurance.proofs.model import Bound, Delegation, Node, Permission, Role, World, among
from tests.assurance.proofs.solving import follows, possible
from tests.assurance.proofs.stage import QUESTION, WORLD, token

LATER = World()
"""Any later revision: things were moved, roles were changed, people gained and lost roles."""
PERMISSION, NODE = QUESTION.permission, QUESTION.node


def grown() -> z3.BoolRef:
    """Roles have gained permissions and lost none; nothing else has changed."""
    role, permission = z3.Const("r", Role), z3.Const("p", Permission)
    lower, upper = z3.Consts("l u", Node)
    kept = z3.Implies(WORLD.contains(role, permission), LATER.contains(role, permission))
    unmoved = WORLD.below(lower, upper) == LATER.below(lower, upper)
    return z3.And(z3.ForAll([role, permission], kept), z3.ForAll([lower, upper], unmoved))


@pytest.mark.semantics("4")
@pytest.mark.threat("I1")
def test_nothing_is_let_through_that_was_not_consented_to() -> None:
    """At every later revision, a permission that passes is one that was consented to, at every hop."""
    bearer = token(3)
    consented = z3.And(*(hop.bound.permissions(PERMISSION) for hop in bearer.chain.hops))
    assert follows(consented, LATER.facts, bearer.effective(LATER, QUESTION))


@pytest.mark.semantics("4")
def test_a_role_that_grows_gives_the_agent_nothing() -> None:
    """Where roles grew and nothing else changed, what a bound lets through besides is what was consented to."""
    bound = Bound()
    before, after = bound.within(WORLD, QUESTION), bound.within(LATER, QUESTION)
    given = (WORLD.facts, LATER.facts, grown())
    assert follows(after, *given, before)
    assert follows(bound.permissions(PERMISSION), *given, after, z3.Not(before))


@pytest.mark.semantics("4")
def test_a_bound_that_follows_its_role_would_be_noticed() -> None:
    """Were the permissions of a bound those that its roles contain by then, a role that grows would give more."""
    bound = Bound()
    consented = among(Permission, "consented")
    each = z3.Const("each", Permission)
    held = z3.Const("held", Role)
    contained = z3.Exists(held, z3.And(bound.roles(held), WORLD.contains(held, each)))
    consent = z3.ForAll(each, consented(each) == contained)
    passes = z3.And(bound.in_time(QUESTION), bound.placed(LATER, QUESTION))
    assert possible(WORLD.facts, LATER.facts, grown(), consent, passes, z3.Not(consented(PERMISSION)))


@pytest.mark.semantics("4")
@pytest.mark.threat("7")
def test_a_move_takes_nothing_along() -> None:
    """What was moved away is let through no longer, and what was moved in is judged by the same consent."""
    bound = Bound()
    passes = bound.within(LATER, QUESTION)
    assert follows(z3.Not(passes), LATER.facts, z3.Not(LATER.below(NODE, bound.node)))
    assert follows(bound.permissions(PERMISSION), LATER.facts, passes, z3.Not(WORLD.below(NODE, bound.node)))


@pytest.mark.semantics("4")
@pytest.mark.threat("7")
def test_a_place_that_is_remembered_would_be_noticed() -> None:
    """Were it remembered what lay beneath a place, what was moved away could still be reached."""
    bound = Bound()
    remembered = z3.And(bound.permissions(PERMISSION), bound.in_time(QUESTION), bound.placed(WORLD, QUESTION))
    assert possible(WORLD.facts, LATER.facts, remembered, z3.Not(bound.within(LATER, QUESTION)))


@pytest.mark.semantics("4")
@pytest.mark.threat("62")
def test_granting_again_revives_nothing() -> None:
    """A token of a delegation that was revoked lets nothing through, though the same was granted again."""
    old = token(1)
    revoked = old.chain.hops[0]
    again = Delegation(revoked.bound, revoked.ceiling, author=revoked.author)
    given = (WORLD.facts, z3.Not(revoked.in_force), again.in_force)
    assert follows(z3.Not(old.effective(WORLD, QUESTION)), *given)
    assert possible(*given, replace(old, chain=replace(old.chain, hops=(again,))).effective(WORLD, QUESTION))


@pytest.mark.semantics("4")
def test_an_author_who_may_no_longer_takes_the_right_along() -> None:
    """What a policy gave is gone with the right of its author, however far down the chain it was handed on."""
    bearer = token(3)
    author = bearer.chain.hops[0].author
    lost = z3.Not(LATER.may(author, PERMISSION, NODE))
    assert follows(z3.Not(bearer.effective(LATER, QUESTION)), LATER.facts, lost)
