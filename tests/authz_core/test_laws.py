"""Laws that hold in every world: bounds narrow, facts add up, what takes away never gives, and ignorance is honest."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authz_core import (
    Allowed,
    Computed,
    Denied,
    Exclusion,
    Holding,
    Intersection,
    InvalidRelationship,
    Model,
    Object,
    Reason,
    Relationship,
    Relationships,
    Rewrite,
    Subject,
    Union,
    parse_subject,
    type_of,
    validate_relationship,
)
from tests.authz_core.agreement import TROUBLES, answered
from tests.authz_core.condition_worlds import conditional_rbac_world, conditional_world
from tests.authz_core.fitting import may_be_stored
from tests.authz_core.general_worlds import TUPLESETS, general_world
from tests.authz_core.rbac_worlds import rbac_world
from tests.authz_core.worlds import Question, World

WORLDS = 150

Draw = Callable[[Random], World]

any_seed = st.integers(min_value=0, max_value=2**32)
with_roles = pytest.mark.parametrize("draw", [rbac_world, conditional_rbac_world])
of_any_shape = pytest.mark.parametrize("draw", [general_world, conditional_world])
on_conditions = pytest.mark.parametrize("draw", [conditional_world, conditional_rbac_world])
FRESH = parse_subject("user:fresh")


def is_allowed(world: World, facts: Relationships, subject: Subject | Holding, question: Question) -> bool:
    """Whether a check allows the question to this subject, under the question's conditions."""
    return isinstance(answered(world, facts, replace(question, subject=subject)), Allowed)


def bare(question: Question) -> Question:
    """The question without the facts that it brings along."""
    return replace(question, contextual=())


def fitting(world: World) -> Relationships:
    """The facts that fit the model, with one parent for each resource."""
    facts = Relationships()
    for each in world.facts:
        try:
            validate_relationship(world.model, each)
        except InvalidRelationship:
            continue
        if each.relation != "parent" or not facts.parents(each.object):
            facts.add(each)
    return facts


def ancestry(facts: Relationships, thing: Object) -> list[Object]:
    """The resource and what lies above it, by the letter of the tree."""
    above = [thing]
    for each in above:
        above.extend(parent for parent in facts.parents(each) if parent not in above)
    return above


def bounds(world: World) -> list[tuple[Holding, Question]]:
    """The questions of a world that ask what follows from holding."""
    return [(each.subject, each) for each in world.questions if isinstance(each.subject, Holding)]


def held(bound: Holding) -> list[Relationship]:
    """The same held by a user of whom nothing else is known."""
    return [Relationship(FRESH, relation, bound.object) for relation in bound.relations]


@pytest.mark.semantics("3")
def test_a_bound_means_the_same_by_the_tree_and_by_the_model() -> None:
    """With roles on a tree, holding implies a permission iff the resource lies beneath and a held role contains it."""
    for seed in range(WORLDS):
        world = rbac_world(Random(seed))
        facts = fitting(world)
        for bound, question in bounds(world):
            roles = [world.model.roles.get(slug) for slug in bound.relations]
            literally = (
                type_of(bound.object) in world.model.delegable
                and question.relation not in world.model.administrative
                and bound.object in ancestry(facts, question.object)
                and any(r and r.type == type_of(bound.object) and question.relation in r.permissions for r in roles)
            )
            assert is_allowed(world, facts, bound, question) == literally, (seed, question)


@pytest.mark.semantics("3")
@with_roles
def test_a_bound_on_a_tree_never_exceeds_a_person_who_holds_as_much(draw: Draw) -> None:
    """Whatever follows from holding roles, a user who holds just these roles there may do."""
    for seed in range(WORLDS):
        world = draw(Random(seed))
        for bound, question in bounds(world):
            person = Relationships([*world.facts, *held(bound)])
            if all(may_be_stored(world.model, each) for each in held(bound)) and is_allowed(
                world, Relationships(world.facts), bound, question
            ):
                assert is_allowed(world, person, FRESH, question), (seed, question)


@of_any_shape
@given(seed=any_seed)
def test_holding_less_gives_less(draw: Draw, seed: int) -> None:
    """Nothing follows from some of the relations that does not follow from all of them, in any model."""
    world = draw(Random(seed))
    facts = Relationships(world.facts)
    for bound, question in bounds(world):
        fewer = Holding(bound.object, frozenset(sorted(bound.relations)[:-1]))
        if is_allowed(world, facts, fewer, question):
            assert is_allowed(world, facts, bound, question)


@of_any_shape
@given(seed=any_seed)
def test_strangers_do_not_change_a_bound(draw: Draw, seed: int) -> None:
    """What people hold, and what is open to everyone, neither adds to a bound nor takes from it."""
    world = draw(Random(seed))
    facts = Relationships(world.facts)
    structure = Relationships(each for each in world.facts if "#" in each.subject or each.relation in TUPLESETS)
    for bound, question in bounds(world):
        assert is_allowed(world, facts, bound, question) == is_allowed(world, structure, bound, question)


@with_roles
@given(seed=any_seed)
def test_roles_only_add(draw: Draw, seed: int) -> None:
    """With roles on a tree, no fact takes anything from anyone."""
    random = Random(seed)
    world = draw(random)
    some = Relationships(random.sample(world.facts, len(world.facts) // 2))
    for question in map(bare, world.questions):
        if is_allowed(world, some, question.subject, question):
            assert is_allowed(world, Relationships(world.facts), question.subject, question)


def judged(random: Random, world: World, question: Question) -> tuple[bool, bool, bool]:
    """Whether the relation is allowed as it is, when it wants something more, and when something else will do too."""
    type_ = type_of(question.object)
    itself, other = Computed(question.relation), Computed(random.choice(sorted(world.model.types[type_])))
    derived: dict[str, Rewrite] = {
        "narrow": random.choice((Intersection((itself, other)), Exclusion(itself, other))),
        "wide": Union((itself, other)),
    }
    types = {**world.model.types, type_: {**world.model.types[type_], **derived}}
    model = Model(
        types, world.model.roles, world.model.holders, world.model.delegable, conditions=world.model.conditions
    )
    facts = Relationships(world.facts)
    as_is, narrow, wide = (
        is_allowed(replace(world, model=model), facts, question.subject, replace(question, relation=relation))
        for relation in (question.relation, "narrow", "wide")
    )
    return as_is, narrow, wide


@of_any_shape
@given(seed=any_seed)
def test_what_forbids_never_allows(draw: Draw, seed: int) -> None:
    """Something more to be wanted or taken away allows nothing new, and a further way in refuses nothing."""
    random = Random(seed)
    world = draw(random)
    for question in world.questions:
        if question.relation in world.model.types[type_of(question.object)]:
            as_is, narrow, wide = judged(random, world, question)
            assert narrow <= as_is <= wide


@on_conditions
@given(seed=any_seed)
def test_what_was_told_without_a_value_stays_true_with_it(draw: Draw, seed: int) -> None:
    """A value that was missing makes nothing else of an answer that was given without it."""
    random = Random(seed)
    world = draw(random)
    facts = Relationships(world.facts)
    for question in world.questions:
        fewer = {name: value for name, value in question.context.items() if random.random() < 0.5}
        before = answered(world, facts, replace(question, context=fewer))
        after = answered(world, facts, question)
        if isinstance(before, Denied) and before.reason in TROUBLES:
            continue
        assert isinstance(before, Allowed) == isinstance(after, Allowed)
        if before == Denied(Reason.NOT_HELD):
            assert after == before
