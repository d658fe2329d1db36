"""Worlds of any relationship model there can be, with chains of delegations in them, each told to the twins too."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any, Final

from typing_extensions import override

from authz_core import Holding, Model, Object, Relationship
from delegation.state.organization import Organization
from delegation.state.platform import Platform
from delegation.state.world import World
from tests.authority.oracle import Bound, Delegation, Oracle, Token
from tests.authority.worlds import AGENTS, NOW, agent_row, ceiling_row, delegation, user
from tests.authz_core.condition_worlds import conditional_world
from tests.authz_core.fitting import kind
from tests.authz_core.oracle import YES, Told, TooLong, oracle
from tests.authz_core.worlds import Context

ANY_MODEL: Final = {"text": "model\n  schema 1.1\ntype user\n", "delegable": None}
"""That there is one says that relationships decide; the worlds have their own."""


@dataclass
class Formula(Oracle):
    """The formula of effective rights, over what a twin of the engine finds in plain lists."""

    model: Model = field(default_factory=lambda: Model({}))
    told: Told = field(default_factory=lambda: Told(()))

    @override
    def may(self, user: str, permission: str, resource: str) -> bool:
        return self.present(user) and self.has(f"user:{user}", permission, resource)

    @override
    def within(self, bound: Bound, permission: str, resource: str) -> bool:
        in_time = bound.not_before <= self.now < bound.until
        return in_time and permission in bound.permissions and self.has(holding(bound), permission, resource)

    def has(self, who: str | Holding, relation: str, thing: str) -> bool:
        """Return whether somebody, or whoever holds something, has a relation."""
        return oracle(self.model, self.told, who, relation, thing) == YES


def holding(bound: Bound) -> Holding:
    """Return what a bound imagines to be held."""
    return Holding(Object(bound.resource), bound.roles)


@dataclass
class Drawn:
    """A world, what the twins know of it, tokens that may be presented in it, and what may be asked."""

    world: World
    formula: Formula
    tokens: dict[str, Token]
    questions: list[tuple[str, str]]
    """Relation and object, of all there are some."""


def drawn(chance: Random) -> Drawn:
    """Return a world of relationships in which most things are in order and a few are not."""
    world = conditional_world(chance)
    ends = {fact: chance.choice((None, None, None, None, NOW + 1, NOW, NOW - 9)) for fact in world.facts}
    counting = tuple(fact for fact, end in ends.items() if end is None or end > NOW)
    context = next((question.context for question in world.questions if question.context), {})
    formula = Formula(NOW, model=world.model, told=Told(counting, (), context))
    formula.roles = {name: ("", frozenset()) for relations in world.model.types.values() for name in relations}
    users = sorted({fact.subject.partition(":")[2] for fact in world.facts if kind(fact.subject) == "user"} - {"*"})
    formula.memberships = {name: chance.random() < 0.95 for name in users or ["a"]}
    things = sorted({fact.object for fact in world.facts} | {"folder:a", "doc:a"})
    asked = [(relation, thing) for thing in things for relation in world.model.types.get(kind(thing), {})]
    held = [each for each in asked if kind(each[1]) in world.model.delegable and _anybody(formula, *each)]
    questions = [*chance.sample(held, min(6, len(held))), *chance.sample(asked, min(6, len(asked)))]
    formula.ceilings = {name: _ceiling(chance, questions) for name in AGENTS}
    _delegate(formula, chance, questions)
    tokens = {
        f"at_{n}": Token(id_, _bound(chance, questions, chance.choice((one.bound, None))))
        for n, (id_, one) in enumerate(formula.delegations.items())
    }
    return Drawn(_world(formula, world.model, ends, context), formula, tokens, questions)


def _anybody(formula: Formula, relation: str, thing: str) -> bool:
    try:
        return any(formula.may(name, relation, thing) for name in formula.memberships)
    except TooLong:
        return False


def _bound(chance: Random, questions: list[tuple[str, str]], near: Bound | None = None) -> Bound:
    """Return a bound on something that is asked about, mostly of those where somebody has something."""
    if near is not None and chance.random() < 0.8:
        return near
    resource = chance.choice(questions[:6])[1]
    roles = frozenset(relation for relation, thing in questions if thing == resource)
    permissions = frozenset(relation for relation, _ in questions if chance.random() < 0.95)
    begins, ends = (NOW, NOW + 1) if chance.random() < 0.95 else chance.choice(((0, NOW), (NOW + 1, NOW + 2)))
    return Bound(resource, roles, permissions, begins, ends)


def _ceiling(chance: Random, questions: list[tuple[str, str]]) -> tuple[Bound, ...] | None:
    return None if chance.random() < 0.7 else tuple(_bound(chance, questions) for _ in range(2))


def _delegate(formula: Formula, chance: Random, questions: list[tuple[str, str]]) -> None:
    for n in range(4):
        parent = chance.choice([None, *(id_ for id_ in formula.delegations if len(formula.chain(id_)) < len(AGENTS))])
        chain = [] if parent is None else [formula.delegations[link] for link in formula.chain(parent)]
        agent = chance.choice([name for name in AGENTS if name not in {link.agent for link in chain}])
        person = chain[0].user if chain else chance.choice(sorted(formula.memberships))
        bound = _bound(chance, questions, chain[-1].bound if chain else None)
        formula.delegations[f"dlg_{n}"] = Delegation(person, agent, bound, parent, revoked=chance.random() < 0.04)


def _world(formula: Formula, model: Model, ends: dict[Relationship, int | None], context: Context) -> World:
    platform, organization = Platform(), Organization("o")
    platform.tables["relationship_models"].put({"id": "1", "document": ANY_MODEL, "created_at": 0})
    rows: list[tuple[str, dict[str, Any]]] = [("organizations", {"id": "o", "name": "", "status": "active"})]
    rows += [("memberships", {"user": name, "active": active}) for name, active in formula.memberships.items()]
    rows += [("relationships", row_of(fact, end)) for fact, end in ends.items()]
    for agent, ceiling in formula.ceilings.items():
        platform.tables["agents"].put(agent_row(agent, suspended=False))
        bounds = None if ceiling is None else [ceiling_row(bound) for bound in ceiling]
        rows.append(("admitted_agents", {"agent": agent, "ceiling": bounds}))
    rows += [("delegations", delegation(id_, one).row()) for id_, one in formula.delegations.items()]
    for table, row in rows:
        organization.tables[table].put(row)
    organization.relationships.pass_time(NOW)
    users = {name: user(name, suspended=False) for name in formula.memberships}
    return World(platform, organization, users, model, datetime.fromtimestamp(NOW, UTC), context)


def row_of(fact: Relationship, until: int | None) -> dict[str, Any]:
    """Return a relationship as it is stored."""
    condition = None if fact.condition is None else fact.condition.name
    context = None if fact.condition is None else json.loads(fact.condition.context)
    named = {"object": fact.object, "relation": fact.relation, "subject": fact.subject}
    return {**named, "condition": condition, "context": context, "until": until}
