"""Lists against their definition, which asks about one candidate after another."""

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authz_core import Listing, Relationships, Unanswerable, list_objects, list_relations, list_subjects
from tests.authz_core.agreement import TROUBLES, facing, is_trouble
from tests.authz_core.condition_worlds import conditional_rbac_world, conditional_world
from tests.authz_core.general_worlds import general_world
from tests.authz_core.list_oracle import Listed, objects, relations, subjects
from tests.authz_core.list_worlds import Wanted, wanted
from tests.authz_core.oracle import Told, TooLong
from tests.authz_core.rbac_worlds import rbac_world
from tests.authz_core.worlds import Question, World

WORLDS = 60
MANY_WORLDS = 1_000

Draw = Callable[[Random], World]
Made = Callable[[], Listing[Any]]

of_each_kind = pytest.mark.parametrize("draw", [general_world, rbac_world, conditional_world, conditional_rbac_world])


def differences(random: Random, world: World) -> list[str]:
    """Name the lists that are not as they should be."""
    stored = Relationships(world.facts)
    found = []
    for each in wanted(random, world):
        for name, made, listed in _lists(world, stored, each):
            try:
                what = _difference(world, each.question, made, listed())
            except TooLong:
                continue
            if what:
                found.append(f"{name} of {each}: {what}")
    return found


def _lists(world: World, stored: Relationships, each: Wanted) -> Iterator[tuple[str, Made, Callable[[], Listed]]]:
    question, model = each.question, world.model
    facts = facing(world, stored, question)
    told = Told(world.facts, question.contextual, question.context)
    subject, relation, thing = question.subject, question.relation, question.object
    yield (
        "objects",
        lambda: list_objects(model, facts, subject, relation, *each.types),
        lambda: objects(model, told, subject, relation, each.types),
    )
    yield (
        "subjects",
        lambda: list_subjects(model, facts, relation, thing, *each.forms),
        lambda: subjects(model, told, relation, thing, each.forms),
    )
    yield (
        "relations",
        lambda: list_relations(model, facts, subject, thing),
        lambda: relations(model, told, subject, thing),
    )


def _difference(world: World, question: Question, made: Made, listed: Listed) -> str | None:
    try:
        listing = made()
    except Unanswerable as error:
        return None if _is_honest(world, question, error, listed) else f"{error!r}, but the twin says {listed}"
    # Nothing is wrong with a list when what cannot be told of a candidate can make no difference.
    if listed.is_open or listing.items != listed.items:
        return f"{listing.items}, but the twin says {listed}"
    return _by_pages(listing)


def _is_honest(world: World, question: Question, error: Unanswerable, listed: Listed) -> bool:
    """Whether it is true that something cannot be told."""
    if error.reason in TROUBLES:
        return is_trouble(world, question, error.reason, error.detail)
    return (error.reason, error.detail) in listed.troubles


def _by_pages(listing: Listing[Any]) -> str | None:
    for size in range(1, len(listing.items) + 2):
        found: list[str] = []
        page = listing.page(size)
        while page.cursor is not None and len(page.items) == size:
            found += page.items
            page = listing.page(size, page.cursor)
        found += page.items
        if page.cursor is not None or tuple(found) != listing.items:
            return f"{listing.items}, but {found} by pages of {size}"
    return None


@of_each_kind
def test_a_list_is_what_its_definition_says(draw: Draw) -> None:
    """A list holds exactly what single questions allow, by pages of any size, or cannot be told for the same reason."""
    found = {seed: differences(Random(seed), draw(Random(seed))) for seed in range(WORLDS)}

    assert {seed: what for seed, what in found.items() if what} == {}


@pytest.mark.slow
@of_each_kind
def test_a_list_is_what_its_definition_says_at_length(draw: Draw) -> None:
    """A list holds exactly what single questions allow, in as many worlds as patience permits."""
    found = {seed: differences(Random(seed), draw(Random(seed))) for seed in range(WORLDS, MANY_WORLDS)}

    assert {seed: what for seed, what in found.items() if what} == {}


@pytest.mark.parametrize("draw", [conditional_world, conditional_rbac_world])
@given(data=st.data())
def test_no_simpler_world_has_another_list(draw: Draw, data: st.DataObject) -> None:
    """A list holds exactly what its definition says, in worlds that shrink to the smallest where it does not."""
    random = data.draw(st.randoms(use_true_random=False))

    assert differences(random, draw(random)) == []
