"""The search for the least change that would allow what is denied."""

from collections.abc import Collection
from dataclasses import replace
from functools import partial
from operator import itemgetter
from typing import Final

from authz_core.evaluation.principals import Holding
from authz_core.explanation.absence import Absence
from authz_core.explanation.assembling import assemble, changing
from authz_core.explanation.culprits import Culprits
from authz_core.explanation.goals import Alternative, Goal
from authz_core.explanation.ground import Ground
from authz_core.explanation.miss import Change, ChangeKind, Miss, MissKind
from authz_core.explanation.proof import Question, Step, StepKind
from authz_core.explanation.searching import RANKS, Search, Ways
from authz_core.explanation.supposing import Supposing
from authz_core.explanation.trying import Trial
from authz_core.model.policy import Model
from authz_core.references import type_of
from authz_core.relationships.relationship import Relationship

TRIED: Final = 64
"""How often `check` is asked what a change would do, before none is named."""

ROUNDS: Final = 8
"""How often the search goes on."""

ALONE: Final = 16
"""How many single changes are tried where the search wants several."""

KINDS: Final = {
    ChangeKind.MEET: MissKind.CONDITION,
    ChangeKind.FAIL: MissKind.CONDITION,
    ChangeKind.REMOVE: MissKind.EXCLUDED,
    ChangeKind.CONTAIN: MissKind.ROLE,
    ChangeKind.ADD: MissKind.MISSING,
    ChangeKind.HOLD: MissKind.MISSING,
}


class Nearest:
    """One search, which goes on where `check` does not confirm what was found."""

    def __init__(self, model: Model, ground: Ground, supposing: Supposing, question: Question) -> None:
        self._ground = ground
        self._supposing = supposing
        self._subject = question.subject
        self._absence = Absence(model, ground, question)
        self._culprits = Culprits(ground, self._absence)
        self._trial = Trial(model, ground.reading, question)
        self._banned: set[Change] = set()
        self._tries = TRIED

    def miss(self) -> Miss:
        """Return the closest miss, or that none was found."""
        root = self._ground.root
        taken: Miss | None = None
        for _ in range(ROUNDS):
            ways: Ways = Search(self._ground.alternatives, root, self._decide).ways
            if root not in ways:
                break
            wanted = changing(ways, root)
            if not wanted:
                return Miss(MissKind.CIRCULAR, steps=assemble(self._ground, ways, root))
            ways, wanted = self._alone(wanted) or (ways, wanted)
            changes = self._confirmed(wanted)
            if changes is not None:
                return self._told(ways, changes)
            if all(map(_is_taken, wanted.values())) and taken is None:
                known = tuple(change.detail for change in wanted.values() if _is_taken(change))
                taken = Miss(MissKind.EXCLUDED, steps=assemble(self._ground, ways, root), known=known)
            self._banned.add(next(iter(wanted.values())))
        return taken or Miss(MissKind.NOTHING)

    def _alone(self, wanted: dict[Goal, Change]) -> tuple[Ways, dict[Goal, Change]] | None:
        """Return what a single change would do where the search wants several, for it counts one used twice as two."""
        if len(set(wanted.values())) == 1:
            return None
        single = next((change for change in self._singles()[:ALONE] if self._allows((change,))), None)
        if single is None:
            return None
        root = self._ground.root
        ways = Search(self._ground.alternatives, root, partial(self._decide, only=single)).ways
        return (ways, changing(ways, root)) if root in ways else None

    def _singles(self) -> list[Change]:
        """Return all changes that are not banned, those closer at hand first, then the nearest."""
        found = [
            (RANKS[way.change.kind], self._ground.depths[goal], goal, way.order, way.change)
            for goal, ways in self._ground.alternatives.items()
            for way in ways
            if way.change is not None and way.change not in self._banned
        ]
        return list(dict.fromkeys(change for *_, change in sorted(found, key=itemgetter(0, 1, 2, 3))))

    def _decide(self, goal: Goal, way: Alternative, only: Change | None = None) -> Alternative | None:
        """Let through what is not banned, and an exclusion whatever it would take; of changes only one, if named."""
        if way.change in self._banned or (only is not None and way.change not in {None, only}):
            return None
        if way.kind is not StepKind.EXCLUSION:
            return way
        exceptions = self._absence.failing(goal)
        if exceptions is not None:
            return way._replace(premises=(way.premises[0], *exceptions))
        expression = self._ground.definitions.shown(self._ground.subtracted[goal])
        taken = Change(ChangeKind.REMOVE, goal.relation, goal.object, detail=expression)
        return None if taken in self._banned else way._replace(change=taken)

    def _confirmed(self, wanted: dict[Goal, Change]) -> tuple[Change, ...] | None:
        """Return changes that do what the search wants, as `check` says, or none."""
        changes = tuple(dict.fromkeys(change for change in wanted.values() if not _is_taken(change)))
        taken = [goal for goal, change in wanted.items() if _is_taken(change)]
        for goal in taken[:-1]:
            changes = (*changes, *self._culprits.nearest(goal))
        if taken:
            more = self._culprits.of(taken[-1], partial(self._allow_also, changes))
            return None if more is None else tuple(dict.fromkeys((*changes, *more)))
        return changes if self._allows(changes) else None

    def _allow_also(self, changes: tuple[Change, ...], more: Collection[Change]) -> bool:
        return self._allows((*changes, *more))

    def _allows(self, changes: Collection[Change]) -> bool:
        self._tries -= 1
        return self._tries >= 0 and self._trial.allows(changes)

    def _told(self, ways: Ways, changes: tuple[Change, ...]) -> Miss:
        steps = assemble(self._ground, ways, self._ground.root)
        told = tuple(self._completed(ways, change, changes) for change in changes)
        kind = max((RANKS[change.kind], KINDS[change.kind]) for change in changes)[1]
        failing = _failing(steps) if kind is MissKind.MISSING else ()
        return Miss(MissKind.OPERAND if failing else kind, told, steps, failing)

    def _completed(self, ways: Ways, change: Change, changes: tuple[Change, ...]) -> Change:
        """Return the change; for a role, with what it is held by and the roles that would do in its place."""
        if change.kind is not ChangeKind.CONTAIN:
            return change
        held = ways[Goal(change.object, change.relation)].relationship
        if held is None and not isinstance(self._subject, Holding):
            # The subject is the userset of the role itself, which cannot be another one.
            return change
        others = tuple(each for each in changes if each != change)
        instead = [
            slug
            for slug in self._supposing.roles_with(type_of(change.object), change.detail)
            if self._allows((*others, _replaced(change, held, slug)))
        ]
        return replace(change, relationship=held, instead=tuple(instead))


def _is_taken(change: Change) -> bool:
    """Tell whether it is said that something must be removed, and not yet what."""
    return change.kind is ChangeKind.REMOVE and change.relationship is None


def _replaced(change: Change, held: Relationship | None, role: str) -> Change:
    """Return that another role is held in the same way."""
    if held is None:
        return Change(ChangeKind.HOLD, role, change.object)
    return Change(ChangeKind.ADD, role, change.object, held._replace(relation=role))


def _failing(steps: tuple[Step, ...]) -> tuple[str, ...]:
    """Return the operands that fail of the first intersection of which others hold."""
    supposed: set[int] = set()
    for number in range(len(steps) - 1, -1, -1):
        if steps[number].supposed or not supposed.isdisjoint(steps[number].premises):
            supposed.add(number)
    for step in steps:
        failing = tuple(steps[premise].expression for premise in step.premises if premise in supposed)
        if step.kind is StepKind.INTERSECTION and 0 < len(failing) < len(step.premises):
            return failing
    return ()
