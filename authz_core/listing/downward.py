"""Who is named for a goal, and which goals lie directly beneath it."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import NamedTuple

from authz_core.evaluation.steps import Goal
from authz_core.listing.asking import Asking, Verdict
from authz_core.listing.links import form_of
from authz_core.model.plans import Plan
from authz_core.references import Subject, Userset, kind_of, split_userset, type_of
from authz_core.relationships.bags import members
from authz_core.relationships.index import Relationships
from authz_core.relationships.relationship import Key


class Named(NamedTuple):
    """A subject that is named for a goal by a relationship that counts, or of which it is not known."""

    subject: Subject
    judgement: Verdict
    is_asked_for: bool
    is_shadowed: bool  # a look-up for the subject finds another relationship
    beneath: Goal | None  # of a userset: the goal of those who are in it


class Counted(NamedTuple):
    """What counts where a relation is held."""

    kinds: frozenset[str]
    targets: Mapping[str, Plan]  # kind of userset → the plan that says who is in it
    has_objects: bool  # whether objects count that are asked for


class Downward:
    """The steps from goals to those of some forms who are named for them, and to the goals beneath.

    What can lead to nobody of these forms is told as well: it may be what cannot be worked out.
    """

    def __init__(self, asking: Asking, forms: frozenset[str]) -> None:
        self._asking = asking
        self._model = asking.model
        self._forms = forms
        self._objects = frozenset(form for form in forms if "#" not in form and not form.endswith(":*"))
        self._counting: dict[tuple[Plan, str], Counted] = {}

    def parents(self, goal: Goal) -> Iterator[tuple[Goal, Verdict]]:
        """Iterate over the goals on objects that a tupleset names, and tell whether it counts that it does."""
        thing, plan = goal
        for layer in self._asking.view.layers:
            for edge in plan.edges:
                for parent in members(layer.holders.get(edge.tupleset, {}).get(thing)):
                    target = edge.targets.get(type_of(parent))
                    if target is None:
                        self._asking.spend()
                        continue
                    judgement = self._asking.counts(layer, (parent, edge.tupleset, thing), target.type, edge.permitted)
                    if judgement is not False:
                        yield (parent, target), judgement

    def named(self, goal: Goal) -> Iterator[Named]:
        """Iterate over those who are named for the goal, and tell whether it counts that they are."""
        thing, plan = goal
        for layer in self._asking.view.layers:
            yield from self._holders(layer, plan.direct, goal)
            if plan.conferred:
                roles = [relation for relation in layer.relations(thing) if self._model.confers(plan, relation)]
                yield from self._holders(layer, roles, goal)

    def _holders(self, layer: Relationships, relations: Iterable[str], goal: Goal) -> Iterator[Named]:
        thing, plan = goal
        for relation in relations:
            counted = self._counted(plan, relation)
            objects = members(layer.holders.get(relation, {}).get(thing)) if counted.has_objects else ()
            for subject in chain(objects, members(layer.grants.get(relation, {}).get(thing))):
                named = self._named(layer, (subject, relation, thing), counted)
                if named is not None:
                    yield named

    def _named(self, layer: Relationships, key: Key, counted: Counted) -> Named | None:
        kind = kind_of(key[0])
        is_asked_for = kind in self._forms
        beneath = self._beneath(layer, key, counted.targets) if "#" in kind else None
        if not is_asked_for and beneath is None:
            self._asking.spend()
            return None
        judgement = self._asking.counts(layer, key, kind, counted.kinds)
        if judgement is False:
            return None
        return Named(key[0], judgement, is_asked_for, self._asking.is_shadowed(layer, key), beneath)

    def _beneath(self, layer: Relationships, key: Key, targets: Mapping[str, Plan]) -> Goal | None:
        target = targets.get(layer.stored(*key).kind)
        return None if target is None else (split_userset(Userset(key[0]))[0], target)

    def _counted(self, plan: Plan, relation: str) -> Counted:
        place = (plan, relation)
        if place not in self._counting:
            kinds = self._model.kinds_counted(plan, relation) or frozenset()
            targets = plan.usersets.get(relation, {}) if relation in plan.direct else self._model.plans.holder_usersets
            has_objects = not self._objects.isdisjoint(map(form_of, kinds))
            self._counting[place] = Counted(kinds, targets, has_objects)
        return self._counting[place]
