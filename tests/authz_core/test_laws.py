"""Laws that hold in every world: bounds narrow, facts add up, and what takes away never gives."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authz_core import (
    Allowed,
    Computed,
    Exclusion,
    Holding,
    Intersection,
    InvalidRelationship,
    Model,
    Object,
    Relationship,
    Relationships,
    Rewrite,
    Subject,
    Union,
    check,
    parse_subject,
    type_of,
    validate_relationship,
)
from tests.authz_core.general_worlds import general_world
from tests.authz_core.rbac_worlds import rbac_world
from tests.authz_core.worlds import Question, World

WORLDS = 300

any_random = st.randoms(use_true_random=False)
FRESH = parse_subject("user:fresh")


def is_allowed(model: Model, facts: Relationships, subject: Subject | Holding, question: Question) -> bool:
    """Whether a check allows the question to this subject."""
    return isinstance(check(model, facts, subject, question.relation, question.object), Allowed)


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
            assert is_allowed(world.model, facts, bound, question) == literally, (seed, question)


@pytest.mark.semantics("3")
def test_a_bound_on_a_tree_never_exceeds_a_person_who_holds_as_much() -> None:
    """Whatever follows from holding roles, a user who holds just these roles there may do."""
    for seed in range(WORLDS):
        world = rbac_world(Random(seed))
        for bound, question in bounds(world):
            person = Relationships([*world.facts, *held(bound)])
            if is_allowed(world.model, Relationships(world.facts), bound, question):
                assert is_allowed(world.model, person, FRESH, question), (seed, question)


@given(any_random)
def test_holding_less_gives_less(random: Random) -> None:
    """Nothing follows from some of the relations that does not follow from all of them, in any model."""
    world = general_world(random)
    facts = Relationships(world.facts)
    for bound, question in bounds(world):
        fewer = Holding(bound.object, frozenset(sorted(bound.relations)[:-1]))
        if is_allowed(world.model, facts, fewer, question):
            assert is_allowed(world.model, facts, bound, question)


@given(any_random)
def test_strangers_do_not_change_a_bound(random: Random) -> None:
    """What people hold, and what is open to everyone, neither adds to a bound nor takes from it."""
    world = general_world(random)
    facts = Relationships(world.facts)
    structure = Relationships(each for each in world.facts if "#" in each.subject or each.relation == "parent")
    for bound, question in bounds(world):
        assert is_allowed(world.model, facts, bound, question) == is_allowed(world.model, structure, bound, question)


@given(any_random)
def test_roles_only_add(random: Random) -> None:
    """With roles on a tree, no fact takes anything from anyone."""
    world = rbac_world(random)
    some = Relationships(random.sample(world.facts, len(world.facts) // 2))
    for question in world.questions:
        if is_allowed(world.model, some, question.subject, question):
            assert is_allowed(world.model, Relationships(world.facts), question.subject, question)


def judged(random: Random, world: World, question: Question) -> tuple[bool, bool, bool]:
    """Whether the relation is allowed as it is, when it wants something more, and when something else will do too."""
    type_ = type_of(question.object)
    itself, other = Computed(question.relation), Computed(random.choice(sorted(world.model.types[type_])))
    derived: dict[str, Rewrite] = {
        "narrow": random.choice((Intersection((itself, other)), Exclusion(itself, other))),
        "wide": Union((itself, other)),
    }
    types = {**world.model.types, type_: {**world.model.types[type_], **derived}}
    model = Model(types, world.model.roles, world.model.holders, world.model.delegable)
    facts = Relationships(world.facts)
    as_is, narrow, wide = (
        is_allowed(model, facts, question.subject, Question(question.subject, relation, question.object))
        for relation in (question.relation, "narrow", "wide")
    )
    return as_is, narrow, wide


@given(any_random)
def test_what_forbids_never_allows(random: Random) -> None:
    """Something more to be wanted or taken away allows nothing new, and a further way in refuses nothing."""
    world = general_world(random)
    for question in world.questions:
        if question.relation in world.model.types[type_of(question.object)]:
            as_is, narrow, wide = judged(random, world, question)
            assert narrow <= as_is <= wide
