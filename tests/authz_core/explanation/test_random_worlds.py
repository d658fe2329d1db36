"""Explanations of worlds drawn at random: never another answer than `check`, never a wrong advice."""

import json
from collections.abc import Callable, Iterator
from itertools import combinations
from random import Random

import pytest

from authz_core import (
    Allowed,
    Decision,
    Exclusion,
    Explanation,
    Holding,
    Intersection,
    Miss,
    Model,
    Proof,
    Relationship,
    Relationships,
    StepKind,
    Union,
    explain,
    type_of,
)
from tests.authz_core.agreement import answered, facing
from tests.authz_core.condition_worlds import conditional_rbac_world, conditional_world
from tests.authz_core.explanation.changing import alone, followed
from tests.authz_core.explanation.documents import office_world
from tests.authz_core.fitting import fits_somewhere
from tests.authz_core.general_worlds import general_world
from tests.authz_core.rbac_worlds import rbac_world
from tests.authz_core.worlds import Question, World

WORLDS = 25
MANY_WORLDS = 400

Draw = Callable[[Random], World]

DRAWS = (general_world, rbac_world, conditional_world, conditional_rbac_world, office_world)
of_each_kind = pytest.mark.parametrize("draw", DRAWS)


def explained(world: World, stored: Relationships, question: Question) -> Explanation:
    """The explanation of the question with all that it brings along."""
    facts = facing(world, stored, question)
    return explain(world.model, facts, question.subject, question.relation, question.object)


def faults(world: World) -> Iterator[str]:
    """Name every explanation that is not as it should be."""
    stored = Relationships(world.facts)
    for question in world.questions:
        explanation = explained(world, stored, question)
        for fault in _faults(world, question, explanation, answered(world, stored, question)):
            yield f"{question}: {fault}"


def _faults(world: World, question: Question, explanation: Explanation, decision: Decision) -> Iterator[str]:
    if type(explanation.decision) is not type(decision):
        yield f"is explained as {explanation.decision}, but is {decision}"
    if isinstance(explanation.reason, Proof):
        yield from _unproven(world, question, explanation.reason)
    else:
        yield from _misleading(world, question, explanation.reason)
    if json.loads(json.dumps(explanation.as_json())) != explanation.as_json():
        yield "is no JSON"


def _unproven(world: World, question: Question, proof: Proof) -> Iterator[str]:
    if not alone(world, question, proof.relationships):
        yield f"{proof.relationships} alone do not allow it"
    if not set(proof.relationships) <= {*world.facts, *question.contextual}:
        yield f"{proof.relationships} were never stored"
    if any(step.supposed for step in proof.steps):
        yield "the proof supposes something"


def _misleading(world: World, question: Question, miss: Miss) -> Iterator[str]:
    if miss.changes and not isinstance(followed(world, question, miss.changes), Allowed):
        yield f"{miss.changes} do not help"


@of_each_kind
def test_no_explanation_is_wrong(draw: Draw) -> None:
    """The decision is that of a check, a proof allows by itself, and following the advice turns the answer."""
    assert [(seed, found) for seed in range(WORLDS) if (found := [*faults(draw(Random(seed)))])] == []


@pytest.mark.slow
@of_each_kind
def test_no_explanation_is_wrong_at_length(draw: Draw) -> None:
    """The decision, the proof and the advice hold in as many worlds as patience permits."""
    seeds = range(WORLDS, MANY_WORLDS)

    assert [(seed, found) for seed in seeds if (found := [*faults(draw(Random(seed)))])] == []


@of_each_kind
def test_the_order_of_what_is_stored_changes_nothing(draw: Draw) -> None:
    """Facts in another order have the same explanation."""
    for seed in range(WORLDS):
        world = draw(Random(seed))
        shuffled = list(world.facts)
        Random(seed + 1).shuffle(shuffled)
        one, other = Relationships(world.facts), Relationships(shuffled)

        for question in world.questions:
            assert explained(world, one, question) == explained(world, other, question)


def test_nothing_shorter_is_a_proof() -> None:
    """Where facts only add, no smaller set of relationships allows what is shown to be the shortest proof."""
    tried = 0
    for seed in range(12 * WORLDS):
        world = general_world(Random(seed))
        stored = Relationships(world.facts)
        if len(world.facts) > 20 or has_operators(world.model):
            continue
        for question in world.questions:
            proof = explained(world, stored, question).reason
            if isinstance(proof, Proof) and proof.relationships:
                tried += 1
                smaller = combinations(world.facts, len(proof.relationships) - 1)
                assert not any(alone(world, question, some) for some in smaller)

    assert tried > 30


def has_operators(model: Model) -> bool:
    """Whether an intersection or exclusion stands anywhere; a proof may need one relationship twice there."""
    waiting = [rewrite for relations in model.types.values() for rewrite in relations.values()]
    for rewrite in waiting:
        if isinstance(rewrite, Union):
            waiting.extend(rewrite.operands)
    return any(isinstance(rewrite, Intersection | Exclusion) for rewrite in waiting)


@of_each_kind
def test_proofs_are_no_longer_than_the_path_of_the_decision(draw: Draw) -> None:
    """A shortest proof needs no more relationships than the engine happened to find, nor ever goes in a circle."""
    for seed in range(WORLDS):
        world = draw(Random(seed))
        stored = Relationships(world.facts)
        for question in world.questions:
            decision, explanation = answered(world, stored, question), explained(world, stored, question)
            if isinstance(decision, Allowed) and isinstance(explanation.reason, Proof):
                assert len(explanation.reason.relationships) <= len(decision.path)
                assert explanation.reason.is_shortest


@pytest.mark.parametrize("draw", [general_world, rbac_world])
def test_what_one_relationship_would_allow_is_missed_by_one_change(draw: Draw) -> None:
    """Where a single relationship on any object would allow the question, the closest miss is a single change too."""
    tried = 0
    for seed in range(WORLDS // 2):
        world = draw(Random(seed))
        stored = Relationships(world.facts)
        for question in world.questions:
            miss = explained(world, stored, question).reason
            if isinstance(miss, Miss) and any(would_do(world, question)):
                tried += 1
                assert len(miss.changes) == 1

    assert tried > 20


def would_do(world: World, question: Question) -> Iterator[bool]:
    """Whether each relationship that might be stored for the subject would allow what it asks for."""
    if isinstance(question.subject, Holding):
        return
    for thing in dict.fromkeys((question.object, *(fact.object for fact in world.facts))):
        for relation in (*world.model.types[type_of(thing)], *world.model.roles):
            missing = Relationship(question.subject, relation, thing)
            if fits_somewhere(world.model, missing):
                yield alone(world, question, (*world.facts, missing))


def test_every_kind_of_step_occurs() -> None:
    """The worlds are rich enough to show what there is."""
    kinds: set[StepKind] = set()
    for draw in DRAWS:
        for seed in range(WORLDS):
            world = draw(Random(seed))
            stored = Relationships(world.facts)
            for question in world.questions:
                explanation = explained(world, stored, question)
                kinds |= {step.kind for step in explanation.reason.steps}

    assert kinds == set(StepKind)
