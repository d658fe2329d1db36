"""What a subject holds by itself, and what follows from what it holds."""

from collections.abc import Iterator

from authz_core.evaluation.principals import Holding
from authz_core.evaluation.steps import Goal
from authz_core.listing.asking import Asking
from authz_core.listing.backward import Backward
from authz_core.model.plans import Plan
from authz_core.references import Object, Subject, Userset, Wildcard, is_object, kind_of, split_userset, type_of
from authz_core.relationships.bags import contains, members
from authz_core.relationships.index import Relationships
from authz_core.relationships.relationship import Key

Follows = tuple[Goal, bool]
"""A goal that follows from something, and whether it surely does."""


class Onward:
    """The steps from a subject, and from each goal, to the goals that follow."""

    def __init__(self, asking: Asking, backward: Backward, subject: Subject | Holding) -> None:
        self._asking = asking
        self._backward = backward
        self._subject = subject
        self._counting: dict[tuple[str, str], list[tuple[Plan, frozenset[str]]]] = {}

    def first(self) -> Iterator[Follows]:
        """Iterate over the goals that follow from what the subject is and holds."""
        subject = self._subject
        if isinstance(subject, Holding):
            for relation in subject.relations:
                for plan, _ in self._counted(type_of(subject.object), relation):
                    yield (subject.object, plan), True
            return
        if "#" in subject:
            yield from self._itself(*split_userset(Userset(subject)))
        yield from self._held(subject, is_looked_up=True)
        if is_object(subject):
            yield from self._held(Wildcard(f"{type_of(subject)}:*"))

    def after(self, goal: Goal) -> Iterator[Follows]:
        """Iterate over the goals that follow from a goal."""
        thing, plan = goal
        for looker, is_enough in self._backward.here.get(plan, ()):
            yield (thing, looker), is_enough
        if plan in self._backward.children:
            yield from self._children(goal)
        for relation in self._backward.named.get(plan, ()):
            yield from self._held(Userset(f"{thing}#{relation}"))

    def _itself(self, thing: Object, relation: str) -> Iterator[Follows]:
        """Iterate over what the members of a userset have by being in it."""
        for plan in self._backward.by_type.get(type_of(thing), ()):
            if relation in plan.relations or self._asking.model.confers(plan, relation):
                yield (thing, plan), True

    def _children(self, goal: Goal) -> Iterator[Follows]:
        thing, plan = goal
        ways = self._backward.children[plan]
        for layer, held in self._asking.view.holdings(thing):
            self._asking.spend(len(held))
            for child, relations in held.items():
                for edge, looker in ways.get(child.partition(":")[0], ()):
                    if contains(relations, edge.tupleset):
                        key = (thing, edge.tupleset, child)
                        judgement = self._asking.counts(layer, key, plan.type, edge.permitted)
                        if judgement is not False:
                            yield (child, looker), judgement is True

    def _held(self, principal: Subject, *, is_looked_up: bool = False) -> Iterator[Follows]:
        """Iterate over the goals that follow from what a principal holds.

        Of the subject asked about a contextual relationship is looked up before a stored one, and takes its place.
        """
        kind = kind_of(principal)
        for layer, held in self._asking.view.holdings(principal):
            self._asking.spend(len(held))
            for thing, relations in held.items():
                for relation in members(relations):
                    key = (principal, relation, thing)
                    if is_looked_up and self._asking.is_shadowed(layer, key):
                        continue
                    yield from self._following(layer, key, kind)

    def _following(self, layer: Relationships, key: Key, kind: str) -> Iterator[Follows]:
        _, relation, thing = key
        for plan, kinds in self._counted(thing.partition(":")[0], relation):
            judgement = self._asking.counts(layer, key, kind, kinds)
            if judgement is not False:
                yield (thing, plan), judgement is True

    def _counted(self, type: str, relation: str) -> list[tuple[Plan, frozenset[str]]]:
        """Return the plans for which the relation counts on objects of the type, and whose holding it counts."""
        place = (type, relation)
        if place not in self._counting:
            plans = self._backward.by_type.get(type, ())
            counted = ((plan, self._asking.model.kinds_counted(plan, relation)) for plan in plans)
            self._counting[place] = [(plan, kinds) for plan, kinds in counted if kinds is not None]
        return self._counting[place]
