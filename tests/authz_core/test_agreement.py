"""The engine against its twin, on worlds drawn at random."""

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authz_core import Allowed, Relationship, Relationships, check, permitted, type_of
from tests.authz_core.general_worlds import general_world
from tests.authz_core.oracle import TooLong, oracle
from tests.authz_core.rbac_worlds import rbac_world
from tests.authz_core.worlds import Question, World

# One world holds some twenty questions; six hundred of them take a few seconds.
WORLDS = 600
MANY_WORLDS = 12_000

Draw = Callable[[Random], World]

of_each_kind = pytest.mark.parametrize("draw", [general_world, rbac_world])


def differences(world: World) -> list[str]:
    """Name whatever in the world is not as it should be."""
    facts = Relationships(world.facts)
    found = []
    for question in world.questions:
        try:
            found += [f"{question}: {what}" for what in _differences(world, facts, question)]
        except TooLong:
            continue
    return found


def _differences(world: World, facts: Relationships, question: Question) -> list[str]:
    expected = oracle(world.model, world.facts, question.subject, question.relation, question.object)
    decision = check(world.model, facts, question.subject, question.relation, question.object)
    if isinstance(decision, Allowed) != expected:
        return [f"{decision}, but the twin says {expected}"]
    if not isinstance(decision, Allowed):
        return []
    if not set(decision.path) <= set(world.facts):
        return [f"{decision.path} was never stored"]
    replayed = check(world.model, Relationships(decision.path), question.subject, question.relation, question.object)
    return [] if isinstance(replayed, Allowed) else [f"{decision.path} alone gives {replayed}"]


def differences_at_once(world: World) -> list[str]:
    """Name the questions where asking for several relations at once and one by one differ."""
    facts = Relationships(world.facts)
    found = []
    for question in world.questions:
        among = frozenset({*world.model.types[type_of(question.object)], "no-such"})
        at_once = permitted(world.model, facts, question.subject, question.object, among)
        one_by_one = {
            relation
            for relation in among
            if isinstance(check(world.model, facts, question.subject, relation, question.object), Allowed)
        }
        if at_once != one_by_one:
            found.append(f"{question}: {sorted(at_once)} at once, {sorted(one_by_one)} one by one")
    return found


def changed(random: Random, facts: tuple[Relationship, ...]) -> Relationships:
    """The facts as they come about by adding and removing in any order."""
    result = Relationships()
    stray = [fact for fact in facts if random.random() < 0.5]
    waiting = [*facts, *stray]
    random.shuffle(waiting)
    for fact in waiting:
        if random.random() < 0.3:
            result.remove(random.choice(waiting))
        result.add(fact)
    result.apply(added=facts, removed=[fact for fact in stray if random.random() < 0.5])
    return result


@of_each_kind
def test_the_engine_agrees_with_its_twin(draw: Draw) -> None:
    """The engine allows exactly what the definitions say word by word, and what it names as proof is proof enough."""
    assert [(seed, found) for seed in range(WORLDS) if (found := differences(draw(Random(seed))))] == []


@pytest.mark.slow
@of_each_kind
def test_the_engine_agrees_with_its_twin_at_length(draw: Draw) -> None:
    """The engine allows exactly what the definitions say, in as many worlds as patience permits."""
    seeds = range(WORLDS, MANY_WORLDS)

    assert [(seed, found) for seed in seeds if (found := differences(draw(Random(seed))))] == []


@of_each_kind
@given(data=st.data())
def test_no_simpler_world_tells_them_apart(draw: Draw, data: st.DataObject) -> None:
    """The engine allows exactly what the definitions say, in worlds that shrink to the smallest that do not."""
    world = draw(data.draw(st.randoms(use_true_random=False)))

    assert differences(world) == []


@of_each_kind
def test_asking_at_once_is_asking_one_by_one(draw: Draw) -> None:
    """The set of permitted relations is exactly the set of those that single checks allow."""
    assert [(seed, found) for seed in range(WORLDS // 2) if (found := differences_at_once(draw(Random(seed))))] == []


@of_each_kind
def test_changes_leave_no_trace(draw: Draw) -> None:
    """Facts that came about by changes answer every question, and list themselves, like facts freshly loaded."""
    for seed in range(WORLDS // 2):
        world = draw(Random(seed))
        fresh, worn = Relationships(world.facts), changed(Random(seed), world.facts)

        assert set(worn) == set(fresh)
        assert len(worn) == len(fresh)
        for thing in {fact.object for fact in world.facts}:
            assert set(worn.by_object(thing)) == set(fresh.by_object(thing))
            assert set(worn.parents(thing)) == set(fresh.parents(thing))
            assert set(worn.children(thing)) == set(fresh.children(thing))
        for question in world.questions:
            asked = (question.subject, question.relation, question.object)
            assert type(check(world.model, worn, *asked)) is type(check(world.model, fresh, *asked))
