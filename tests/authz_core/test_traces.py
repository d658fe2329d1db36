"""What leaves no trace in an answer: the order of facts, how they came about, earlier questions, and repetition."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from authz_core import Allowed, Decision, Denied, Limits, Relationship, RelationshipCondition, Relationships
from tests.authz_core.agreement import TROUBLES, answered, expected
from tests.authz_core.condition_worlds import conditional_rbac_world, conditional_world
from tests.authz_core.fitting import may_be_stored
from tests.authz_core.general_worlds import general_world
from tests.authz_core.oracle import YES, TooLong
from tests.authz_core.rbac_worlds import rbac_world
from tests.authz_core.worlds import World

WORLDS = 30
ENOUGH = 1_000_000  # steps that no world here takes

Draw = Callable[[Random], World]

of_each_kind = pytest.mark.parametrize("draw", [general_world, rbac_world, conditional_world, conditional_rbac_world])
on_conditions = pytest.mark.parametrize("draw", [conditional_world, conditional_rbac_world])


def changed(random: Random, facts: tuple[Relationship, ...]) -> Relationships:
    """The facts as they come about by adding, removing and replacing in any order."""
    result = Relationships()
    stray = [fact for fact in facts if random.random() < 0.5]
    others = [fact._replace(condition=random.choice((None, RelationshipCondition("office")))) for fact in stray]
    waiting = [*facts, *stray, *others]
    random.shuffle(waiting)
    for fact in waiting:
        if random.random() < 0.3:
            result.remove(random.choice(waiting))
        result.add(fact)
    result.apply(added=facts, removed=[fact for fact in stray if random.random() < 0.5])
    return result


def shuffled(random: Random, facts: tuple[Relationship, ...]) -> Relationships:
    """The facts in another order."""
    return Relationships(random.sample(facts, len(facts)))


def said(decision: Decision) -> Denied | None:
    """The decision, where of two proofs one is as good as the other."""
    return decision if isinstance(decision, Denied) else None


@of_each_kind
def test_changes_leave_no_trace(draw: Draw) -> None:
    """Facts that came about by changes answer every question, and list themselves, like facts freshly loaded."""
    for seed in range(WORLDS):
        world = draw(Random(seed))
        fresh, worn = Relationships(world.facts), changed(Random(seed), world.facts)

        assert set(worn) == set(fresh) == set(world.facts)
        assert len(worn) == len(fresh)
        assert worn.conditions == fresh.conditions
        for thing in {fact.object for fact in world.facts}:
            assert set(worn.by_object(thing)) == set(fresh.by_object(thing))
            assert set(worn.parents(thing)) == set(fresh.parents(thing))
            assert set(worn.children(thing)) == set(fresh.children(thing))
        for question in world.questions:
            assert said(answered(world, worn, question)) == said(answered(world, fresh, question)), (seed, question)


@of_each_kind
def test_the_order_of_facts_leaves_no_trace(draw: Draw) -> None:
    """In whatever order facts were stored and brought along, the answer is the same, reason and detail included."""
    for seed in range(WORLDS):
        random = Random(seed)
        world = draw(random)
        stored = Relationships(world.facts)
        for question in world.questions:
            contextual = tuple(random.sample(question.contextual, len(question.contextual)))
            other = answered(world, shuffled(random, world.facts), replace(question, contextual=contextual))
            assert said(other) == said(answered(world, stored, question)), (seed, question)


@of_each_kind
def test_questions_leave_no_trace(draw: Draw) -> None:
    """A question is answered alike before and after others, asked with other context about the same facts."""
    for seed in range(WORLDS):
        world = draw(Random(seed))
        kept = Relationships(world.facts)
        alone = [said(answered(world, Relationships(world.facts), question)) for question in world.questions]
        order = [*range(len(alone)), *reversed(range(len(alone)))]

        assert [said(answered(world, kept, world.questions[each])) for each in order] == [alone[each] for each in order]
        assert set(kept) == set(world.facts)


@of_each_kind
def test_repetition_leaves_no_trace(draw: Draw) -> None:
    """What is stored already may be brought along again without changing any answer."""
    for seed in range(WORLDS):
        random = Random(seed)
        world = draw(random)
        stored = Relationships(world.facts)
        for question in world.questions:
            brought = {each.key for each in question.contextual}
            known = [each for each in world.facts if each.key not in brought and may_be_stored(world.model, each)]
            again = replace(question, contextual=(*question.contextual, *known[:20], *question.contextual))
            assert said(answered(world, stored, again)) == said(answered(world, stored, question)), (seed, question)


@on_conditions
def test_a_situation_without_anything_leaves_no_trace(draw: Draw) -> None:
    """Facts alone and the same facts in a situation that adds nothing answer alike."""
    for seed in range(WORLDS):
        world = draw(Random(seed))
        stored = Relationships(world.facts)
        for question in world.questions:
            bare = replace(question, context={}, contextual=())
            situated = answered(world, stored, bare, Limits(steps=ENOUGH))
            assert said(situated) == said(answered(world, stored, bare)), (seed, question)


def is_given_up(decision: Decision) -> bool:
    """Whether the answer is that it could not be told."""
    return isinstance(decision, Denied) and decision.reason in TROUBLES


@of_each_kind
@pytest.mark.parametrize("steps", [1, 3, 10, 30])
def test_a_limit_on_steps_only_gives_up(draw: Draw, steps: int) -> None:
    """With fewer steps an answer is the same, or that there was too much to do, never another one."""
    for seed in range(WORLDS // 2):
        world = draw(Random(seed))
        stored = Relationships(world.facts)
        for question in world.questions:
            limited = answered(world, stored, question, Limits(steps=steps))
            assert is_given_up(limited) or said(limited) == said(answered(world, stored, question)), (seed, question)


@of_each_kind
@pytest.mark.parametrize("hops", [0, 1, 2, 4])
def test_a_limit_on_hops_only_gives_up_what_lies_beyond(draw: Draw, hops: int) -> None:
    """With fewer hops an answer is the same or given up, and never given up where so many hops lead to a yes."""
    for seed in range(WORLDS // 2):
        world = draw(Random(seed))
        stored = Relationships(world.facts)
        for question in world.questions:
            limited = answered(world, stored, question, Limits(hops=hops))
            if said(limited) == said(answered(world, stored, question)):
                continue
            try:
                answer = expected(world, question, hops)
            except TooLong:
                continue
            assert is_given_up(limited), (seed, question)
            assert answer != YES, (seed, question)


@of_each_kind
def test_every_allowed_answer_repeats_itself(draw: Draw) -> None:
    """The same question of the same facts is proved by the same path."""
    for seed in range(WORLDS // 2):
        world = draw(Random(seed))
        stored = Relationships(world.facts)
        for question in world.questions:
            first, second = answered(world, stored, question), answered(world, stored, question)
            assert isinstance(first, Allowed) == isinstance(second, Allowed)
            assert first == second
