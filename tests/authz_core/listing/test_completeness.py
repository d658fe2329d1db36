"""A list that is told is complete, whatever might come of the conditions that could not be evaluated."""

from collections.abc import Callable, Iterator
from random import Random

import pytest
from typing_extensions import override

from authz_core import Holding, Model, Relationship, Relationships, Unanswerable, list_objects, type_of
from tests.authz_core.agreement import facing
from tests.authz_core.condition_worlds import conditional_rbac_world, conditional_world
from tests.authz_core.list_worlds import Wanted, wanted
from tests.authz_core.oracle import FRESH, NO, YES, Answer, Oracle, Told, TooLong, imagined
from tests.authz_core.worlds import World

WORLDS = 100
TRIES = 4

Met = Callable[[Relationship], bool]


class Supposing(Oracle):
    """The twin, supposing of each condition that cannot be evaluated that it is met or not."""

    supposed: Met

    @override
    def met(self, fact: Relationship) -> Answer:
        """Whether the condition of a relationship is met, or supposed to be."""
        answer = super().met(fact)
        if not answer.troubles:
            return answer
        return YES if self.supposed(fact) else NO


def suppositions() -> Iterator[Met]:
    """Everything, nothing, and something in between."""
    yield lambda _: True
    yield lambda _: False
    for number in range(TRIES):
        yield lambda fact, number=number: Random(f"{number} {fact}").random() < 0.5  # type: ignore[misc]  # lambdas have no types


def possible(world: World, told: Told, each: Wanted) -> set[str]:
    """All objects on which the subject might have the relation."""
    subject, relation = each.question.subject, each.question.relation
    if isinstance(subject, Holding) and not is_bound(world.model, subject, relation):
        return set()
    facts, who = (imagined(told, subject), FRESH) if isinstance(subject, Holding) else (told, str(subject))
    things = {fact.object for fact in (*told.stored, *told.contextual) if type_of(fact.object) in each.types}
    found: set[str] = set()
    for supposed in suppositions():
        twin = Supposing(world.model, facts, who)
        twin.supposed = supposed
        found.update(thing for thing in things if twin.holds(thing, relation, (), 0) == YES)
    return found


def is_bound(model: Model, holding: Holding, relation: str) -> bool:
    """Whether anything can be within the bound."""
    return type_of(holding.object) in model.delegable and relation not in model.administrative


def missing(seed: int, draw: Callable[[Random], World]) -> list[str]:
    """What might belong to lists that were told, and is not in them."""
    random = Random(seed)
    world = draw(random)
    found = []
    for each in wanted(random, world):
        question = each.question
        facts = facing(world, Relationships(world.facts), question)
        told = Told(world.facts, question.contextual, question.context)
        try:
            listing = list_objects(world.model, facts, question.subject, question.relation, *each.types)
            more = possible(world, told, each) - {*listing.items}
        except (TooLong, Unanswerable):
            continue
        found += [f"{each}: {thing}" for thing in more]
    return found


@pytest.mark.parametrize("draw", [conditional_world, conditional_rbac_world])
def test_nothing_that_might_belong_to_a_list_is_left_out(draw: Callable[[Random], World]) -> None:
    """No outcome of a condition that could not be evaluated would add an object to a list that was told."""
    found = {seed: missing(seed, draw) for seed in range(WORLDS)}

    assert {seed: what for seed, what in found.items() if what} == {}
