"""Whom a subject stands for by the facts that count, and for whom it might by those of which that is not known."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from authz_core.evaluation.facts import Trouble, View
from authz_core.evaluation.principals import Holding, first_principals
from authz_core.model.plans import Plans
from authz_core.references import Object, Subject, Userset, kind_of
from authz_core.relationships.bags import Bag
from authz_core.relationships.index import Relationships
from authz_core.relationships.limits import Exhausted
from authz_core.relationships.relationship import Relationship


class Holder(NamedTuple):
    """A principal, and what it holds in one layer of the facts: object → relations."""

    principal: Subject
    layer: Relationships
    held: Mapping[Object, Bag[str]]


_NONE: frozenset[str] = frozenset()


class Standing:
    """The principals of one question, found by following memberships upward.

    Only usersets are followed in which membership follows from stored relationships alone; the walk looks into all
    others from above.
    """

    def __init__(self, view: View, plans: Plans, subject: Subject | Holding) -> None:
        """Gather the principals; raise `Exhausted` when there are more than the question may take steps."""
        self._view = view
        self._plans = plans
        self._asked = subject
        first = first_principals(plans, view.layers, subject)
        # An imaginary holder is in the userset that it stands for by one hop, a subject is itself by none.
        start = 1 if isinstance(subject, Holding) else 0
        self._came: dict[Subject, Relationship | None] = dict.fromkeys(first)
        self.hops: dict[Subject, int] = dict.fromkeys(first, start)
        self.possible: dict[Subject, Trouble] = {}  # those of whom that is not known
        self._gather()
        self.holders = list(self._holders(self._came))
        self.possible_holders = list(self._holders(self.possible))

    def membership(self, principal: Subject) -> list[Relationship]:
        """Return the relationships that make the principal contain the subject asked about."""
        steps = []
        while (step := self._came[principal]) is not None:
            steps.append(step)
            principal = step.subject
        steps.reverse()
        return steps

    def imagined(self, object: Object) -> frozenset[str]:
        """Return the relations that an imaginary subject holds on the object by what it is."""
        if isinstance(self._asked, Holding) and self._asked.object == object:
            return self._asked.relations
        return _NONE

    def is_shadowed(self, layer: Relationships, relationship: Relationship) -> bool:
        """Tell whether a look-up for the subject asked about finds a contextual relationship in place of this one."""
        return relationship.subject == self._asked and self._view.is_shadowed(layer, relationship)

    def _gather(self) -> None:
        waiting = list(self._came)
        doubts: list[tuple[Trouble, Userset]] = []
        for principal in waiting:
            for userset, step, judgement in self._memberships(principal):
                if userset in self._came:
                    continue
                if isinstance(judgement, Trouble):
                    doubts.append((judgement, userset))
                elif judgement:
                    self._came[userset] = step
                    self.hops[userset] = self.hops[principal] + 1
                    waiting.append(userset)
            self._bound(len(waiting))
        # The smallest trouble comes first, so that it is the one told of all that lies above it.
        for trouble, userset in sorted(doubts):
            self._suspect(trouble, userset)

    def _suspect(self, trouble: Trouble, start: Userset) -> None:
        waiting: list[Userset] = [start]
        for userset in waiting:
            if userset in self._came or userset in self.possible:
                continue
            self.possible[userset] = trouble
            waiting.extend(above for above, _, judgement in self._memberships(userset) if judgement is not False)
            self._bound(len(waiting))

    def _memberships(self, principal: Subject) -> Iterator[tuple[Userset, Relationship, bool | Trouble]]:
        for layer, userset, step in self._view.memberships(principal):
            if self.is_shadowed(layer, step):
                continue
            yield userset, step, self._view.judge(step, self._plans.plain.get(kind_of(userset), ()))

    def _holders(self, principals: Mapping[Subject, object]) -> Iterator[Holder]:
        for principal in principals:
            for layer, held in self._view.holdings(principal):
                yield Holder(principal, layer, held)

    def _bound(self, found: int) -> None:
        if found > self._view.limits.steps:
            raise Exhausted
