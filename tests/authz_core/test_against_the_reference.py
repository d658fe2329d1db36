"""What another engine answered: OpenFGA 1.22.1, asked over HTTP with its settings untouched, its answers kept as data.

Its models and questions were drawn at random, and values of each type of parameter were tried one by one. What both
engines answer alike is in `answers.json`; what the rest comes down to is in `differences.json`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from authz_core import (
    Allowed,
    Denied,
    Limits,
    Model,
    Reason,
    Relationship,
    RelationshipCondition,
    Relationships,
    Situation,
    Unanswerable,
    check,
    list_objects,
    list_subjects,
    load_model,
    parse_object,
    parse_subject,
    situation,
)

Told = Mapping[str, Any]
Answer = bool | str | list[str]

KEPT = Path(__file__).parent / "reference"
WORLDS: list[Told] = json.loads((KEPT / "answers.json").read_text("utf-8"))
DIFFERENCES: list[Told] = json.loads((KEPT / "differences.json").read_text("utf-8"))

ERROR = "error"
TROUBLES = {Reason.CONTEXT_MISSING, Reason.CONDITION_FAILED, Reason.TOO_COMPLEX}


@dataclass(frozen=True, slots=True)
class Asked:
    """A world as it was stored in the server."""

    model: Model
    stored: Relationships
    limits: Limits

    def facing(self, question: Told) -> Situation:
        """The facts, with what the question brings along."""
        contextual = map(relationship, question.get("contextual", ()))
        context = question.get("context", {})
        return situation(self.model, self.stored, context=context, contextual=contextual, limits=self.limits)

    def answer(self, question: Told) -> Answer:
        """The engine's answer, in the words of the data."""
        facts = self.facing(question)
        try:
            match question:
                case {"check": [subject, relation, thing]}:
                    return self.decided(facts, subject, relation, thing)
                case {"objects": [subject, relation, type_]}:
                    return [*list_objects(self.model, facts, parse_subject(subject), relation, type_).items]
                case _:
                    form, relation, thing = question["subjects"]
                    return [*list_subjects(self.model, facts, relation, parse_object(thing), form).items]
        except Unanswerable:
            return ERROR

    def decided(self, facts: Situation, subject: str, relation: str, thing: str) -> Answer:
        """The engine's decision."""
        match check(self.model, facts, parse_subject(subject), relation, parse_object(thing)):
            case Allowed():
                return True
            case Denied(reason):
                return ERROR if reason in TROUBLES else False


def asked(world: Told) -> Asked:
    """The world, read."""
    stored = Relationships(map(relationship, world["tuples"]))
    return Asked(load_model("\n".join(world["model"])), stored, Limits(hops=world.get("hops")))


def relationship(told: Sequence[Any]) -> Relationship:
    """A relationship from its subject, relation and object, and the name and context of its condition if it has one."""
    subject, relation, thing, *condition = told
    on = RelationshipCondition.of(*condition) if condition else None
    return Relationship(parse_subject(subject), relation, parse_object(thing), on)


@pytest.mark.parametrize("world", WORLDS, ids=range(len(WORLDS)))
def test_the_same_is_answered(world: Told) -> None:
    """Checks and both lists are answered as the other engine answers them, errors included."""
    here = asked(world)
    assert [each for each in world["questions"] if here.answer(each) != each["answer"]] == []


@pytest.mark.parametrize("world", DIFFERENCES, ids=lambda world: world["why"])
def test_the_differences_are_those_known(world: Told) -> None:
    """Where the two engines part is known: each difference is still there, as it is described."""
    here = asked(world)
    for question in world["questions"]:
        assert here.answer(question) == question["answer"] != question["theirs"]
