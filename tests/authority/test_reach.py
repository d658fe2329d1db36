"""What a search proposes holds everything that a single question allows, and a page of it nothing else."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authz_core import Allowed, Object
from delegation.authority.effective import Presented
from delegation.authority.explaining import by_delegation
from delegation.authority.reach import (
    Found,
    Who,
    decided,
    delegations_reaching,
    found,
    permissions_of,
    reachable,
    reaching,
)
from delegation.state.world import World
from tests.authority.oracle import TREE
from tests.authority.worlds import AGENTS, GROUPS, NOW, PERMISSIONS, TYPES, USERS, Drawn, drawn, presented

pytestmark = [pytest.mark.threat("11"), pytest.mark.threat("I6"), pytest.mark.threat("E5"), pytest.mark.semantics("7")]

worlds = st.integers(0, 2**32).map(lambda seed: drawn(Random(seed)))
permissions = st.sampled_from(PERMISSIONS)


def bearers(one: Drawn) -> list[Who]:
    """Return all tokens and delegations of a world, and all principals."""
    tokens = [presented(one.oracle, jti, token) for jti, token in one.tokens.items()]
    delegations = [by_delegation(each) for each in one.world.organization.delegations.values()]
    names = [("user", USERS), ("group", GROUPS), ("agent", AGENTS)]
    return [*tokens, *delegations, *(Object(f"{kind}:{name}") for kind, all_ in names for name in all_)]


def holds(world: World, who: Who, permission: str, resource: str) -> bool:
    """Return what a single question answers."""
    return isinstance(decided(world, who, permission, Object(resource), NOW), Allowed)


@given(drawn=worlds, permission=permissions)
def test_what_is_found_reachable_is_what_single_questions_allow(drawn: Drawn, permission: str) -> None:
    """For every bearer and every type, asking about each thing proposed finds the same as asking about everything."""
    for who in bearers(drawn):
        for type_ in TYPES:
            proposed = reachable(drawn.world, who, permission, type_, NOW)
            one_by_one = [each for each in TREE if each.startswith(f"{type_}:")]
            allowed = {each for each in one_by_one if holds(drawn.world, who, permission, each)}
            assert {each for each in proposed if holds(drawn.world, who, permission, each)} == allowed
            assert proposed == sorted(set(proposed))


@given(drawn=worlds, permission=permissions)
def test_what_is_proposed_lies_within_every_bound(drawn: Drawn, permission: str) -> None:
    """Proposals are what all terms have in common, so that few are asked about in vain."""
    for who in bearers(drawn):
        if isinstance(who, Presented):
            chain = drawn.oracle.chain(who.delegation)
            proposed = {each for type_ in TYPES for each in reachable(drawn.world, who, permission, type_, NOW)}
            for link in chain:
                place = drawn.oracle.delegations[link].bound.resource
                assert all(place in drawn.oracle.upwards(each) for each in proposed)


@given(drawn=worlds)
def test_what_may_be_done_is_what_single_questions_allow(drawn: Drawn) -> None:
    """For every bearer and every resource, all permissions at once are those that are allowed one by one."""
    for who in bearers(drawn):
        for resource in TREE:
            allowed = {slug for slug in PERMISSIONS if holds(drawn.world, who, slug, resource)}
            assert permissions_of(drawn.world, who, Object(resource), NOW) == allowed


@given(drawn=worlds, permission=permissions, resource=st.sampled_from(sorted(TREE)))
def test_who_is_proposed_is_whoever_single_questions_allow(drawn: Drawn, permission: str, resource: str) -> None:
    """Of users, groups, agents and delegations nobody is missing whom a single question allows."""
    names = {"user": USERS, "group": GROUPS, "agent": AGENTS, "service": ("documents",)}
    for kind, everybody in names.items():
        allowed = {name for name in everybody if holds(drawn.world, Object(f"{kind}:{name}"), permission, resource)}
        proposed = reaching(drawn.world, kind, permission, Object(resource))
        assert {n for n in proposed if holds(drawn.world, Object(f"{kind}:{n}"), permission, resource)} == allowed
    known = drawn.world.organization.delegations.values()
    by_hand = {each.id for each in known if holds(drawn.world, by_delegation(each), permission, resource)}
    assert by_hand <= {each.id for each in delegations_reaching(drawn.world, permission, NOW)}


def test_of_an_unknown_permission_or_type_nothing_is_found() -> None:
    """What the model does not know is reached by nobody, and is no error."""
    one = drawn(Random(7))
    for who in bearers(one):
        assert reachable(one.world, who, "no:such", "app", NOW) == []
        assert reachable(one.world, who, "app:view", "nowhere", NOW) == []
    assert reaching(one.world, "user", "no:such", Object("app:storefront")) == []
    assert reaching(one.world, "nobody", "app:view", Object("app:storefront")) == []


@given(
    names=st.lists(st.text("abc", min_size=1, max_size=3), unique=True).map(sorted),
    good=st.frozensets(st.sampled_from("abc")),
    limit=st.integers(1, 5),
    looks=st.integers(1, 5),
)
def test_pages_together_are_the_whole(names: list[str], good: frozenset[str], limit: int, looks: int) -> None:
    """Going on from what was looked at last finds everything once, in order, whatever the size of the pages."""
    gathered, last = list[str](), ""
    while True:
        page = found(names, lambda name: name[0] in good, after=last, limit=limit, looks=looks)
        assert len(page.names) <= limit
        gathered += page.names
        if page.last is None:
            break
        last = page.last
    assert gathered == [name for name in names if name[0] in good]


def test_a_page_looks_no_further_than_it_may() -> None:
    """Work is bounded by looks even where nothing is found."""
    seen = list[str]()

    def holds(name: str) -> bool:
        seen.append(name)
        return False

    assert found(["a", "b", "c"], holds, limit=1, looks=2) == Found([], "b")
    assert seen == ["a", "b"]
