"""Worlds in which restrictions want conditions and relationships carry them, and questions bring something along."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random

from authz_core import (
    Condition,
    Direct,
    Exclusion,
    Intersection,
    Model,
    Relationship,
    RelationshipCondition,
    Restriction,
    Rewrite,
    Union,
)
from tests.authz_core.fitting import form, form_of, lists, may_be_stored
from tests.authz_core.general_worlds import general_world
from tests.authz_core.meanings import CONDITIONS, POOL
from tests.authz_core.rbac_worlds import rbac_world
from tests.authz_core.worlds import Question, World, some


def conditional_world(random: Random) -> World:
    """Return a world of any shape with conditions and contextual relationships."""
    return on_conditions(random, general_world(random))


def conditional_rbac_world(random: Random) -> World:
    """Return an organization where memberships, roles and places count on conditions."""
    return on_conditions(random, rbac_world(random))


def on_conditions(random: Random, world: World) -> World:
    """Return the world with conditions on some of its restrictions and relationships, and with context in questions."""
    names = some(random, tuple(CONDITIONS), 1, 3)
    model = _model(random, world.model, names)
    known = [_conditioned(random, model, names, each) for each in world.facts]
    stored = [each for each in known if random.random() < 0.9]
    questions = tuple(_question(random, model, names, known, each) for each in world.questions)
    return World(model, tuple({each.key: each for each in stored}.values()), questions)


def _model(random: Random, model: Model, names: tuple[str, ...]) -> Model:
    def widened(restrictions: tuple[Restriction, ...]) -> tuple[Restriction, ...]:
        return tuple(dict.fromkeys(each for entry in restrictions for each in _entries(random, entry, names)))

    return Model(
        types={
            type_: {relation: mapped(rewrite, widened) for relation, rewrite in relations.items()}
            for type_, relations in model.types.items()
        },
        roles=model.roles,
        holders=widened(model.holders),
        delegable=model.delegable,
        administrative=model.administrative,
        conditions={name: CONDITIONS[name] for name in names},
    )


def mapped(rewrite: Rewrite, change: Callable[[tuple[Restriction, ...]], tuple[Restriction, ...]]) -> Rewrite:
    """Return the expression with all its restrictions changed."""
    match rewrite:
        case Direct(restrictions):
            return Direct(change(restrictions))
        case Union(operands):
            return Union(tuple(mapped(operand, change) for operand in operands))
        case Intersection(operands):
            return Intersection(tuple(mapped(operand, change) for operand in operands))
        case Exclusion(base, subtract):
            return Exclusion(mapped(base, change), mapped(subtract, change))
        case _:
            return rewrite


def _entries(random: Random, entry: Restriction, names: tuple[str, ...]) -> Iterator[Restriction]:
    chance = random.random()
    if chance < 0.7:
        yield entry
    if chance > 0.5:
        yield from (replace(entry, condition=name) for name in some(random, names, 1, 2))


def _conditioned(random: Random, model: Model, names: tuple[str, ...], fact: Relationship) -> Relationship:
    """Return the relationship on a condition that it mostly may carry, or without one."""
    rewrite = model.types[fact.object.partition(":")[0]].get(fact.relation)
    permitted = model.holders if rewrite is None else lists(rewrite)
    wanted: list[str | None] = [entry.condition for entry in permitted if form_of(entry) == form(fact.subject)]
    if not wanted or random.random() < 0.05:
        wanted = [None, *names, "ghost"]
    name = random.choice(wanted)
    return fact._replace(condition=None if name is None else _carried(random, name))


def _carried(random: Random, name: str) -> RelationshipCondition:
    condition = CONDITIONS.get(name)
    if condition is None:
        return RelationshipCondition.of(name, {})
    context = _context(random, condition, given=0.3, senseless=0.03)
    if random.random() < 0.03:
        context["undeclared"] = 1
    return RelationshipCondition.of(name, context)


def _context(random: Random, condition: Condition, *, given: float, senseless: float) -> dict[str, object]:
    """Return values for some of the parameters; most of them speak for the condition."""
    context = {}
    for parameter in condition.parameters:
        if random.random() < given:
            good, bad, wrong = POOL[parameter.name]
            chance = random.random()
            context[parameter.name] = random.choice(
                wrong if chance < senseless else bad if chance < senseless + 0.25 else good
            )
    return context


def _question(
    random: Random, model: Model, names: tuple[str, ...], known: list[Relationship], question: Question
) -> Question:
    context: dict[str, object] = {"unknown": [None]} if random.random() < 0.2 else {}
    for name in names:
        context |= _context(random, CONDITIONS[name], given=random.choice((0.5, 0.95, 1)), senseless=0.05)
    contextual = _contextual(random, model, names, known) if random.random() < 0.4 else ()
    return replace(question, context=context, contextual=contextual)


def _contextual(
    random: Random, model: Model, names: tuple[str, ...], known: list[Relationship]
) -> tuple[Relationship, ...]:
    """Return relationships that are new, stored already, or stored on another condition."""
    brought = {each.key: each for each in some(random, known, 0, 4)}
    for each in some(random, known, 0, 4):
        brought[each.key] = _conditioned(random, model, names, each)
    fitting = [each for each in brought.values() if may_be_stored(model, each)]
    return (*fitting, *some(random, fitting, 0, 1))
