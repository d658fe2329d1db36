"""Random models, facts and questions, drawn from one source of chance so that any of them can be had again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import TypeVar

from authz_core import (
    Allowed,
    Decision,
    Holding,
    Model,
    Object,
    Relationship,
    Relationships,
    Subject,
    check,
    parse_object,
    parse_subject,
)

Thing = TypeVar("Thing")
Context = Mapping[str, object]

# Neighbours in any order of sorting, and every character that separates something somewhere.
IDS = ("a", "ab", "a/b", "a|b", "a@b", "a.*", "b", "é")


@dataclass(frozen=True, slots=True)
class Question:
    """Who, what, and on which object; and what the question brings along."""

    subject: Subject | Holding
    relation: str
    object: Object
    context: Context = field(default_factory=dict)
    contextual: tuple[Relationship, ...] = ()


@dataclass(frozen=True, slots=True)
class World:
    """A model, facts about it and questions to it."""

    model: Model
    facts: tuple[Relationship, ...]
    questions: tuple[Question, ...]


def some(random: Random, things: Sequence[Thing], least: int, most: int) -> tuple[Thing, ...]:
    """A few of the things, each once."""
    return tuple(random.sample(things, min(len(things), random.randint(least, most))))


def fact(subject: str, relation: str, thing: str) -> Relationship:
    """A relationship from its three texts."""
    return Relationship(parse_subject(subject), relation, parse_object(thing))


def facts(*lines: str) -> Relationships:
    """Relationships written as `subject relation object`."""
    return Relationships(fact(*line.split(" ")) for line in lines)


def asked(model: Model, stored: Relationships, subject: str | Holding, relation: str, thing: str) -> Decision:
    """The engine's answer to a question in plain texts."""
    who = parse_subject(subject) if isinstance(subject, str) else subject
    return check(model, stored, who, relation, parse_object(thing))


def allows(model: Model, stored: Relationships, subject: str | Holding, relation: str, thing: str) -> bool:
    """Whether the engine allows a question in plain texts."""
    return isinstance(asked(model, stored, subject, relation, thing), Allowed)


def holding(thing: str, *relations: str) -> Holding:
    """An imaginary principal from plain texts."""
    return Holding(parse_object(thing), frozenset(relations))
