"""From an object down to all who are named there, or beneath whatever it looks at.

Whoever is named where relationships only add has what is asked. Beneath an intersection, an exclusion or a
relationship of which it is not known whether it counts, they are candidates.
"""

from collections.abc import Collection

from authz_core.evaluation.steps import Goal
from authz_core.listing.asking import Asking
from authz_core.listing.downward import Downward
from authz_core.listing.links import Here, Sources, beneath, leading, makes
from authz_core.model.plans import Plan
from authz_core.references import Subject, userset_of


class Meeting:
    """Everyone of some forms who is met on the way down from a goal."""

    def __init__(self, asking: Asking, goal: Goal, forms: Collection[str], *, is_wide: bool = False) -> None:
        """Meet all and, if wide, those as well whom only a subtracted side or another operand names.

        Raises `Unanswerable` when that takes too many steps.
        """
        self.named: dict[Subject, bool] = {}  # subject → whether it surely has what is asked
        self.is_doubtful = not asking.is_certain  # whether others than those named may have it
        self._asking = asking
        self._forms = frozenset(forms)
        self._downward = Downward(asking, self._forms)
        self._leads = leading(asking.model, goal[1], self._forms)
        self._sources = None if is_wide else Sources(asking.model, self._forms)
        self._met: dict[bool, set[Goal]] = {True: set(), False: set()}
        self._waiting: dict[bool, list[Goal]] = {True: [], False: []}
        self._meet(goal, is_sure=asking.is_certain)
        # What is surely so comes first, so that nothing is looked at twice.
        for is_sure in (True, False):
            for each in self._waiting[is_sure]:
                if is_sure or each not in self._met[True]:
                    self._look(each, is_sure=is_sure)

    def _meet(self, goal: Goal, *, is_sure: bool) -> None:
        if goal[1] in self._leads and goal not in self._met[is_sure]:
            self._met[is_sure].add(goal)
            self._waiting[is_sure].append(goal)

    def _look(self, goal: Goal, *, is_sure: bool) -> None:
        self._asking.spend()
        thing, plan = goal
        for form in self._forms:
            if makes(self._asking.model, plan, form):
                self._name(userset_of(thing, form.partition("#")[2]), is_sure=is_sure)
        for here in self._here(plan):
            self._meet((thing, here.plan), is_sure=is_sure and here.is_enough)
        for further, judgement in self._downward.parents(goal):
            self.is_doubtful |= judgement is not True
            self._meet(further, is_sure=is_sure and judgement is True)
        for named in self._downward.named(goal):
            does_count = is_sure and named.judgement is True
            if named.is_asked_for:
                self._name(named.subject, is_sure=does_count and not named.is_shadowed)
            if named.beneath is not None:
                self.is_doubtful |= named.judgement is not True
                self._meet(named.beneath, is_sure=does_count)

    def _here(self, plan: Plan) -> tuple[Here, ...]:
        if self._sources is not None:
            return self._sources.of(plan)
        return tuple(Here(each, is_enough=False) for node in plan.nodes for each in beneath(node))

    def _name(self, subject: Subject, *, is_sure: bool) -> None:
        self.named[subject] = is_sure or self.named.get(subject, False)
