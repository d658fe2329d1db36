"""Lists for searches are made once for all pages, and anew whenever a fact has changed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authz_core import Allowed, Object
from delegation.authority import candidates as module
from delegation.authority.candidates import Candidates
from delegation.authority.reach import Who, decided, found, listed, reachable
from delegation.state.world import World
from tests.authority.oracle import TREE, Oracle
from tests.authority.relationship_worlds import drawn as drawn_by_relationships
from tests.authority.test_reach import bearers, permissions
from tests.authority.worlds import NOW, TYPES, drawn, world_of

pytestmark = [pytest.mark.threat("I6"), pytest.mark.semantics("7")]

ANNE = Object("user:anne")
MANY = 1_200


def crowd(size: int = MANY) -> World:
    """Return a world with many apps, all of which Anne may view."""
    apps = {f"app:a{number:04}": "project:apollo" for number in range(size)}
    oracle = Oracle(NOW, {**TREE, **apps}, groups={})
    oracle.roles = {"project-1": ("project", frozenset({"app:view"}))}
    oracle.memberships = {"anne": True}
    oracle.assignments = {("user:anne", "project-1", "project:apollo")}
    return world_of(oracle)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How long each list was that had to be made."""
    lengths = list[int]()

    def counted(*asked: object) -> list[Object]:
        names = listed(*asked)  # type: ignore[arg-type]  # handed on as it came
        lengths.append(len(names))
        return names

    monkeypatch.setattr(module, "listed", counted)
    return lengths


def walked(candidates: Candidates, world: World, who: Who = ANNE) -> list[str]:
    """Return what a search finds, page by page."""

    def holds(name: str) -> bool:
        return isinstance(decided(world, who, "app:view", Object(name), NOW), Allowed)

    names, last = list[str](), ""
    while True:
        page = found(candidates.of(world, who, "app:view", "app", NOW), holds, after=last, limit=100, looks=100)
        names += page.names
        if page.last is None:
            return names
        last = page.last


def test_a_list_is_made_once_for_all_pages(made: list[int]) -> None:
    """However many pages a search has, what it may find is listed once, and all of it is found."""
    names = walked(Candidates(), crowd())
    assert len(names) >= MANY
    assert names == sorted(set(names))
    assert len(made) == 1


def _ended(world: World) -> None:
    """Let the time of a relationship be over."""
    name = ("app:a0001", "viewer", "user:anne")
    world.organization.relationships.over[name] = None


def _changed(world: World) -> None:
    world.organization.revision += 1


def _renewed(world: World) -> None:
    world.platform.revision += 1


@pytest.mark.parametrize("change", [_changed, _renewed, _ended])
def test_whatever_changes_makes_another_list(made: list[int], change: Callable[[World], None]) -> None:
    """When an entry of either log comes, or the time of a relationship is over, the list is made anew."""
    candidates, world = Candidates(), crowd()
    before = walked(candidates, world)
    world.organization.tables["resources"].put({"resource": "app:new", "parent": "project:apollo", "name": ""})
    change(world)
    assert walked(candidates, world) == sorted([*before, "app:new"])
    assert len(made) == 2


def test_a_picture_that_was_made_anew_has_a_list_of_its_own(made: list[int]) -> None:
    """What was restored may come to the same revisions by other facts: nothing of before is found there."""
    candidates = Candidates()
    assert walked(candidates, crowd())
    other = crowd()
    other.organization.tables["assignments"].remove(
        {"principal": "user:anne", "role": "project-1", "resource": "project:apollo"}
    )
    assert walked(candidates, other) == []
    assert len(made) == 2


def test_terms_are_those_of_the_moment() -> None:
    """Whoever's token has ended by now is proposed nothing, although nothing else has changed."""
    one = drawn(Random(7))
    candidates = Candidates()
    for who in bearers(one):
        candidates.of(one.world, who, "app:view", "app", NOW)
        late = NOW + int(timedelta(days=10_000).total_seconds())
        assert candidates.of(one.world, who, "app:view", "app", late) == reachable(
            one.world, who, "app:view", "app", late
        )


def test_no_more_names_are_kept_than_there_is_room_for(made: list[int]) -> None:
    """The list that nobody has used for longest makes room."""
    first, second, tight = crowd(), crowd(), Candidates(names=2_000)
    for world in (first, second, second, first):
        tight.of(world, ANNE, "app:view", "app", NOW)
    assert len(made) == 3


def test_a_list_that_is_too_long_pushes_nobody_out(made: list[int]) -> None:
    """What does not fit by itself is made each time, and what was kept before still is."""
    few, many, tight = crowd(600), crowd(), Candidates(names=1_000)
    for world in (few, many, many, few):
        tight.of(world, ANNE, "app:view", "app", NOW)
    assert len(made) == 3


def test_short_lists_are_made_whenever_they_are_wanted(made: list[int]) -> None:
    """What fits into one page takes no room."""
    candidates, one = Candidates(), drawn(Random(7))
    for _ in range(2):
        candidates.of(one.world, ANNE, "app:view", "app", NOW)
    assert len(made) == 2


@given(seed=st.integers(0, 2**32), permission=permissions)
def test_what_is_kept_equals_what_is_made(seed: int, permission: str) -> None:
    """For every bearer and type a list that is kept is the one that would be made."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_SHORT", -1)
        one, candidates = drawn(Random(seed)), Candidates()
        for _ in range(2):
            for who in bearers(one):
                for type_ in TYPES:
                    kept = candidates.of(one.world, who, permission, type_, NOW)
                    assert kept == reachable(one.world, who, permission, type_, NOW)


def test_what_a_question_brings_along_is_never_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a model has conditions the list follows from the context and the time as well, and is made each time."""
    monkeypatch.setattr(module, "_SHORT", -1)
    compared = 0
    for seed in range(60):
        one = drawn_by_relationships(Random(seed))
        if not one.world.model.conditions:
            continue
        candidates = Candidates()
        for relation, thing in one.questions:
            type_ = thing.partition(":")[0]
            for world in (one.world, replace(one.world, context={}), one.world):
                kept = candidates.of(world, ANNE, relation, type_, NOW)
                assert kept == reachable(world, ANNE, relation, type_, NOW)
                compared += 1
    assert compared > 100
