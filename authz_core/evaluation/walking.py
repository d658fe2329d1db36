"""The general walk over all that can answer a question, where facts only ever add to what is held."""

from collections.abc import Iterator
from typing import NamedTuple

from authz_core.decision import Reason
from authz_core.evaluation.evidence import FALSE, Evidence, Outcome, Verdict, undecided
from authz_core.evaluation.facts import Trouble, View
from authz_core.evaluation.principals import Holding
from authz_core.evaluation.standing import Holder, Standing
from authz_core.evaluation.steps import Goal, Steps
from authz_core.model.policy import Model
from authz_core.references import Subject
from authz_core.relationships.bags import members
from authz_core.relationships.relationship import Relationship

_LOOKUPS = 16
"""How many holders are looked up in the time of one step."""


class Place(NamedTuple):
    """A goal, and how many hops lie between the question and it: always none where hops are not limited."""

    goal: Goal
    hops: int = 0


Came = dict[Goal, tuple[Relationship, Place] | None]
"""Each goal that was met → from where, and by which relationship."""


class Walk:
    """One question on its way, and what has been found out about goals until it is answered."""

    def __init__(self, model: Model, view: View, subject: Subject | Holding) -> None:
        """Gather whom the subject stands for; raise `Exhausted` beyond the work limit."""
        self.subtracts = not isinstance(subject, Holding)
        self.steps = Steps(model, view, subject)
        self._view = view
        self._model = model
        self._standing = Standing(view, model.plans, subject)
        self._hop = 0 if view.limits.hops is None else 1
        self._found: dict[Place, Evidence] = {}
        self._failed: dict[Place, Trouble | None] = {}

    def reach(self, start: Place) -> Outcome:
        """Return whether the subject has the goal by what only ever adds."""
        if start in self._failed:
            trouble = self._failed[start]
            return FALSE if trouble is None else undecided(trouble)
        came: Came = {start.goal: None}
        waiting = [start]
        troubles: set[Trouble] = set()
        for current in waiting:
            evidence = self._found[current] if current in self._found else self._held_at(current, troubles)
            if evidence is not None:
                return Outcome(Verdict.TRUE, self._settle(came, current, evidence))
            for relationship, goal in self.steps.monotone_from(current.goal, troubles):
                further = self.further(current, goal)
                if goal not in came and self._is_open(further, troubles):
                    came[goal] = (relationship, current)
                    waiting.append(further)
        if troubles:
            self._failed[start] = min(troubles)
            return undecided(*troubles)
        self._failed.update(dict.fromkeys(waiting))
        return FALSE

    def further(self, place: Place, goal: Goal, hops: int = 1) -> Place:
        """Return the goal as it is met some hops on."""
        return Place(goal, place.hops + self._hop * hops)

    def is_too_far(self, place: Place) -> Trouble | None:
        """Return that more hops lead here than the question may take, or none."""
        limit = self._view.limits.hops
        if limit is None or place.hops <= limit:
            return None
        return Trouble(Reason.TOO_COMPLEX, f"more than {limit} hops")

    def _is_open(self, place: Place, troubles: set[Trouble]) -> bool:
        """Tell whether it is worth while to look at a goal; add what is known to hinder an answer there."""
        trouble = self._failed.get(place) or self.is_too_far(place)
        if trouble is not None:
            troubles.add(trouble)
            return False
        return place not in self._failed and self.steps.has_route(place.goal)

    def _settle(self, came: Came, place: Place, evidence: Evidence) -> Evidence:
        """Remember that all goals on the way to this one are found, and return why the first one is."""
        self._found[place] = evidence
        while (step := came[place.goal]) is not None:
            relationship, place = step
            evidence = (evidence, relationship)
            self._found[place] = evidence
        return evidence

    def _held_at(self, place: Place, troubles: set[Trouble]) -> Evidence | None:
        self.steps.spend(1 + len(self._standing.holders) // _LOOKUPS)
        if self.steps.is_itself(place.goal) or self._is_imagined(place.goal):
            return ()
        for relationship, kinds in self._held(place.goal, self._standing.holders):
            if not self.steps.counts(relationship, kinds, troubles):
                continue
            trouble = self.is_too_far(self.further(place, place.goal, self._standing.hops[relationship.subject]))
            if trouble is None:
                return (*self._standing.membership(relationship.subject), relationship)
            troubles.add(trouble)
        # Why it is not known whether somebody holds the goal here for whom the subject may stand.
        for relationship, kinds in self._held(place.goal, self._standing.possible_holders):
            if self._view.judge(relationship, kinds) is not False:
                troubles.add(self._standing.possible[relationship.subject])
        return None

    def _is_imagined(self, goal: Goal) -> bool:
        thing, plan = goal
        return any(self._model.kinds_counted(plan, each) is not None for each in self._standing.imagined(thing))

    def _held(self, goal: Goal, holders: list[Holder]) -> Iterator[tuple[Relationship, frozenset[str]]]:
        """Iterate over what the holders hold on the object as far as it matters, and the kinds for whom it counts."""
        thing, plan = goal
        for principal, layer, held in holders:
            for relation in members(held.get(thing)):
                kinds = self._model.kinds_counted(plan, relation)
                if kinds is not None:
                    relationship = layer.stored(principal, relation, thing)
                    if not self._standing.is_shadowed(layer, relationship):
                        yield relationship, kinds
