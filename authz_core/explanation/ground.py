"""The ground of a question: every goal that its answer may hang on, with all the ways to each."""

from collections.abc import Iterator
from typing import Protocol

from authz_core.evaluation.principals import Holding
from authz_core.explanation.belonging import forms_of
from authz_core.explanation.goals import Alternative, Definitions, Goal
from authz_core.explanation.miss import Change, ChangeKind
from authz_core.explanation.proof import Question, StepKind
from authz_core.explanation.reading import Found, Reading
from authz_core.model.policy import Model
from authz_core.model.rewrites import (
    Computed,
    Conferred,
    Direct,
    Exclusion,
    FromParent,
    Intersection,
    Rewrite,
    Union,
)
from authz_core.references import (
    Object,
    Userset,
    split_userset,
    type_of,
)


class Suppose(Protocol):
    """Ways to a goal that would be open if something changed."""

    def __call__(self, goal: Goal, part: Rewrite) -> Iterator[Alternative]:
        """Iterate over them."""


class Ground:
    """The goals beneath one question; nothing is decided here, for circles are found as circles."""

    def __init__(self, model: Model, reading: Reading, question: Question, suppose: Suppose | None = None) -> None:
        """Look at everything; raise `Exhausted` where there is too much."""
        self.definitions = Definitions(model)
        self.reading = reading
        self.root = Goal(question.object, question.relation)
        self.alternatives: dict[Goal, list[Alternative]] = {}
        self.subtracted: dict[Goal, Goal] = {}  # the goal of an exclusion → that of its subtracted side
        self.depths = {self.root: 0}  # how far from the root each goal lies
        self._model = model
        self._subject = question.subject
        self._suppose = suppose
        self._explore()

    def _explore(self) -> None:
        waiting = [self.root]
        for goal in waiting:
            if not goal.position:
                self.reading.spend()
            part = self.definitions.part(goal)
            found = [*self._ways(goal, part)]
            if self._suppose is not None:
                found.extend(self._suppose(goal, part))
            self.alternatives[goal] = found
            further = [premise for way in found for premise in way.premises]
            if goal in self.subtracted:
                further.append(self.subtracted[goal])
            new = sorted({each for each in further if each not in self.depths})
            self.depths.update(dict.fromkeys(new, self.depths[goal] + 1))
            waiting.extend(new)

    def _ways(self, goal: Goal, part: Rewrite) -> Iterator[Alternative]:
        thing, relation, position = goal
        if not position and self._subject == f"{thing}#{relation}":
            yield Alternative(StepKind.ITSELF)
        match part:
            case Direct(restrictions):
                yield from self._named(goal, frozenset(entry.kind for entry in restrictions))
            case Computed(other):
                if self.definitions.has(type_of(thing), other):
                    yield Alternative(StepKind.COMPUTED, (Goal(thing, other),))
            case FromParent(other, tupleset):
                yield from self._inherited(thing, other, tupleset)
            case Conferred(permission):
                roles = self._contained(thing, permission)
                yield from (Alternative(StepKind.ROLE, (Goal(thing, role),)) for role in sorted(roles))
            case _:
                yield from self._joined(goal, part)

    def _joined(self, goal: Goal, part: Union | Intersection | Exclusion) -> Iterator[Alternative]:
        if isinstance(part, Exclusion):
            base, self.subtracted[goal] = (self._operand(goal, number) for number in range(2))
            yield Alternative(StepKind.EXCLUSION, (base,))
            return
        inner = tuple(self._operand(goal, number) for number in range(len(part.operands)))
        if isinstance(part, Intersection):
            yield Alternative(StepKind.INTERSECTION, inner)
        else:
            yield from (Alternative(StepKind.UNION, (operand,)) for operand in inner)

    def _operand(self, goal: Goal, number: int) -> Goal:
        return goal._replace(position=(*goal.position, number))

    def _named(self, goal: Goal, kinds: frozenset[str]) -> Iterator[Alternative]:
        thing, relation, _ = goal
        if isinstance(self._subject, Holding):
            if self._subject.object == thing and relation in self._subject.relations:
                yield Alternative(StepKind.HELD)
        else:
            for each in forms_of(self._subject):
                kind = StepKind.DIRECT if each == self._subject else StepKind.WILDCARD
                found = self.reading.named((each, relation, thing), kinds)
                if found is not None:
                    yield _alternative(kind, found)
        for found in self.reading.usersets(relation, thing, kinds):
            granted, member = split_userset(Userset(found.relationship.subject))
            if self.definitions.has(type_of(granted), member):
                yield _alternative(StepKind.USERSET, found, Goal(granted, member))

    def _inherited(self, thing: Object, relation: str, tupleset: str) -> Iterator[Alternative]:
        kinds = frozenset(entry.kind for entry in self.definitions.tupleset(thing, tupleset))
        for found in self.reading.parents(tupleset, thing, kinds):
            parent = Object(found.relationship.subject)
            if self.definitions.has(type_of(parent), relation):
                yield _alternative(StepKind.FROM_PARENT, found, Goal(parent, relation))

    def _contained(self, thing: Object, permission: str) -> set[str]:
        """Return the roles on the object that contain the permission."""
        roles = {relation: self._model.roles.get(relation) for relation in self.held(thing)}
        return {
            relation
            for relation, role in roles.items()
            if role is not None and role.type == type_of(thing) and permission in role.permissions
        }

    def held(self, thing: Object) -> set[str]:
        """Return the relations that somebody holds on the object, the subject's own by definition included."""
        relations = self.reading.relations(thing)
        if isinstance(self._subject, Holding):
            return relations | self._subject.relations if self._subject.object == thing else relations
        itself, _, relation = self._subject.partition("#")
        return {*relations, relation} if itself == thing else relations


def _alternative(kind: StepKind, found: Found, *premises: Goal) -> Alternative:
    """Return what follows from a relationship, which counts or would if its condition were met."""
    relationship = found.relationship
    change = None
    if found.unmet:
        change = Change(ChangeKind.MEET, relationship.relation, relationship.object, relationship, found.unmet)
    return Alternative(kind, premises, relationship, change, found.unknown)
