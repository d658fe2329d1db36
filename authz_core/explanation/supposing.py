"""Ways to a goal that would be open if somebody did something."""

from collections.abc import Iterator
from typing import Final

from authz_core.evaluation.principals import Holding
from authz_core.explanation.goals import Alternative, Goal
from authz_core.explanation.miss import Change, ChangeKind
from authz_core.explanation.proof import StepKind
from authz_core.explanation.reading import Reading
from authz_core.model.policy import Model
from authz_core.model.rewrites import Conferred, Direct, Restriction, Rewrite
from authz_core.references import Object, Subject, Userset, kind_of, split_userset, type_of
from authz_core.relationships.relationship import Relationship, RelationshipCondition

FEW: Final = 8
"""Roles, and groups of the subject, that are considered for one goal."""


class Supposing:
    """What might be added for one subject."""

    def __init__(self, model: Model, reading: Reading, subject: Subject | Holding) -> None:
        self._model = model
        self._reading = reading
        self._subject = subject
        self._roles: dict[tuple[str, str], tuple[str, ...]] = {}
        self._fitting: set[Goal] = set()  # roles on objects that contain a permission which is wanted there
        self._groups = [] if isinstance(subject, Holding) else reading.groups(subject)

    def ways(self, goal: Goal, part: Rewrite) -> Iterator[Alternative]:
        """Iterate over the ways to the goal that changes would open."""
        match part:
            case Direct(restrictions):
                # To be given a role that does not help is no advice.
                if goal in self._fitting or goal.relation in self._model.types[type_of(goal.object)]:
                    yield from self._added(goal, restrictions)
            case Conferred(permission):
                yield from self._with_role(goal.object, permission)
            case _:
                return

    def roles_with(self, type: str, permission: str) -> tuple[str, ...]:
        """Return a few roles of the type that contain the permission, those that contain least first."""
        place = (type, permission)
        if place not in self._roles:
            fitting = [
                (len(role.permissions), slug)
                for slug, role in self._model.roles.items()
                if role.type == type and permission in role.permissions
            ]
            self._roles[place] = tuple(slug for _, slug in sorted(fitting)[:FEW])
        return self._roles[place]

    def _added(self, goal: Goal, restrictions: tuple[Restriction, ...]) -> Iterator[Alternative]:
        thing, relation, _ = goal
        if isinstance(self._subject, Holding):
            if self._subject.object == thing and relation not in self._subject.relations:
                yield Alternative(StepKind.HELD, change=Change(ChangeKind.HOLD, relation, thing))
        elif any(entry.form == kind_of(self._subject) for entry in restrictions):
            yield from self._stored(StepKind.DIRECT, self._subject, goal, restrictions)
        else:
            for group in self._groups[:FEW]:
                yield from self._stored(StepKind.USERSET, group, goal, restrictions)

    def _stored(
        self, kind: StepKind, subject: Subject, goal: Goal, restrictions: tuple[Restriction, ...]
    ) -> Iterator[Alternative]:
        """Iterate over the one relationship that would do, unless it is there already or may not be stored."""
        thing, relation, _ = goal
        entries = [entry for entry in restrictions if entry.form == kind_of(subject)]
        kinds = frozenset(entry.kind for entry in entries)
        if not entries or self._reading.named((subject, relation, thing), kinds) is not None:
            return
        # An entry without a condition is the surer one.
        name = min(entry.condition or "" for entry in entries)
        relationship = Relationship(subject, relation, thing, RelationshipCondition(name) if name else None)
        premises = (Goal(*split_userset(Userset(subject))),) if kind is StepKind.USERSET else ()
        change = Change(ChangeKind.ADD, relation, thing, relationship)
        yield Alternative(kind, premises, relationship, change)

    def _with_role(self, thing: Object, permission: str) -> Iterator[Alternative]:
        held = self._reading.relations(thing)
        if isinstance(self._subject, Holding) and self._subject.object == thing:
            held |= self._subject.relations
        contained = self.roles_with(type_of(thing), permission)
        self._fitting.update(Goal(thing, slug) for slug in contained)
        for place, slug in enumerate(contained):
            if slug not in held:
                yield Alternative(StepKind.ROLE, (Goal(thing, slug),), place=place)
        for slug in sorted(held):
            role = self._model.roles.get(slug)
            if role is not None and role.type == type_of(thing) and permission not in role.permissions:
                change = Change(ChangeKind.CONTAIN, slug, thing, detail=permission)
                yield Alternative(StepKind.ROLE, (Goal(thing, slug),), change=change)
