"""Sub-delegation over random worlds: no child is more than its parent, and nothing lives below what has ended."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from random import Random
from typing import Final

import pytest

from authz_core import Object
from delegation.authority.bounds import all_within, of_delegation
from delegation.authority.chain import chain_of, not_in_force, status_of
from delegation.authority.effective import effective
from delegation.authority.ending import revoked
from delegation.authority.explaining import by_delegation
from delegation.authority.granting import GrantRefused, Limits, Wish
from delegation.authority.sub_delegating import Widens, sub_delegate
from delegation.state.entities import Budget, Delegation
from delegation.state.world import World
from tests.authority.oracle import TREE
from tests.authority.worlds import AGENTS, NOW, PERMISSIONS, ROLES, drawn, type_of

LIMITS: Final = Limits(lifetime=1000, chain_length=3)
WORLDS: Final = 150
TRIES: Final = 40


def place(world: World, delegation: Delegation) -> None:
    """Put a delegation on record."""
    world.organization.tables["delegations"].put(delegation.row())


@contextmanager
def collected(met: set[str]) -> Iterator[None]:
    """Take note of every way of widening for which something is refused."""
    try:
        yield
    except Widens as refusal:
        met |= {widening.code for widening in refusal.widenings}


def wished(chance: Random, parent: Delegation) -> Wish:
    """Return a wish that is now within its parent, now not."""
    resource = chance.choice([*TREE]) if chance.random() < 0.6 else parent.resource
    roles = [slug for slug, type_ in ROLES.items() if type_ == type_of(resource)] or [*ROLES]
    role = min(parent.roles) if resource == parent.resource and chance.random() < 0.7 else chance.choice(roles)
    some = frozenset(chance.sample(PERMISSIONS, 3))
    return Wish(
        at=NOW,
        agent=chance.choice(AGENTS),
        resource=Object(resource),
        roles=frozenset({role}),
        permissions=some if chance.random() < 0.3 else None,
        audiences=None,
        not_before=0,
        expires_at=parent.expires_at + chance.choice((0, 0, 0, 1)),
        depth=max(0, parent.depth - chance.choice((1, 1, 1, 0))),
        unattended=chance.random() < 0.2,
        purpose="",
        budget=Budget(chance.randrange(1, 9), None) if chance.random() < 0.3 else None,
    )


def grown(seed: int) -> tuple[World, list[tuple[Delegation, Delegation]], int]:
    """Return a world in which agents tried to pass on what they could, who is whose child, and the refusals."""
    chance = Random(seed)
    world = drawn(chance).world
    for known in [*world.organization.delegations.values()]:
        place(world, replace(known, depth=3, expires_at=NOW + 100, not_before=0, budget=Budget(5, None)))
    pairs, refused = [], 0
    for n in range(TRIES):
        parent = chance.choice([*world.organization.delegations.values()])
        try:
            made = sub_delegate(world, parent, wished(chance, parent), id=f"dlg_new{n}", limits=LIMITS).delegation
        except GrantRefused:
            refused += 1
            continue
        place(world, made)
        pairs.append((made, parent))
    return world, pairs, refused


@pytest.mark.semantics("4")
@pytest.mark.semantics("5")
@pytest.mark.threat("2")
@pytest.mark.threat("15")
def test_no_child_is_more_than_its_parent() -> None:
    """Everywhere and for every permission: in its own bound, in what it is worth, in time, depth, use and length."""
    accepted = 0
    for seed in range(WORLDS):
        world, pairs, _ = grown(seed)
        accepted += len(pairs)
        for made, parent in pairs:
            chain = chain_of(world, made)
            assert len(chain) <= LIMITS.chain_length
            assert len({link.agent for link in chain}) == len(chain)
            assert (made.user, made.expires_at <= parent.expires_at, made.depth < parent.depth) == (
                parent.user,
                True,
                True,
            )
            assert parent.unattended or not made.unattended
            assert made.budget is None or (made.budget.tokens or 0) <= 5
            for resource in map(Object, TREE):
                among = frozenset(PERMISSIONS)
                bounds = [all_within(world, of_delegation(each), among, resource, NOW) for each in (made, parent)]
                assert bounds[0] <= bounds[1], (seed, made, parent, resource)
                worth = [effective(world, by_delegation(each), among, resource, NOW) for each in (made, parent)]
                assert worth[0] <= worth[1]
    assert accepted > WORLDS // 2  # The rule is about something.


@pytest.mark.semantics("4")
@pytest.mark.threat("6")
def test_nothing_lives_below_what_was_revoked() -> None:
    """After random revocations, over links that are dead already too, exactly what stands on no dead link is alive."""
    killed = 0
    for seed in range(WORLDS):
        world, _, _ = grown(seed)
        chance = Random(seed)
        everything = {each.id: each for each in world.organization.delegations.values()}
        before = {id for id, each in everything.items() if not_in_force(world, chain_of(world, each), NOW) is None}
        struck = set(chance.sample([*everything], min(2, len(everything))))
        for id in struck:
            place(world, revoked(everything[id], by="user:anne", now=NOW))
        # The plain twin: walk up by names alone.
        dead = set()
        for id in everything:
            up: str | None = id
            while up is not None:
                if up in struck:
                    dead.add(id)
                up = everything[up].parent
        now = world.organization.delegations
        alive = {id for id in everything if not_in_force(world, chain_of(world, now[id]), NOW) is None}
        assert alive == before - dead
        assert all(status_of(world, now[id], NOW) == "revoked" for id in struck)
        killed += len(before & dead - struck)
    assert killed > 0  # Something died that was not struck itself.


@pytest.mark.semantics("4")
def test_every_way_of_widening_is_met_and_named() -> None:
    """Random wishes are refused for the place, roles, permissions, end, depth, unattended use and budget."""
    met: set[str] = set()
    for seed in range(WORLDS):
        chance = Random(seed)
        world = drawn(chance).world
        for known in [*world.organization.delegations.values()]:
            parent = replace(known, depth=2, expires_at=NOW + 100, not_before=0, budget=Budget(5, None))
            place(world, parent)
            wish = wished(chance, parent)
            with suppress(GrantRefused), collected(met):
                sub_delegate(world, parent, wish, id="dlg_new", limits=LIMITS)
    assert met == {"resource", "roles", "permissions", "expires_at", "depth", "unattended", "budget"}
