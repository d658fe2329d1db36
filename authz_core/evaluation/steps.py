"""Where one can look on from a goal: parents, and usersets that are granted something."""

from collections.abc import Collection, Iterator, Mapping

from authz_core.evaluation.facts import Trouble, View
from authz_core.evaluation.principals import Holding
from authz_core.model.plans import Plan, Shape
from authz_core.model.policy import Model
from authz_core.references import Object, Subject, Userset, is_object, kind_of, split_userset, type_of
from authz_core.relationships.index import Relationships
from authz_core.relationships.limits import Exhausted
from authz_core.relationships.relationship import Relationship

Goal = tuple[Object, Plan]
"""Does the subject have, on this object, what the plan stands for?"""

Step = tuple[Relationship, Goal]
"""A relationship that counts, and a goal that is sufficient because of it."""


class Steps:
    """The steps of one question: what may be looked at by whom, what counts, and how many steps are left."""

    def __init__(self, model: Model, view: View, subject: Subject | Holding) -> None:
        self.model = model
        self.view = view
        self.left = 0
        self._itself = None if isinstance(subject, Holding) or "#" not in subject else split_userset(Userset(subject))
        self._kinds = _kinds(model, subject)

    def allow(self, steps: int) -> None:
        """Begin a question with so many steps."""
        self.left = steps

    def spend(self, steps: int = 1) -> None:
        """Count the steps; raise `Exhausted` when too few are left."""
        self.left -= steps
        if self.left < 0:
            raise Exhausted

    def has_route(self, goal: Goal) -> bool:
        """Tell whether the model leads from subjects of this kind to the goal in any way."""
        return self._leads_from(goal[1].route) or self.is_itself(goal)

    def is_itself(self, goal: Goal) -> bool:
        """Tell whether the subject is a userset whose members have the goal by being in it."""
        if self._itself is None or self._itself[0] != goal[0]:
            return False
        relation = self._itself[1]
        return relation in goal[1].relations or self.model.confers(goal[1], relation)

    def all_from(self, goal: Goal, troubles: set[Trouble]) -> Iterator[Step]:
        """Iterate over all goals that are sufficient; what could not be worked out is added to the troubles."""
        yield from self._parents(goal, troubles)
        yield from self._granted(goal, troubles)

    def monotone_from(self, goal: Goal, troubles: set[Trouble]) -> Iterator[Step]:
        """Iterate over the goals that the walk must look at, for nothing is taken away there.

        Plain usersets that contain the subject are among its principals already, unless the question itself brings
        along the first mention of their relation.
        """
        for step in self._parents(goal, troubles):
            if step[1][1].shape is not Shape.MIXED:
                yield step
        if goal[1].descends or self.view.mentions_more:
            for step in self._granted(goal, troubles):
                shape = step[1][1].shape
                if shape is Shape.MONOTONE or (shape is Shape.PLAIN and self.view.mentions_more):
                    yield step

    def counts(self, relationship: Relationship, kinds: Collection[str], troubles: set[Trouble]) -> bool:
        """Tell whether the relationship counts where these kinds are permitted; add why, where that is not known."""
        judgement = self.view.judge(relationship, kinds)
        if isinstance(judgement, Trouble):
            troubles.add(judgement)
            return False
        return judgement

    def _leads_from(self, route: frozenset[str] | None) -> bool:
        return route is None or self._kinds is None or not self._kinds.isdisjoint(route)

    def _parents(self, goal: Goal, troubles: set[Trouble]) -> Iterator[Step]:
        thing, plan = goal
        for edge in plan.edges:
            if not self._leads_from(edge.route):
                continue
            for relationship in self.view.parents(edge.tupleset, thing):
                self.spend()
                parent = Object(relationship.subject)
                target = edge.targets.get(type_of(parent))
                if target is not None and self.counts(relationship, edge.permitted, troubles):
                    yield relationship, (parent, target)

    def _granted(self, goal: Goal, troubles: set[Trouble]) -> Iterator[Step]:
        thing = goal[0]
        for layer in self.view.layers:
            for relation, targets in self._usersets(goal, layer):
                for relationship in self.view.granted(relation, thing, layer):
                    self.spend()
                    if self.counts(relationship, targets.keys(), troubles):
                        userset = split_userset(Userset(relationship.subject))[0]
                        yield relationship, (userset, targets[relationship.kind])

    def _usersets(self, goal: Goal, layer: Relationships) -> Iterator[tuple[str, Mapping[str, Plan]]]:
        thing, plan = goal
        for relation, targets in plan.usersets.items():
            if targets and self._leads_from(plan.routes[relation]):
                yield relation, targets
        if plan.conferred and self.model.plans.holder_usersets:
            wanted = [permission for permission, route in plan.conferred.items() if self._leads_from(route)]
            for relation in layer.relations(thing):
                self.spend()
                role = self.model.roles.get(relation)
                if self.model.confers(plan, relation) and role is not None and not role.permissions.isdisjoint(wanted):
                    yield relation, self.model.plans.holder_usersets


def _kinds(model: Model, subject: Subject | Holding) -> frozenset[str] | None:
    """Return the kinds a route may start from, or none where any route may matter."""
    if isinstance(subject, Holding):
        return None
    if is_object(subject):
        return frozenset((type_of(subject), f"{type_of(subject)}:*"))
    if "#" in subject and split_userset(Userset(subject))[1] in model.roles:
        return None
    return frozenset((kind_of(subject),))
