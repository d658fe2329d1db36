"""A slow and obvious twin of the engine: it reads the model's definitions word by word over a plain set of facts.

It shares no code with the engine; it knows only the shape of its values.
"""

from collections.abc import Collection, Iterator
from enum import Enum

from authz_core import (
    Computed,
    Conferred,
    Direct,
    Exclusion,
    FromParent,
    Holding,
    Intersection,
    Model,
    Restriction,
    Rewrite,
    Union,
)

Fact = tuple[str, str, str]
Path = tuple[tuple[str, str], ...]

FRESH = "imaginary:principal"


class Answer(Enum):
    """Yes, no, or no because the question came round to itself."""

    YES = "yes"
    NO = "no"
    LOOP = "loop"


YES, NO, LOOP = Answer.YES, Answer.NO, Answer.LOOP


class TooLong(Exception):
    """The oracle is slow; this question would take it too long."""


def oracle(model: Model, facts: Collection[Fact], subject: str | Holding, relation: str, thing: str) -> bool:
    """Tell whether the engine must allow the question."""
    if relation not in model.types.get(kind(thing), {}):
        return False
    if isinstance(subject, str):
        return Oracle(model, set(facts), subject).holds(thing, relation, ()) is YES
    if kind(subject.object) not in model.delegable or relation in model.administrative:
        return False
    return Oracle(model, imagined(facts, subject), FRESH).holds(thing, relation, ()) is YES


def imagined(facts: Collection[Fact], holding: Holding) -> set[Fact]:
    """A copy of the facts without wildcards, and with a fresh principal that holds just this."""
    known = {fact for fact in facts if not fact[0].endswith(":*") or "#" in fact[0]}
    return known | {(FRESH, relation, holding.object) for relation in holding.relations}


def kind(reference: str) -> str:
    """The type of an object."""
    return reference.split(":", maxsplit=1)[0]


def form(subject: str) -> str:
    """What a restriction must say to permit the subject."""
    if "#" in subject:
        return kind(subject) + "#" + subject.split("#", 1)[1]
    return subject if subject.endswith(":*") else kind(subject)


def forms(restrictions: tuple[Restriction, ...]) -> set[str]:
    """What a list of restrictions permits."""
    return {
        entry.type + (":*" if entry.wildcard else "#" + entry.relation if entry.relation else "")
        for entry in restrictions
    }


def union(answers: Iterator[Answer]) -> Answer:
    """Yes if any says yes, else a loop if any met one."""
    given = list(answers)
    return YES if YES in given else LOOP if LOOP in given else NO


class Oracle:
    """One question's subject, with the model and the facts."""

    def __init__(self, model: Model, facts: set[Fact], subject: str, patience: int = 20_000) -> None:
        self.model = model
        self.facts = facts
        self.subject = subject
        self.patience = patience

    def holds(self, thing: str, relation: str, path: Path) -> Answer:
        """Whether the subject has the relation on the object."""
        self.patience -= 1
        if self.patience < 0:
            raise TooLong
        if (thing, relation) in path:
            return LOOP
        if self.subject == f"{thing}#{relation}":
            return YES
        if relation not in self.model.types.get(kind(thing), {}) or not self.has_route(kind(thing), relation):
            return NO
        rewrite = self.model.types[kind(thing)][relation]
        return self.eval(rewrite, thing, relation, (*path, (thing, relation)))

    def eval(self, rewrite: Rewrite, thing: str, relation: str, path: Path) -> Answer:
        """Whether the subject is among those whom the expression names on the object."""
        match rewrite:
            case Direct(restrictions):
                return self.named({relation}, forms(restrictions), thing, path)
            case Conferred(permission):
                return self.conferred(permission, thing, path)
            case Computed(other):
                return self.holds(thing, other, path)
            case FromParent(other, tupleset):
                return union(self.holds(parent, other, path) for parent in self.parents(thing, tupleset))
            case Union() | Intersection() | Exclusion():
                operands = (rewrite.base, rewrite.subtract) if isinstance(rewrite, Exclusion) else rewrite.operands
                return self.joined(rewrite, [self.eval(operand, thing, relation, path) for operand in operands])

    def joined(self, rewrite: Union | Intersection | Exclusion, answers: list[Answer]) -> Answer:
        """What follows from the answers of the operands."""
        match rewrite:
            case Union():
                return union(iter(answers))
            case Intersection():
                return YES if set(answers) == {YES} else NO
            case Exclusion():
                base, taken = answers
                return YES if base is YES and (taken is NO or self.subject == FRESH) else NO

    def conferred(self, permission: str, thing: str, path: Path) -> Answer:
        """Whether the subject holds a role on the object that contains the permission."""
        roles = self.model.roles.values()
        slugs = {each.slug for each in roles if each.type == kind(thing) and permission in each.permissions}
        if self.subject in {f"{thing}#{slug}" for slug in slugs}:
            return YES
        return self.named(slugs, forms(self.model.holders), thing, path)

    def named(self, relations: set[str], permitted: set[str], thing: str, path: Path) -> Answer:
        """Whether a stored relationship names the subject, everyone like it, or a userset that it is in."""
        return union(
            self.covers(subject, path)
            for subject, relation, target in self.facts
            if relation in relations and target == thing and (form(subject) in permitted or subject == FRESH)
        )

    def covers(self, named: str, path: Path) -> Answer:
        """Whether the subject is the one named, or among those named."""
        if named == self.subject:
            return YES
        if "#" in named:
            thing, relation = named.split("#", 1)
            return self.holds(thing, relation, path)
        is_object = "#" not in self.subject and not self.subject.endswith(":*")
        return YES if is_object and named == f"{kind(self.subject)}:*" else NO

    def parents(self, thing: str, tupleset: str) -> list[str]:
        """The objects that the tupleset names, as far as it may."""
        definition = self.model.types[kind(thing)].get(tupleset)
        permitted = forms(definition.restrictions) if isinstance(definition, Direct) else set()
        return [s for s, r, t in self.facts if r == tupleset and t == thing and form(s) in permitted]

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
                    yield from forms(restrictions)
                case Conferred():
                    yield from forms(self.model.holders)
                case Computed(other):
                    yield f"{type_}#{other}"
                case FromParent(other, tupleset):
                    definition = definitions.get(tupleset)
                    permitted = forms(definition.restrictions) if isinstance(definition, Direct) else set()
                    yield from (f"{label}#{other}" for label in permitted)
                case Union(operands) | Intersection(operands):
                    waiting.extend(operands)
                case Exclusion(base, subtract):
                    waiting.extend((base, subtract))
