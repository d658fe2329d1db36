"""What takes away what is granted: the relationships to remove, or to judge by other values."""

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Final

from authz_core.explanation.absence import Absence
from authz_core.explanation.assembling import assemble
from authz_core.explanation.goals import Alternative, Goal
from authz_core.explanation.ground import Ground
from authz_core.explanation.miss import Change, ChangeKind
from authz_core.explanation.proof import StepKind
from authz_core.explanation.searching import Search

TOGETHER: Final = 4
"""How many relationships that take away one thing are named together."""

MOST: Final = 8
"""How many relationships of one reason are tried."""

Allows = Callable[[Collection[Change]], bool]


class Culprits:
    """What can be taken away from the subtracted sides of one question."""

    def __init__(self, ground: Ground, absence: Absence) -> None:
        self._ground = ground
        self._absence = absence

    def of(self, exclusion: Goal, allows: Allows) -> tuple[Change, ...] | None:
        """Return the changes after which the subtracted side no longer counts, or none where none were found.

        The nearest one alone that is enough, else the nearest of each reason found, together.
        """
        together: list[Change] = []
        for _ in range(TOGETHER):
            candidates = self._candidates(self._ground.subtracted[exclusion], together)
            enough = next(((*together, each) for each in candidates[:MOST] if allows((*together, each))), None)
            if enough is not None:
                return enough
            together.extend(candidates[:1])
        return None

    def nearest(self, exclusion: Goal) -> list[Change]:
        """Return the nearest change that may be enough, if there is any."""
        return self._candidates(self._ground.subtracted[exclusion], ())[:1]

    def _candidates(self, subtracted: Goal, removed: Collection[Change]) -> list[Change]:
        """Return what could be taken away next, nearest first: of a proof, or else of what is not known."""
        gone = {change.relationship for change in removed} - {None}

        def decide(goal: Goal, way: Alternative) -> Alternative | None:
            if way.change is not None or way.relationship in gone:
                return None
            if way.kind is not StepKind.EXCLUSION:
                return way
            exceptions = self._absence.failing(goal)
            return None if exceptions is None else way._replace(premises=(way.premises[0], *exceptions))

        search = Search(self._ground.alternatives, subtracted, decide)
        if subtracted in search.ways:
            steps = assemble(self._ground, search.ways, subtracted)
            # Nobody moves an object to let somebody in, so what places it is named last.
            steps = tuple(sorted(steps, key=lambda step: step.kind is StepKind.FROM_PARENT))
            found = dict.fromkeys(step.relationship for step in steps if step.relationship is not None)
            return [Change(ChangeKind.REMOVE, each.relation, each.object, each) for each in found]
        return [change for change in self._unknown(subtracted) if change.relationship not in gone]

    def _unknown(self, subtracted: Goal) -> list[Change]:
        """Return the relationships beneath a goal that might count, for their conditions could not be evaluated."""
        waiting = [subtracted]
        seen = {subtracted}
        found: dict[Change, None] = {}
        for goal in waiting:
            for way in sorted(self._ground.alternatives[goal], key=lambda way: way.order):
                if way.unknown and way.change is not None:
                    found[replace(way.change, kind=ChangeKind.FAIL)] = None
                new = [premise for premise in way.premises if premise not in seen]
                seen.update(new)
                waiting.extend(new)
        return list(found)
