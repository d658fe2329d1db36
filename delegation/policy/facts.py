"""Relationships as policies list them: what each table of a list says, and whether it fits the model."""

from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import TypeVar

from authz_core import (
    EngineError,
    Model,
    Relationship,
    RelationshipCondition,
    parse_object,
    parse_relation,
    parse_subject,
    validate_relationship,
)
from delegation.policy.faults import Fault, Gathering, InvalidPolicy, Place, quoted
from delegation.policy.values.nodes import Node

_KEYS = frozenset({"user", "relation", "object", "condition"})
_CONDITION_KEYS = frozenset({"name", "context"})

T = TypeVar("T")
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Fact:
    """A relationship and the place that lists it."""

    relationship: Relationship
    place: Place


def fact_from(node: Node) -> Fact:
    """Return the relationship that a table lists: `{user, relation, object, condition?: {name, context?}}`."""
    table = node.table("a tuple", _KEYS)
    condition = table.get("condition")
    key = (
        _parsed(parse_subject, table.need("user"), "`user`"),
        _parsed(parse_relation, table.need("relation"), "`relation`"),
        _parsed(parse_object, table.need("object"), "`object`"),
    )
    return Fact(Relationship(*key, None if condition is None else _condition(condition)), node.place)


def _parsed(parse: Callable[[str], T], node: Node, what: str) -> T:
    try:
        return parse(node.text(what))
    except EngineError as error:
        raise node.fault(str(error)) from None


def context_from(node: Node | None) -> Mapping[str, object]:
    """Return a context as JSON has it; none is an empty one."""
    if node is None:
        return {}
    return {key: value.json() for key, value in node.table("`context`")}


def _condition(node: Node) -> RelationshipCondition:
    table = node.table("`condition`", _CONDITION_KEYS)
    return RelationshipCondition.of(table.text("name"), context_from(table.get("context")))


def validate_facts(model: Model, facts: Iterable[Fact], seen: MutableMapping[Key, Place]) -> None:
    """Accept facts that fit the model and are not among those seen, to which they are added."""
    gathering = Gathering()
    for fact in facts:
        with gathering.part():
            _validate(model, fact, seen)
    gathering.finish()


def _validate(model: Model, fact: Fact, seen: MutableMapping[Key, Place]) -> None:
    try:
        validate_relationship(model, fact.relationship)
    except EngineError as error:
        raise InvalidPolicy(Fault(fact.place, str(error))) from None
    before = seen.setdefault(fact.relationship.key, fact.place)
    if before is not fact.place:
        subject, relation, thing = fact.relationship.key
        told = f"{quoted(subject)} {quoted(relation)} {quoted(thing)} is listed already, at {before}"
        raise InvalidPolicy(Fault(fact.place, told))
