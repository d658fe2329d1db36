"""Worlds in memory, made of the same rows that the database holds, each told to the oracle too."""

from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any, Final

from authz_core import Holding, Object
from delegation.authority.bounds import Bound as RealBound
from delegation.authority.effective import Presented
from delegation.state.entities import Delegation as RealDelegation
from delegation.state.organization import Organization
from delegation.state.platform import Platform
from delegation.state.user import User
from delegation.state.world import World
from tests.authority.oracle import TREE, Bound, Delegation, Oracle, Slugs, Token

NOW: Final = 1_000_000
TYPES: Final = {
    "organization": (),
    "workspace": ("organization",),
    "project": ("workspace",),
    "app": ("project",),
}
PERMISSIONS: Final = (
    *("organization:administer", "workspace:view", "project:view", "project:edit"),
    *("app:view", "app:edit", "document:view", "document:edit"),
)
USERS: Final = ("anne", "bob")
AGENTS: Final = ("planner", "writer", "checker", "sender")
GROUPS: Final = ("studio", "guild", "all")
ROLES: Final = {f"{type_}-{n}": type_ for type_ in TYPES for n in (1, 2)}


def type_of(name: str) -> str:
    """Return the type of a permission or a resource; documents belong to apps."""
    kind = name.partition(":")[0]
    return "app" if kind == "document" else kind


@dataclass
class Drawn:
    """A world, what the oracle knows of it, and tokens that may be presented in it."""

    world: World
    oracle: Oracle
    tokens: dict[str, Token]


def presented(oracle: Oracle, jti: str, token: Token) -> Presented:
    """Return what the bearer of a token presents."""
    delegation = oracle.delegations[token.delegation]
    return Presented(
        user=delegation.user,
        agent=delegation.agent,
        delegation=token.delegation,
        bounds=tuple(real_bound(bound) for bound in (token.bound, *token.ancestors)),
        tokens=frozenset({jti}),
        not_before=token.bound.not_before,
        expires_at=token.bound.until,
    )


def real_bound(bound: Bound) -> RealBound:
    """Return a bound of the oracle's as the authority's own."""
    holding = Holding(Object(bound.resource), bound.roles)
    return RealBound(holding, bound.permissions, bound.not_before, bound.until)


def world_of(oracle: Oracle, given_up: tuple[str, ...] = ()) -> World:
    """Return the world that the oracle knows, from the rows that a database would hold of it."""
    platform, organization = Platform(), Organization("o")
    for slug, parents in TYPES.items():
        platform.tables["resource_types"].put({"slug": slug, "parents": list(parents), "delegable": True})
    for slug in PERMISSIONS:
        platform.tables["permissions"].put({"slug": slug, "type": type_of(slug), "administrative": False})
    for agent in AGENTS:
        platform.tables["agents"].put(agent_row(agent, suspended=agent in oracle.suspended))
    for slug, (type_, permissions) in oracle.roles.items():
        organization.tables["roles"].put(
            {"slug": slug, "type": type_, "permissions": sorted(permissions), "name": slug}
        )
    _furnish(organization, oracle)
    for jti in given_up:
        organization.tables["revoked_tokens"].put({"jti": jti, "expires_at": 0})
    users = {name: user(name, suspended=name in oracle.suspended) for name in USERS}
    moment = datetime.fromtimestamp(NOW, UTC)
    return World(platform, organization, users, organization.model(platform.model), moment)


def _furnish(organization: Organization, oracle: Oracle) -> None:
    rows: list[tuple[str, dict[str, Any]]] = [("organizations", {"id": "o", "name": "", "status": "active"})]
    rows += [("memberships", {"user": name, "active": active}) for name, active in oracle.memberships.items()]
    rows += [("resources", {"resource": one, "parent": up, "name": ""}) for one, up in oracle.parents.items()]
    rows += [("groups", {"id": group, "name": ""}) for group in oracle.groups]
    rows += [("group_members", {"group": g, "member": m}) for g, members in oracle.groups.items() for m in members]
    rows += [("assignments", {"principal": p, "role": r, "resource": x}) for p, r, x in oracle.assignments]
    for agent, ceiling in oracle.ceilings.items():
        bounds = None if ceiling is None else [ceiling_row(bound) for bound in ceiling]
        rows.append(("admitted_agents", {"agent": agent, "ceiling": bounds}))
    rows += [("delegations", delegation(id_, one).row()) for id_, one in oracle.delegations.items()]
    for table, row in rows:
        organization.tables[table].put(row)


def agent_row(name: str, *, suspended: bool) -> dict[str, Any]:
    """Return the row of an agent."""
    status = "suspended" if suspended else "active"
    return {"id": name, "name": "", "status": status, "jwks": None, "secret_hash": "x", "created_at": 0}


def user(name: str, *, suspended: bool) -> User:
    """Return the picture of a user."""
    picture = User(name)
    picture.tables["users"].put({"id": name, "name": "", "status": "suspended" if suspended else "active"})
    return picture


def ceiling_row(bound: Bound) -> dict[str, Any]:
    """Return one bound of a ceiling as it is stored."""
    named = {"roles": sorted(bound.roles), "permissions": sorted(bound.permissions)}
    return {"resource": bound.resource, **named, "not_before": bound.not_before, "until": bound.until}


def delegation(id: str, known: Delegation) -> RealDelegation:
    """Return a delegation of the oracle's as the record that is stored."""
    status = "revoked" if known.revoked else "suspended" if known.suspended else "active"
    row: dict[str, Any] = {
        "user": known.user,
        "agent": known.agent,
        "parent": known.parent,
        "resource": known.bound.resource,
    }
    row |= {"roles": sorted(known.bound.roles), "permissions": sorted(known.bound.permissions), "audiences": None}
    times = {"not_before": known.bound.not_before, "expires_at": known.bound.until, "depth": 0, "created_at": 0}
    consent = {"unattended": False, "purpose": "", "consent": {}, "created_by": "", "ended_at": None, "ended_by": None}
    return RealDelegation.of({"id": id, **row, **times, **consent, "status": status})


def drawn(chance: Random) -> Drawn:
    """Return a world in which most things are in order and a few are not, with chains of up to four hops."""
    oracle = Oracle(NOW, dict(TREE), groups={name: set() for name in GROUPS})
    for thing, kind in (("project:apollo", "workspace"), ("project:zeus", "workspace"), ("app:storefront", "project")):
        oracle.parents[thing] = chance.choice([one for one in TREE if type_of(one) == kind])
    oracle.roles = {slug: (type_, _permissions(chance, type_)) for slug, type_ in ROLES.items()}
    for group in GROUPS:
        others = [f"group:{other}#member" for other in GROUPS if other != group]
        oracle.groups[group] = set(chance.sample([*(f"user:{name}" for name in USERS), *others], 2))
    who = [*(f"user:{name}" for name in USERS), *(f"group:{name}#member" for name in GROUPS)]
    oracle.assignments = {(chance.choice(who), *_placed(chance)) for _ in range(9)}
    oracle.memberships = {name: chance.random() < 0.9 for name in USERS}
    oracle.suspended = {name for name in (*USERS, *AGENTS) if chance.random() < 0.04}
    oracle.ceilings = {name: _ceiling(chance) for name in AGENTS if chance.random() < 0.95}
    _delegate(oracle, chance)
    tokens = {f"at_{n}": _token(oracle, chance, id_) for n, id_ in enumerate([*oracle.delegations] * 2)}
    given_up = tuple(jti for jti, token in tokens.items() if token.given_up)
    return Drawn(world_of(oracle, given_up), oracle, tokens)


def _permissions(chance: Random, type_: str) -> Slugs:
    order = list(TYPES)
    beneath = [slug for slug in PERMISSIONS if order.index(type_of(slug)) >= order.index(type_)]
    return frozenset(slug for slug in beneath if chance.random() < 0.8)


def _placed(chance: Random) -> tuple[str, str]:
    resource = chance.choice(list(TREE)[:-2])
    return chance.choice([slug for slug, type_ in ROLES.items() if type_ == type_of(resource)]), resource


def _bound(chance: Random, within: Bound | None = None) -> Bound:
    role, resource = _placed(chance)
    if within is not None and chance.random() < 0.85:
        (role, *_), resource = sorted(within.roles), within.resource
    permissions = frozenset(slug for slug in PERMISSIONS if chance.random() < 0.85)
    begins, ends = NOW, NOW + 1  # the very edges of the present
    if chance.random() < 0.08:
        begins, ends = chance.choice(((0, NOW), (NOW + 1, NOW + 2)))
    return Bound(resource, frozenset({role}), permissions, begins, ends)


def _ceiling(chance: Random) -> tuple[Bound, ...] | None:
    return None if chance.random() < 0.6 else tuple(_bound(chance) for _ in range(chance.randrange(1, 4)))


def _delegate(oracle: Oracle, chance: Random) -> None:
    for n in range(6):
        above = [id_ for id_ in oracle.delegations if len(oracle.chain(id_)) < len(AGENTS)]
        parent = chance.choice([None, *above]) if above else None
        chain = [] if parent is None else [oracle.delegations[link] for link in oracle.chain(parent)]
        agent = chance.choice([name for name in AGENTS if name not in {link.agent for link in chain}])
        user_ = chain[0].user if chain else chance.choice(USERS)
        ended = {"suspended": chance.random() < 0.06, "revoked": chance.random() < 0.06}
        bound = _bound(chance, chain[-1].bound if chain else None)
        oracle.delegations[f"dlg_{n}"] = Delegation(user_, agent, bound, parent, **ended)


def _token(oracle: Oracle, chance: Random, id: str) -> Token:
    above = oracle.delegations[id].bound
    ancestors = tuple(_bound(chance, above) for _ in range(chance.randrange(3)))
    return Token(id, _bound(chance, above), ancestors, given_up=chance.random() < 0.06)
