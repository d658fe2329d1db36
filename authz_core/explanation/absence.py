"""Whether the subtracted side of an exclusion is absent, and what keeps it so."""

from dataclasses import replace
from enum import IntEnum
from typing import Final, NamedTuple

from authz_core.decision import Allowed, Reason
from authz_core.evaluation.checking import check
from authz_core.evaluation.principals import Holding
from authz_core.explanation.goals import Goal
from authz_core.explanation.ground import Ground
from authz_core.explanation.proof import Question
from authz_core.model.policy import Model
from authz_core.model.rewrites import Exclusion, Intersection
from authz_core.references import Object, type_of

CHECKS: Final = 500
"""How many checks one explanation asks about what is subtracted; beyond, nothing is known to be absent."""

SHARE: Final = 10
"""Such a check may take this fraction of the steps of the question."""


class Value(IntEnum):
    """What is known; of several, the largest decides a union and the smallest an intersection."""

    FALSE = 0
    UNKNOWN = 1
    TRUE = 2


class Finding(NamedTuple):
    """A value and, where it is false, the goals that hold and because of which it is."""

    value: Value
    exceptions: tuple[Goal, ...] = ()


class Absence:
    """What is subtracted in one question, asked of `check` relation by relation."""

    def __init__(self, model: Model, ground: Ground, question: Question) -> None:
        situation = ground.reading.situation
        limits = replace(situation.limits, steps=max(1, situation.limits.steps // SHARE))
        self._situation = replace(situation, limits=limits)
        self._model = model
        self._ground = ground
        self._subject = question.subject
        self._asked: dict[tuple[Object, str], Value] = {}

    def exceptions(self, exclusion: Goal) -> tuple[Goal, ...] | None:
        """Return the goals that keep the subtracted side of a goal that holds false, or none where it may not be."""
        # Where the relation as a whole is not held, no part of it can be a proof: this finds circles.
        return self.failing(exclusion) if self._ask(exclusion) is Value.TRUE else None

    def failing(self, exclusion: Goal) -> tuple[Goal, ...] | None:
        """Return the goals that keep the subtracted side false, or none where it may not be, whatever the base is."""
        if isinstance(self._subject, Holding):
            return ()  # what is subtracted does not count against an imaginary holder
        finding = self._find(self._ground.subtracted[exclusion])
        return finding.exceptions if finding.value is Value.FALSE else None

    def _ask(self, goal: Goal) -> Value:
        """Return what `check` says of the goal's relation."""
        place = (goal.object, goal.relation)
        if place not in self._asked:
            if len(self._asked) == CHECKS:
                return Value.UNKNOWN
            decision = check(self._model, self._situation, self._subject, goal.relation, goal.object)
            if isinstance(decision, Allowed):
                self._asked[place] = Value.TRUE
            else:
                self._asked[place] = Value.FALSE if decision.reason is Reason.NOT_HELD else Value.UNKNOWN
        return self._asked[place]

    def _find(self, goal: Goal) -> Finding:
        """Evaluate a part of a definition; operators nest no deeper than a model permits."""
        match self._ground.definitions.part(goal):
            case Exclusion():
                return self._taken_away(goal)
            case Intersection():
                return min(map(self._find, self._ground.alternatives[goal][-1].premises), key=_certainty)
            case _:
                return self._any(goal)

    def _taken_away(self, goal: Goal) -> Finding:
        base = self._find(self._ground.alternatives[goal][-1].premises[0])
        if base.value is Value.FALSE:
            return base
        inner = self._ground.subtracted[goal]
        taken = self._find(inner)
        if taken.value is Value.TRUE:
            return Finding(Value.FALSE, (inner,))
        return Finding(Value.UNKNOWN if taken.value is Value.UNKNOWN else base.value)

    def _any(self, goal: Goal) -> Finding:
        findings = [Finding(Value.FALSE)]
        for way in self._ground.alternatives[goal]:
            if way.change is not None:
                findings.append(Finding(Value.UNKNOWN if way.unknown else Value.FALSE))
            elif way.premises:
                findings.append(self._premise(way.premises[0]))
            else:
                findings.append(Finding(Value.TRUE))
        value = max(finding.value for finding in findings)
        exceptions = dict.fromkeys(each for finding in findings for each in finding.exceptions)
        return Finding(value, tuple(exceptions))

    def _premise(self, goal: Goal) -> Finding:
        if goal.position or not self._ground.definitions.has(type_of(goal.object), goal.relation):
            return self._find(goal)
        return Finding(self._ask(goal))


def _certainty(finding: Finding) -> tuple[Value, int]:
    return (finding.value, len(finding.exceptions))
