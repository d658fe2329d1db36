"""Intersections and exclusions above the monotone walk: every operand counts, and a circle never grants.

A goal that is met again on the way to its own answer is false with a mark. The mark travels up with whatever it may
have decided, and denies where it arrives: an intersection with a marked operand is false, an exclusion with a marked
side is false, and both are marked themselves. What could not be worked out is overruled by whatever decides without it.
"""

from collections.abc import Generator, Iterator
from functools import reduce
from typing import NamedTuple

from authz_core.evaluation.circles import runs_in_circle
from authz_core.evaluation.evidence import FALSE, Evidence, Outcome, Verdict, neither, undecided
from authz_core.evaluation.steps import Goal
from authz_core.evaluation.walking import Place, Walk
from authz_core.model.plans import Every, Node, Plan, Same, Shape
from authz_core.relationships.relationship import Relationship


class Ask(NamedTuple):
    """A goal, and whether it matters why it is false: so it does on the subtracted side of an exclusion."""

    place: Place
    subtracted: bool


Work = Generator[Ask, Outcome, Outcome]
"""A goal being worked on: it asks for other goals, is sent their outcomes, and returns its own."""


class Solver:
    """The goals of one subject's questions; a stack of its own keeps deep data off Python's."""

    def __init__(self, walk: Walk) -> None:
        self._walk = walk
        self._on_path: set[Goal] = set()
        self._known: dict[Ask, Outcome] = {}
        self._clear: set[Goal] = set()  # goals whose monotone part leads into no circle
        self._cuts = 0  # how often a goal was met again on the way to its own answer

    def solve(self, goal: Goal) -> Outcome:
        """Return what is found out about the goal; raise `Exhausted` when the steps are used up."""
        self._on_path.clear()  # a question that ran out of steps left its path behind
        stack = [self._begin(Ask(Place(goal), subtracted=False))]
        outcome: Outcome | None = None
        while True:
            work, current, cuts = stack[-1]
            try:
                wanted = next(work) if outcome is None else work.send(outcome)
            except StopIteration as finished:
                outcome = self._finish(current, finished.value, cuts)
                stack.pop()
                if not stack:
                    return outcome
            else:
                outcome = self._at_once(wanted)
                if outcome is None:
                    stack.append(self._begin(wanted))

    def _begin(self, ask: Ask) -> tuple[Work, Ask, int]:
        self._walk.steps.spend()
        self._on_path.add(ask.place.goal)
        return self._any(ask), ask, self._cuts

    def _finish(self, ask: Ask, outcome: Outcome, cuts: int) -> Outcome:
        self._on_path.discard(ask.place.goal)
        # Where the path was cut the answer holds for this path alone, and is not used again.
        if cuts == self._cuts:
            self._known[ask] = outcome
        return outcome

    def _at_once(self, ask: Ask) -> Outcome | None:
        if ask.place.goal in self._on_path:
            self._cuts += 1
            return Outcome(Verdict.CIRCULAR)
        trouble = self._walk.is_too_far(ask.place)
        if trouble is not None:
            return undecided(trouble)
        if not self._walk.steps.has_route(ask.place.goal):
            return FALSE
        return self._known.get(ask)

    def _any(self, ask: Ask) -> Work:
        """Work out a goal or an operand: the monotone part first, then each mixed alternative."""
        against = self._walk.reach(ask.place)
        if against.verdict is Verdict.TRUE:
            return against
        if ask.subtracted and runs_in_circle(self._walk.steps, ask.place.goal, self._clear):
            against = neither(against, Outcome(Verdict.CIRCULAR))
        for alternative in self._alternatives(ask):
            outcome = yield from alternative
            if outcome.verdict is Verdict.TRUE:
                return outcome
            against = neither(against, outcome)
        return against

    def _alternatives(self, ask: Ask) -> Iterator[Work]:
        place, plan = ask.place, ask.place.goal[1]
        if plan.shape is not Shape.MIXED:
            return
        # What could not be worked out here has been told by the walk already.
        for relationship, further in self._walk.steps.all_from(place.goal, set()):
            if further[1].shape is Shape.MIXED:
                yield _through(relationship, Ask(self._walk.further(place, further), ask.subtracted))
        for node in plan.nodes:
            yield self._node(node, ask)

    def _node(self, node: Node, ask: Ask) -> Work:
        match node:
            case Same(plan):
                return (yield _beside(ask, plan))
            case Every(operands):
                return (yield from self._every([_beside(ask, operand) for operand in operands]))
            case _:
                subtract = _beside(ask, node.subtract)._replace(subtracted=True)
                return (yield from self._except(_beside(ask, node.base), subtract))

    def _every(self, operands: list[Ask]) -> Work:
        evidence: Evidence = ()
        doubts, against = [], []
        for operand in operands:
            outcome = yield from self._any(operand)
            if outcome.verdict in _NO:
                against.append(outcome)
                if not operand.subtracted:
                    break
            if outcome.trouble is not None:
                doubts.append(outcome.trouble)
            evidence = (evidence, outcome.evidence)
        if against:
            return reduce(neither, against)
        return undecided(*doubts) if doubts else Outcome(Verdict.TRUE, evidence)

    def _except(self, base: Ask, subtract: Ask) -> Work:
        outcome = yield from self._any(base)
        is_no = outcome.verdict in _NO
        # Why it is false matters on the subtracted side of something else only.
        if not self._walk.subtracts or (is_no and not base.subtracted):
            return outcome
        taken = yield from self._any(subtract)
        against = [outcome] if is_no else []
        if taken.verdict in _TAKEN:
            against.append(taken if taken.verdict is Verdict.CIRCULAR else Outcome(Verdict.FALSE, taken.evidence))
        if against:
            return reduce(neither, against)
        doubts = [each.trouble for each in (outcome, taken) if each.trouble is not None]
        return undecided(*doubts) if doubts else Outcome(Verdict.TRUE, (outcome.evidence, taken.evidence))


_NO = frozenset({Verdict.FALSE, Verdict.CIRCULAR})
_TAKEN = frozenset({Verdict.TRUE, Verdict.CIRCULAR})


def _beside(ask: Ask, plan: Plan) -> Ask:
    """Return the same question of another plan on the same object."""
    return Ask(Place((ask.place.goal[0], plan), ask.place.hops), ask.subtracted)


def _through(relationship: Relationship, ask: Ask) -> Work:
    outcome = yield ask
    if outcome == FALSE or outcome.trouble is not None:
        return outcome
    return Outcome(outcome.verdict, (outcome.evidence, relationship))
