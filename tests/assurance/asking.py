"""Questions, facts and lists in plain texts, and answers in plain words."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from authz_core import (
    Allowed,
    Listing,
    Model,
    Relationship,
    RelationshipCondition,
    Relationships,
    Situation,
    Unanswerable,
    check,
    list_objects,
    list_subjects,
    parse_object,
    parse_subject,
    situation,
)
from tests.authz_core.worlds import fact

YES = "yes"
NO = "not_held"
MISSING = "context_missing"
TOO_COMPLEX = "too_complex"

Item = TypeVar("Item", bound=str)
Line = str | Relationship
Facts = Relationships | Situation


def line(text: Line) -> Relationship:
    """A relationship written as `subject relation object`."""
    return fact(*text.split(" ")) if isinstance(text, str) else text


def on(text: str, condition: str, **context: object) -> Relationship:
    """A relationship on a condition."""
    return line(text)._replace(condition=RelationshipCondition.of(condition, context))


def stored(*lines: Line) -> Relationships:
    """Stored relationships."""
    return Relationships(map(line, lines))


def facing(model: Model, facts: Relationships, contextual: Iterable[Line] = (), **context: object) -> Situation:
    """The facts, with what a question brings along."""
    return situation(model, facts, context=context, contextual=[*map(line, contextual)])


def answer(model: Model, facts: Facts, question: str) -> str:
    """The engine's answer to `subject relation object`: yes, or the reason why not."""
    subject, relation, thing = question.split(" ")
    decision = check(model, facts, parse_subject(subject), relation, parse_object(thing))
    return YES if isinstance(decision, Allowed) else decision.reason.value


def objects(model: Model, facts: Facts, question: str) -> tuple[str, ...] | str:
    """The list of objects for `subject relation type`, or the reason why there is none."""
    subject, relation, type_ = question.split(" ")
    return _listed(lambda: list_objects(model, facts, parse_subject(subject), relation, type_))


def subjects(model: Model, facts: Facts, question: str) -> tuple[str, ...] | str:
    """The list of subjects for `form relation object`, or the reason why there is none."""
    form, relation, thing = question.split(" ")
    return _listed(lambda: list_subjects(model, facts, relation, parse_object(thing), form))


def _listed(listing: Callable[[], Listing[Item]]) -> tuple[str, ...] | str:
    try:
        return listing().items
    except Unanswerable as error:
        return error.reason.value


def is_refused(wanted: type[Exception], attempt: Callable[..., object], *arguments: object) -> bool:
    """Whether the attempt is refused with this error; nothing else is a refusal, and a crash is none."""
    try:
        attempt(*arguments)
    except wanted:
        return True
    except RecursionError:
        return False
    return False
