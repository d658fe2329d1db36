"""Goals: that the subject has a relation on an object, or what a part of its definition says."""

from collections.abc import Mapping
from typing import NamedTuple

from authz_core.explanation.expressions import Position, parts_of, shown
from authz_core.explanation.miss import Change
from authz_core.explanation.proof import StepKind
from authz_core.model.policy import Model
from authz_core.model.rewrites import Direct, Restriction, Rewrite, Union
from authz_core.references import Object, type_of
from authz_core.relationships.relationship import Relationship

Order = tuple[str, ...]
"""What alternatives of equal weight are told apart by, whatever was stored first."""


class Goal(NamedTuple):
    """The subject is among those whom a part of the relation's definition names on the object."""

    object: Object
    relation: str
    position: Position = ()


class Alternative(NamedTuple):
    """One way to a goal: all premises together are sufficient, if the change is made where there is one."""

    kind: StepKind
    premises: tuple[Goal, ...] = ()
    relationship: Relationship | None = None
    change: Change | None = None
    unknown: bool = False
    """Whether it could not be worked out that the change is needed."""
    place: int = 0
    """Where it stands among equals that somebody would choose from."""

    @property
    def order(self) -> Order:
        """Return texts that no other alternative of the same goal has."""
        relationship = () if self.relationship is None else map(str, self.relationship)
        premises = (f"{goal.object} {goal.relation} {goal.position}" for goal in self.premises)
        change = () if self.change is None else (self.change.kind, self.change.relation)
        return (f"{self.place:06}", self.kind, *relationship, *change, *premises)


class Definitions:
    """What the relations of a model mean; a role means those who may hold it."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._parts: dict[tuple[str, str], Mapping[Position, Rewrite]] = {}

    def part(self, goal: Goal) -> Rewrite:
        """Return the part of the definition that the goal is about."""
        return self._of(type_of(goal.object), goal.relation)[goal.position]

    def shown(self, goal: Goal) -> str:
        """Return the part of the definition as text."""
        return shown(self.part(goal))

    def is_operand(self, goal: Goal) -> bool:
        """Tell whether the goal is only a part of what its relation wants: above it are not just unions."""
        above = (goal.position[:length] for length in range(len(goal.position)))
        parts = self._of(type_of(goal.object), goal.relation)
        return not all(isinstance(parts[position], Union) for position in above)

    def has(self, type: str, relation: str) -> bool:
        """Tell whether the type has the relation; roles are none."""
        return relation in self._model.types.get(type, {})

    def tupleset(self, object: Object, tupleset: str) -> tuple[Restriction, ...]:
        """Return what the tupleset of the object may name; nothing unless it is a list of plain types."""
        match self._model.types[type_of(object)].get(tupleset):
            case Direct(restrictions):
                return tuple(entry for entry in restrictions if entry.relation is None and not entry.wildcard)
            case _:
                return ()

    def _of(self, type: str, relation: str) -> Mapping[Position, Rewrite]:
        place = (type, relation)
        if place not in self._parts:
            rewrite = self._model.types[type].get(relation)
            self._parts[place] = parts_of(Direct(self._model.holders) if rewrite is None else rewrite)
        return self._parts[place]
