"""Lists against the single questions that they stand for, on worlds drawn at random."""

from collections.abc import Callable, Iterator
from random import Random

import pytest

from authz_core import (
    Denied,
    Holding,
    Limits,
    Listing,
    Object,
    Reason,
    Relationships,
    Subject,
    Unanswerable,
    list_objects,
    list_relations,
    list_subjects,
    type_of,
)
from tests.authz_core.agreement import facing
from tests.authz_core.condition_worlds import conditional_rbac_world, conditional_world
from tests.authz_core.general_worlds import general_world
from tests.authz_core.list_worlds import Wanted, wanted
from tests.authz_core.listing import one_by_one
from tests.authz_core.listing.one_by_one import Facts, Long
from tests.authz_core.rbac_worlds import rbac_world
from tests.authz_core.worlds import World

WORLDS = 100
MANY_WORLDS = 2_000

Draw = Callable[[Random], World]
Answer = Listing[Object] | Listing[Subject] | Listing[str] | Denied

of_each_kind = pytest.mark.parametrize("draw", [general_world, rbac_world, conditional_world, conditional_rbac_world])


def answer(ask: Callable[[], Answer]) -> Answer:
    """The listing, or why there is none."""
    try:
        return ask()
    except Unanswerable as error:
        return Denied(error.reason, error.detail)


def lists(world: World, facts: Facts, each: Wanted) -> Iterator[tuple[str, Answer, Long]]:
    """The lists about a question, and the same made the long way."""
    model, question = world.model, each.question
    subject, relation, thing = question.subject, question.relation, question.object
    yield (
        "subjects",
        answer(lambda: list_subjects(model, facts, relation, thing, *each.forms)),
        one_by_one.subjects(model, facts, relation, thing, *each.forms),
    )
    if is_known(world, subject):
        yield (
            "objects",
            answer(lambda: list_objects(model, facts, subject, relation, *each.types)),
            one_by_one.objects(model, facts, subject, relation, *each.types),
        )
        yield (
            "relations",
            answer(lambda: list_relations(model, facts, subject, thing)),
            one_by_one.relations(model, facts, subject, thing),
        )


def is_known(world: World, subject: Subject | Holding) -> bool:
    """Whether the model knows of subjects like this one."""
    if isinstance(subject, Holding):
        return True
    type_, relation = type_of(subject), subject.partition("#")[2]
    own = {role.slug for role in world.model.roles.values() if role.type == type_}
    return type_ in world.model.types and (not relation or relation in {*world.model.types[type_], *own})


def differences(seed: int, draw: Draw, limits: Limits | None = None) -> list[str]:
    """Name the lists of a world that are not as they should be."""
    random = Random(seed)
    world = draw(random)
    stored = Relationships(world.facts)
    return [
        f"{name} of {each}: {listed}, but one by one {long}"
        for each in wanted(random, world)
        for name, listed, long in lists(world, facing(world, stored, each.question, limits), each)
        if not agree(name, listed, long)
    ]


def agree(name: str, listed: Answer, long: Long) -> bool:
    """Whether a list is the same as one made the long way, or fails for the same reason.

    An object that cannot be reached is no candidate, whatever a single question about it would say.
    """
    if isinstance(listed, Denied):
        return listed in long.unknown if name == "objects" else listed == first(long)
    return listed.items == long.items and (name == "objects" or not long.unknown)


def first(long: Long) -> Denied:
    """The denial that comes first."""
    return min(long.unknown, key=lambda denial: (denial.reason, denial.detail), default=Denied(Reason.NOT_HELD))


@of_each_kind
def test_a_list_is_what_single_questions_allow(draw: Draw) -> None:
    """A list holds exactly what single questions allow, or cannot be told where one of them cannot."""
    found = {seed: differences(seed, draw) for seed in range(WORLDS)}

    assert {seed: what for seed, what in found.items() if what} == {}


@of_each_kind
def test_a_list_within_few_hops_is_what_single_questions_allow(draw: Draw) -> None:
    """Where hops are limited, a list never holds what is too far away, and never leaves it out in silence."""
    found = {seed: differences(seed, draw, Limits(hops=seed % 3)) for seed in range(WORLDS // 2)}

    assert {seed: what for seed, what in found.items() if what} == {}


@pytest.mark.slow
@of_each_kind
def test_a_list_is_what_single_questions_allow_at_length(draw: Draw) -> None:
    """A list holds exactly what single questions allow, in as many worlds as patience permits."""
    found = {seed: differences(seed, draw) for seed in range(WORLDS, MANY_WORLDS)}

    assert {seed: what for seed, what in found.items() if what} == {}
