"""The engine against its twin, on worlds drawn at random."""

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authz_core import Allowed, Denied, Relationships, check, explain, permitted, type_of
from tests.authz_core.agreement import differences, facing, unproven
from tests.authz_core.condition_worlds import conditional_rbac_world, conditional_world
from tests.authz_core.general_worlds import general_world
from tests.authz_core.rbac_worlds import rbac_world
from tests.authz_core.worlds import World

# One world holds some twenty questions; a hundred and fifty of them take a few seconds.
WORLDS = 150
MANY_WORLDS = 3_000

Draw = Callable[[Random], World]

of_each_kind = pytest.mark.parametrize("draw", [general_world, rbac_world, conditional_world, conditional_rbac_world])


def differences_at_once(world: World) -> list[str]:
    """Name the questions where asking for several relations at once and one by one differ."""
    stored = Relationships(world.facts)
    found = []
    for question in world.questions:
        facts = facing(world, stored, question)
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
    assert [(seed, found) for seed in range(WORLDS // 3) if (found := differences_at_once(draw(Random(seed))))] == []


def differences_explained(world: World) -> list[str]:
    """Name the questions whose explanation is of another answer, or is no explanation."""
    stored = Relationships(world.facts)
    found = []
    for question in world.questions:
        asked = (facing(world, stored, question), question.subject, question.relation, question.object)
        decision, explained = check(world.model, *asked), explain(world.model, *asked).decision
        if isinstance(decision, Denied) or isinstance(explained, Denied):
            found += [] if decision == explained else [f"{question}: {decision}, but {explained} is explained"]
        else:
            found += [f"{question}: {what}" for what in unproven(world, question, explained.path)]
    return found


@of_each_kind
def test_an_explanation_explains_the_answer(draw: Draw) -> None:
    """An explanation is of the answer that the check gives, and the proof that it shows is proof enough."""
    found = {seed: differences_explained(draw(Random(seed))) for seed in range(WORLDS // 3)}

    assert {seed: what for seed, what in found.items() if what} == {}
