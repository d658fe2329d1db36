"""Random models, facts and questions, drawn from one source of chance so that any of them can be had again."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from authz_core import Holding, Model, Object, Relationship, Subject, parse_object, parse_subject

Thing = TypeVar("Thing")

# Neighbours in any order of sorting, and every character that separates something somewhere.
IDS = ("a", "ab", "a/b", "a|b", "a@b", "a.*", "b", "é")


@dataclass(frozen=True, slots=True)
class Question:
    """Who, what, and on which object."""

    subject: Subject | Holding
    relation: str
    object: Object


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
