"""One question, put to the engine: the answer, or why there is none, and why it is the answer."""

from collections import Counter
from dataclasses import dataclass
from typing import Final

from authz_core import (
    Allowed,
    Denied,
    EngineError,
    Model,
    Reason,
    Situation,
    UnknownRelation,
    UnknownType,
    check,
    explain,
    list_objects,
    list_subjects,
    parse_object,
    parse_subject,
)
from delegation.policy.faults import quoted
from delegation.policy.questions import Check, ListObjects, ListUsers, Question

EXPLAINED: Final = 3
"""How many objects or users of a wrong list are explained, of those too many and of those missing."""

Answer = bool | tuple[str, ...]


class Unanswered(Exception):
    """A question has no answer; the text says why."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A model and what is true while questions are asked."""

    model: Model
    facts: Situation

    def answer(self, question: Question) -> Answer:
        """Return the answer, lists in order; raise `Unanswered` where there is none."""
        try:
            match question:
                case Check():
                    return self._check(question)
                case ListObjects():
                    return self._objects(question)
                case ListUsers():
                    return self._users(question)
        except EngineError as error:
            raise Unanswered(str(error)) from None

    def reasons(self, question: Question, got: Answer) -> tuple[str, ...]:
        """Return why the answer is not the expected one, in the engine's words."""
        match question:
            case Check():
                return (self._why(question.user, question.relation, question.object),)
            case ListObjects(user, relation):
                wrong = _differences(got, question.expected)
                told = [f"{each} {how}: {self._why(user, relation, each)}" for each, how in wrong]
                return (*told, *_repeated(question.expected))
            case ListUsers(thing, relation):
                wrong = _differences(got, question.expected)
                told = [f"{each} {how}: {self._why(each, relation, thing)}" for each, how in wrong]
                return (*told, *_repeated(question.expected))

    def _check(self, question: Check) -> bool:
        user, thing = parse_subject(question.user), parse_object(question.object)
        match check(self.model, self.facts, user, question.relation, thing):
            case Allowed():
                return True
            case Denied(Reason.NOT_HELD):
                return False
            case Denied(reason, detail):
                raise Unanswered(f"{reason}: {detail}" if detail else reason.value)

    def _objects(self, question: ListObjects) -> tuple[str, ...]:
        user = parse_subject(question.user)
        self._know(question.type, question.relation)
        self._know(*_type_and_relation(user))
        return tuple(sorted(list_objects(self.model, self.facts, user, question.relation, question.type).items))

    def _users(self, question: ListUsers) -> tuple[str, ...]:
        thing = parse_object(question.object)
        self._know(_type_and_relation(thing)[0], question.relation)
        self._know(*_type_and_relation(question.form))
        return tuple(sorted(list_subjects(self.model, self.facts, question.relation, thing, question.form).items))

    def _know(self, type: str, relation: str) -> None:
        """Refuse a type or relation that there is not: to find nothing of it would look like an answer."""
        if type not in self.model.types:
            raise UnknownType(f"there is no type {quoted(type)}")
        if relation and relation not in self.model.types[type]:
            raise UnknownRelation(f"type {quoted(type)} has no relation {quoted(relation)}")

    def _why(self, user: str, relation: str, object: str) -> str:
        try:
            return explain(self.model, self.facts, parse_subject(user), relation, parse_object(object)).text()
        except EngineError as error:
            return str(error)


def _differences(got: Answer, expected: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return the first objects or users that are in one list only, and how they are wrong."""
    found = () if isinstance(got, bool) else got
    surplus = [(each, "is not expected") for each in found if each not in expected]
    missing = [(each, "is missing") for each in dict.fromkeys(expected) if each not in found]
    return surplus[:EXPLAINED] + missing[:EXPLAINED]


def _repeated(expected: tuple[str, ...]) -> list[str]:
    """Return what is wrong with a list that names something more often than an answer ever does."""
    return [f"{each} is expected {times} times" for each, times in Counter(expected).items() if times > 1]


def _type_and_relation(reference: str) -> tuple[str, str]:
    thing, _, relation = reference.partition("#")
    return thing.partition(":")[0], relation
