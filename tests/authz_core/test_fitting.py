"""Which relationships may be stored: the engine against a reading of the restrictions word by word."""

from collections.abc import Callable, Iterator
from random import Random

import pytest

from authz_core import InvalidRelationship, Model, Relationship, validate_relationship
from tests.authz_core.condition_worlds import conditional_rbac_world, conditional_world
from tests.authz_core.fitting import may_be_stored
from tests.authz_core.worlds import World

WORLDS = 100

Draw = Callable[[Random], World]

on_conditions = pytest.mark.parametrize("draw", [conditional_world, conditional_rbac_world])


def is_accepted(model: Model, relationship: Relationship) -> bool:
    """Whether the engine takes the relationship."""
    try:
        validate_relationship(model, relationship)
    except InvalidRelationship:
        return False
    return True


def misjudged(world: World) -> Iterator[Relationship]:
    """The relationships that are taken although they do not fit, or refused although they do."""
    for each in world.facts:
        for variant in (each, each._replace(condition=None)):
            if is_accepted(world.model, variant) != may_be_stored(world.model, variant):
                yield variant


@on_conditions
def test_what_fits_may_be_stored(draw: Draw) -> None:
    """A relationship is taken iff one restriction names its form and condition, and its context makes sense."""
    assert [(seed, found) for seed in range(WORLDS) if (found := [*misjudged(draw(Random(seed)))])] == []
