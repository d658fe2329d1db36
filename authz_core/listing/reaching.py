"""From a subject to all that it reaches: what it holds, and from there on to whatever looks at that.

Where relationships only add, whatever is reached is held. Beyond an intersection, an exclusion or a relationship of
which it is not known whether it counts, what is reached is a candidate, and a single question decides.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator

from authz_core.evaluation.inquiry import Inquiry
from authz_core.evaluation.principals import Holding
from authz_core.evaluation.steps import Goal
from authz_core.listing.asking import Asking, Verdict
from authz_core.listing.backward import Backward, ranks
from authz_core.listing.links import Sources
from authz_core.listing.onward import Onward
from authz_core.model.plans import Plan, Shape
from authz_core.references import Object, Subject, type_of


class Reach:
    """Everything that a subject reaches on the way to some plans."""

    def __init__(self, asking: Asking, subject: Subject | Holding, plans: Collection[Plan]) -> None:
        """Reach all; raise `Unanswerable` when that takes too many steps."""
        self._asking = asking
        self._model = asking.model
        self._subject = subject
        self._plans = frozenset(plans)
        wildcards = [] if isinstance(subject, Holding) else [f"{type_of(subject)}:*"]
        self._backward = Backward(self._model, plans, Sources(self._model, frozenset(wildcards)))
        self._onward = Onward(asking, self._backward, subject)
        # Where hops are limited, what holds of a goal by itself may be too far away from another one.
        is_ranked = asking.is_certain and any(plan.shape is Shape.MIXED for plan in plans)
        self._ranks = ranks(self._model, plans) if is_ranked else {}
        self._inquiry: Inquiry | None = None
        self._verdicts: dict[Goal, Verdict] = {}
        self._sure: set[Goal] = set()
        self._unsure: set[Goal] = set()
        self._waiting: dict[tuple[int, bool], list[Goal]] = defaultdict(list)
        self._go()

    def verdicts(self) -> Iterator[tuple[Object, Verdict | None]]:
        """Iterate over the objects reached for the plans asked for, and tell whether the subject holds them."""
        for goal in self._sure:
            if goal[1] in self._plans:
                yield goal[0], True
        for goal in self._unsure - self._sure:
            if goal[1] in self._plans:
                yield goal[0], self._verdict(goal)

    def _go(self) -> None:
        for goal, is_sure in self._onward.first():
            self._meet(goal, is_sure=is_sure)
        # What a plan hangs on is settled before the plan, so that a single question may spare many.
        for rank in sorted(set(self._ranks.values()) or {0}, reverse=True):
            for goal in self._waiting[rank, True]:
                for further, is_enough in self._onward.after(goal):
                    self._meet(further, is_sure=is_enough)
            for goal in self._waiting[rank, False]:
                if goal not in self._sure:
                    self._spread(goal, rank)

    def _spread(self, goal: Goal, rank: int) -> None:
        """Go on from a goal of which it is not known whether it is held.

        Plans that hang on each other are one knot: only outside of it does a single question about the goal tell all.
        """
        lookers = [self._rank(plan) for plan in self._backward.lookers[goal[1]]]
        is_left = any(other != rank for other in lookers)
        verdict = self._verdict(goal) if is_left else None
        if verdict is False and rank not in lookers:
            return
        for further, is_enough in self._onward.after(goal):
            if self._rank(further[1]) == rank:
                self._meet(further, is_sure=False)
            elif verdict is not False:
                self._meet(further, is_sure=is_enough and verdict is True)

    def _meet(self, goal: Goal, *, is_sure: bool) -> None:
        is_sure = is_sure and self._asking.is_certain
        met = self._sure if is_sure else self._unsure
        if goal not in met:
            met.add(goal)
            self._waiting[self._rank(goal[1]), is_sure].append(goal)

    def _rank(self, plan: Plan) -> int:
        return self._ranks.get(plan, 0)

    def _verdict(self, goal: Goal) -> Verdict | None:
        """Return what a single question says, or none where the plan is no relation that can be asked for."""
        if not goal[1].is_relation:
            return None
        if goal not in self._verdicts:
            self._inquiry = self._inquiry or self._asking.inquiry(self._subject)
            self._verdicts[goal] = self._asking.decided(self._inquiry, goal)
        return self._verdicts[goal]
