"""The general walk over all that can answer a question, where facts only ever add to what is held."""

from collections.abc import Iterator, Mapping
from functools import partial

from authz_core.evaluation.evidence import Evidence
from authz_core.evaluation.principals import (
    WORK_LIMIT,
    Exhausted,
    Holding,
    first_principals,
    holders,
    is_admitted,
    membership,
    principals,
)
from authz_core.model.plans import Plan, Shape
from authz_core.model.policy import Model
from authz_core.references import Object, Subject, Userset, is_object, kind_of, split_userset, type_of
from authz_core.relationships.bags import members
from authz_core.relationships.index import Relationship, Relationships

_LOOKUPS = 16
"""How many holders are looked up in the time of one step."""

Goal = tuple[Object, Plan]
"""Does the subject have, on this object, what the plan stands for?"""

Step = tuple[Relationship, Goal]
"""A stored relationship, and a goal that is sufficient because of it."""


class Walk:
    """One question on its way: who asks, of which model and facts, and how many steps are left."""

    def __init__(self, model: Model, facts: Relationships, subject: Subject | Holding) -> None:
        """Gather whom the subject stands for; raise `Exhausted` beyond the work limit."""
        self.subtracts = not isinstance(subject, Holding)
        self._model = model
        self._facts = facts
        self._left = WORK_LIMIT
        self._came = first_principals(model.plans, facts, subject)
        found = principals(facts, self._came, partial(is_admitted, model.plans))
        self._holders = holders(facts, subject, found)
        self._found: dict[Goal, Evidence] = {}
        self._failed: set[Goal] = set()
        self._itself = _itself(subject)
        self._kinds = _kinds(model, subject)

    def spend(self, steps: int = 1) -> None:
        """Count the steps; raise `Exhausted` when too few are left."""
        self._left -= steps
        if self._left < 0:
            raise Exhausted

    def has_route(self, goal: Goal) -> bool:
        """Tell whether the model leads from subjects of this kind to the goal in any way."""
        return self._kinds is None or not self._kinds.isdisjoint(goal[1].kinds) or self._is_itself(goal)

    def reach(self, goal: Goal) -> Evidence | None:
        """Return why the subject has the goal by what only ever adds, or none where it has not.

        What is found out on the way about other goals is remembered until the question is answered.
        """
        came: dict[Goal, Step | None] = {goal: None}
        waiting = [goal] if goal not in self._failed else []
        for current in waiting:
            evidence = self._found[current] if current in self._found else self._held_at(current)
            if evidence is not None:
                return self._settle(came, current, evidence)
            for relationship, further in self._monotone_steps(current):
                if further not in came and further not in self._failed:
                    came[further] = (relationship, current)
                    waiting.append(further)
        self._failed.update(came)
        return None

    def _settle(self, came: dict[Goal, Step | None], goal: Goal, evidence: Evidence) -> Evidence:
        """Remember that all goals on the way to this one are found, and return why the first one is."""
        self._found[goal] = evidence
        while (step := came[goal]) is not None:
            relationship, goal = step
            evidence = (evidence, relationship)
            self._found[goal] = evidence
        return evidence

    def steps(self, goal: Goal) -> Iterator[Step]:
        """Iterate over the stored relationships because of which another goal is sufficient."""
        yield from self._parents(goal)
        yield from self._granted(goal)

    def _monotone_steps(self, goal: Goal) -> Iterator[Step]:
        for step in self._parents(goal):
            if step[1][1].shape is not Shape.MIXED:
                yield step
        if goal[1].descends:
            # Plain usersets that contain the subject are among its principals already.
            for step in self._granted(goal):
                if step[1][1].shape is Shape.MONOTONE:
                    yield step

    def _is_itself(self, goal: Goal) -> bool:
        """Tell whether the subject is a userset whose members have the goal by being in it."""
        if self._itself is None or self._itself[0] != goal[0]:
            return False
        relation = self._itself[1]
        return relation in goal[1].relations or self._confers(goal[1], relation)

    def _confers(self, plan: Plan, relation: str) -> bool:
        return relation not in plan.direct and self._model.kinds_counted(plan, relation) is not None

    def _parents(self, goal: Goal) -> Iterator[Step]:
        thing, plan = goal
        for edge in plan.edges:
            for parent in members(self._facts.holders.get(edge.tupleset, {}).get(thing)):
                self.spend()
                target = edge.targets.get(type_of(parent))
                if target is not None:
                    yield Relationship(parent, edge.tupleset, thing), (parent, target)

    def _granted(self, goal: Goal) -> Iterator[Step]:
        thing = goal[0]
        for relation, targets in self._usersets(goal):
            for subject in members(self._facts.grants.get(relation, {}).get(thing)):
                self.spend()
                target = targets.get(kind_of(subject))
                if target is not None:
                    yield Relationship(subject, relation, thing), (split_userset(Userset(subject))[0], target)

    def _usersets(self, goal: Goal) -> Iterator[tuple[str, Mapping[str, Plan]]]:
        thing, plan = goal
        yield from plan.usersets.items()
        if plan.conferred and self._model.plans.holder_usersets:
            for relation in self._facts.relations(thing):
                self.spend()
                if self._confers(plan, relation):
                    yield relation, self._model.plans.holder_usersets

    def _held_at(self, goal: Goal) -> Evidence | None:
        thing, plan = goal
        self.spend(1 + len(self._holders) // _LOOKUPS)
        if self._is_itself(goal):
            return ()
        for principal, held in self._holders:
            for relation in members(held.get(thing)):
                kinds = self._model.kinds_counted(plan, relation)
                if kinds is None:
                    continue
                if principal is None:
                    return ()
                if kind_of(principal) in kinds:
                    return (*membership(self._came, principal), Relationship(principal, relation, thing))
        return None


def _itself(subject: Subject | Holding) -> tuple[Object, str] | None:
    """Return the object and relation that a userset is made of: whoever is in it is in it."""
    return None if isinstance(subject, Holding) or "#" not in subject else split_userset(Userset(subject))


def _kinds(model: Model, subject: Subject | Holding) -> frozenset[str] | None:
    """Return the kinds a route may start from, or none where any route may matter."""
    if isinstance(subject, Holding):
        return None
    if is_object(subject):
        return frozenset((type_of(subject), f"{type_of(subject)}:*"))
    itself = _itself(subject)
    if itself is not None and itself[1] in model.roles:
        return None
    return frozenset((kind_of(subject),))
