"""A slow and obvious twin of the engine: it reads the model's definitions word by word over plain lists of facts.

It shares no code with the engine; it knows only the shape of its values. What conditions mean it knows by itself.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from authz_core import (
    Computed,
    Conferred,
    Direct,
    Exclusion,
    FromParent,
    Holding,
    Intersection,
    Model,
    Reason,
    Relationship,
    Restriction,
    Rewrite,
    Union,
)
from tests.authz_core.fitting import fits, form, form_of, is_wildcard, kind
from tests.authz_core.meanings import Failed, Missing, meaning

Path = tuple[tuple[str, str], ...]
Trouble = tuple[Reason, str]

FRESH = "imaginary:principal"


class Verdict(Enum):
    """Yes, no, no because the question came round to itself, or not to be told."""

    YES = "yes"
    NO = "no"
    LOOP = "loop"
    ERROR = "error"


class Answer(NamedTuple):
    """A verdict, and why it cannot be told where it cannot: each reason with the relationship it arose at."""

    verdict: Verdict
    troubles: frozenset[Trouble] = frozenset()


YES, NO, LOOP = Answer(Verdict.YES), Answer(Verdict.NO), Answer(Verdict.LOOP)


class TooLong(Exception):
    """The oracle is slow; this question would take it too long."""


@dataclass(frozen=True, slots=True)
class Told:
    """All that is true while a question is answered."""

    stored: tuple[Relationship, ...]
    contextual: tuple[Relationship, ...] = ()
    context: Mapping[str, object] = field(default_factory=dict)
    hops: int | None = None


def oracle(model: Model, told: Told, subject: str | Holding, relation: str, thing: str) -> Answer:
    """What the engine must find out about the question."""
    if relation not in model.types.get(kind(thing), {}):
        return NO
    if isinstance(subject, str):
        return Oracle(model, told, subject).holds(thing, relation, (), 0)
    if kind(subject.object) not in model.delegable or relation in model.administrative:
        return NO
    return Oracle(model, imagined(told, subject), FRESH).holds(thing, relation, (), 0)


def possible(model: Model, told: Told, subject: str | Holding, relation: str, thing: str) -> bool:
    """Whether the answer might be yes if whatever cannot be told were as one wishes."""
    if isinstance(subject, Holding):
        told, subject = imagined(told, subject), FRESH
    return Oracle(model, told, subject, Verdict.YES).holds(thing, relation, (), 0) == YES


def imagined(told: Told, holding: Holding) -> Told:
    """A copy of the facts without wildcards, and with a fresh principal that holds just this."""
    stored, contextual = (
        tuple(each for each in facts if not is_wildcard(each.subject)) for facts in (told.stored, told.contextual)
    )
    held = tuple(Relationship(FRESH, relation, holding.object) for relation in holding.relations)  # type: ignore[arg-type]  # of no type
    return Told(stored + held, contextual, told.context, told.hops)


def met(model: Model, fact: Relationship, context: Mapping[str, object]) -> Answer:
    """Whether the condition of a relationship is met."""
    if fact.condition is None:
        return YES
    where = " ".join((*fact.key, fact.condition.name))
    try:
        return YES if meaning(model.conditions[fact.condition.name], fact.condition.context, context) else NO
    except Missing:
        return Answer(Verdict.ERROR, frozenset({(Reason.CONTEXT_MISSING, where)}))
    except Failed:
        return Answer(Verdict.ERROR, frozenset({(Reason.CONDITION_FAILED, where)}))


def union(answers: Iterable[Answer]) -> Answer:
    """Yes if any says yes, else an error if any met one, else a loop if any did."""
    given = list(answers)
    if YES in given:
        return YES
    troubles = frozenset(trouble for answer in given for trouble in answer.troubles)
    return Answer(Verdict.ERROR, troubles) if troubles else LOOP if LOOP in given else NO


def intersection(answers: Iterable[Answer]) -> Answer:
    """A loop if any met itself, else no if any says no, else an error if any met one."""
    given = list(answers)
    if LOOP in given:
        return LOOP
    if NO in given:
        return NO
    troubles = frozenset(trouble for answer in given for trouble in answer.troubles)
    return Answer(Verdict.ERROR, troubles) if troubles else YES


def exclusion(base: Answer, taken: Answer) -> Answer:
    """What the base says, unless it is or may be taken away."""
    if LOOP in {base, taken}:
        return LOOP
    if base == NO or taken == YES:
        return NO
    return intersection((base, taken if taken.troubles else YES))


class Oracle:
    """One question's subject, with the model and the facts."""

    def __init__(self, model: Model, told: Told, subject: str, hope: Verdict = Verdict.ERROR) -> None:
        self.model = model
        self.told = told
        self.facts = (*told.stored, *told.contextual)
        self.subject = subject
        self.hope = hope  # what is made of a condition that cannot be told
        self.patience = 20_000

    def holds(self, thing: str, relation: str, path: Path, hops: int) -> Answer:
        """Whether the subject has the relation on the object."""
        self.patience -= 1
        if self.patience < 0:
            raise TooLong
        if self.told.hops is not None and hops > self.told.hops:
            return Answer(Verdict.ERROR, frozenset({(Reason.TOO_COMPLEX, "")}))
        if (thing, relation) in path:
            return LOOP
        if self.subject == f"{thing}#{relation}":
            return YES
        if relation not in self.model.types.get(kind(thing), {}) or not self.has_route(kind(thing), relation):
            return NO
        rewrite = self.model.types[kind(thing)][relation]
        return self.eval(rewrite, thing, relation, (*path, (thing, relation)), hops)

    def eval(self, rewrite: Rewrite, thing: str, relation: str, path: Path, hops: int) -> Answer:
        """Whether the subject is among those whom the expression names on the object."""
        match rewrite:
            case Direct(restrictions):
                return self.named({relation}, restrictions, thing, path, hops)
            case Conferred(permission):
                return self.conferred(permission, thing, path, hops)
            case Computed(other):
                return self.holds(thing, other, path, hops)
            case FromParent(other, tupleset):
                return union(self.inherited(other, tupleset, thing, path, hops))
            case Union(operands):
                return union([self.eval(operand, thing, relation, path, hops) for operand in operands])
            case Intersection(operands):
                return intersection([self.eval(operand, thing, relation, path, hops) for operand in operands])
            case Exclusion(base, subtract):
                # For one who is imagined, nothing is ever taken away.
                taken = NO if self.subject == FRESH else self.against().eval(subtract, thing, relation, path, hops)
                return exclusion(self.eval(base, thing, relation, path, hops), taken)

    def against(self) -> "Oracle":
        """The same one, hoping for the opposite."""
        opposite = {Verdict.YES: Verdict.NO, Verdict.NO: Verdict.YES, Verdict.ERROR: Verdict.ERROR}
        other = Oracle(self.model, self.told, self.subject, opposite[self.hope])
        other.patience = self.patience = self.patience // 2
        return other

    def conferred(self, permission: str, thing: str, path: Path, hops: int) -> Answer:
        """Whether the subject holds a role on the object that contains the permission."""
        roles = self.model.roles.values()
        slugs = {each.slug for each in roles if each.type == kind(thing) and permission in each.permissions}
        if self.subject in {f"{thing}#{slug}" for slug in slugs}:
            return YES
        return self.named(slugs, self.model.holders, thing, path, hops)

    def named(
        self, relations: Collection[str], permitted: tuple[Restriction, ...], thing: str, path: Path, hops: int
    ) -> Answer:
        """Whether a relationship names the subject, everyone like it, or a userset that it is in."""
        answers = []
        for fact in self.facts:
            if fact.relation not in relations or fact.object != thing:
                continue
            if fact.subject != FRESH and not fits(self.model, fact, permitted):
                continue
            if self.is_meant(fact.subject) and not self.is_shadowed(fact):
                answers.append(self.met(fact))
            if "#" in fact.subject:
                userset = fact.subject.split("#", 1)
                answers.append(self.through(fact, userset[0], userset[1], path, hops))
        return union(answers)

    def is_meant(self, named: str) -> bool:
        """Whether the subject is the one named, or one of everyone named."""
        is_object = "#" not in self.subject and not is_wildcard(self.subject)
        return named == self.subject or (is_object and named == f"{kind(self.subject)}:*")

    def is_shadowed(self, fact: Relationship) -> bool:
        """Whether the question brings along the same relationship with another condition.

        Only a subject that is an object is looked up by itself; usersets and wildcards are found among all others.
        """
        others = [each for each in self.told.contextual if each.key == fact.key]
        is_object = "#" not in fact.subject and not is_wildcard(fact.subject)
        return is_object and bool(others) and fact not in others

    def inherited(self, relation: str, tupleset: str, thing: str, path: Path, hops: int) -> Iterator[Answer]:
        """Whether the subject has the relation on each of the objects that the tupleset names."""
        definition = self.model.types[kind(thing)].get(tupleset)
        permitted = definition.restrictions if isinstance(definition, Direct) else ()
        for fact in self.facts:
            named = fact.relation == tupleset and fact.object == thing and fits(self.model, fact, permitted)
            if named and relation in self.model.types.get(kind(fact.subject), {}):
                yield self.through(fact, fact.subject, relation, path, hops)

    def through(self, fact: Relationship, thing: str, relation: str, path: Path, hops: int) -> Answer:
        """Whether the relationship counts and the subject has the relation that it leads to."""
        met = self.met(fact)
        return self.holds(thing, relation, path, hops + 1) if met == YES else met

    def met(self, fact: Relationship) -> Answer:
        """Whether the condition of a relationship is met."""
        answer = met(self.model, fact, self.told.context)
        return answer if self.hope is Verdict.ERROR or not answer.troubles else Answer(self.hope)

    def has_route(self, type_: str, relation: str) -> bool:
        """Whether the model leads from subjects like this one to the relation in any way."""
        if self.subject == FRESH or form(self.subject).partition("#")[2] in self.model.roles:
            return True
        starts = {form(self.subject)}
        if "#" not in self.subject:
            starts.add(f"{kind(self.subject)}:*")
        reached = {f"{type_}#{relation}"}
        kinds: set[str] = set()
        while reached:
            seen = kinds.copy()
            kinds |= {label for place in reached for label in self.mentions(*place.split("#", 1))}
            reached = {label for label in kinds - seen if "#" in label}
        return not starts.isdisjoint(kinds)

    def mentions(self, type_: str, relation: str) -> Iterator[str]:
        """The kinds of subject that a definition speaks of."""
        definitions = self.model.types.get(type_, {})
        waiting = [definitions[relation]] if relation in definitions else []
        for part in waiting:
            match part:
                case Direct(restrictions):
                    yield from (form_of(entry) for entry in restrictions)
                case Conferred():
                    yield from (form_of(entry) for entry in self.model.holders)
                case Computed(other):
                    yield f"{type_}#{other}"
                case FromParent(other, tupleset):
                    definition = definitions.get(tupleset)
                    permitted = definition.restrictions if isinstance(definition, Direct) else ()
                    yield from (f"{form_of(entry)}#{other}" for entry in permitted)
                case Union(operands) | Intersection(operands):
                    waiting.extend(operands)
                case Exclusion(base, subtract):
                    waiting.extend((base, subtract))
