"""Intersections and exclusions above the monotone walk: every operand counts, and a circle never grants.

A goal that is met again on the way to its own answer is false with a mark. The mark travels up through unions that
nothing makes true and then decides: an intersection with a marked operand is false, an exclusion with a marked side
is false.
"""

from collections.abc import Generator, Iterator
from enum import Enum
from typing import NamedTuple

from authz_core.evaluation.circles import circle
from authz_core.evaluation.evidence import Evidence
from authz_core.evaluation.walking import Goal, Walk
from authz_core.model.plans import Every, Node, Same, Shape
from authz_core.relationships.index import Relationship


class Verdict(Enum):
    """What has been found out about a goal."""

    TRUE = "true"
    FALSE = "false"
    CIRCULAR = "circular"  # false for all that can be told, since the answer hangs on itself


class Outcome(NamedTuple):
    """A verdict with what it rests on."""

    verdict: Verdict
    evidence: Evidence = ()


class Ask(NamedTuple):
    """A goal, and whether it matters why it is false: so it does on the subtracted side of an exclusion."""

    goal: Goal
    subtracted: bool


Work = Generator[Ask, Outcome, Outcome]
"""A goal being worked on: it asks for other goals, is sent their outcomes, and returns its own."""


def solve(walk: Walk, goal: Goal) -> Evidence | None:
    """Return why the subject has the goal, or none where it has not."""
    outcome = _Solver(walk).outcome(Ask(goal, subtracted=False))
    return outcome.evidence if outcome.verdict is Verdict.TRUE else None


class _Solver:
    """The goals of one question; a stack of its own keeps deep data off Python's."""

    def __init__(self, walk: Walk) -> None:
        self._walk = walk
        self._on_path: set[Goal] = set()
        self._known: dict[Ask, Outcome] = {}
        self._clear: set[Goal] = set()  # goals whose monotone part leads into no circle
        self._cuts = 0  # how often a goal was met again on the way to its own answer

    def outcome(self, ask: Ask) -> Outcome:
        """Return what is found out about the goal."""
        stack = [self._begin(ask)]
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
        self._walk.spend()
        self._on_path.add(ask.goal)
        return self._any(ask), ask, self._cuts

    def _finish(self, ask: Ask, outcome: Outcome, cuts: int) -> Outcome:
        self._on_path.discard(ask.goal)
        # Where the path was cut the answer holds for this path alone, and is not used again.
        if cuts == self._cuts:
            self._known[ask] = outcome
        return outcome

    def _at_once(self, ask: Ask) -> Outcome | None:
        if ask.goal in self._on_path:
            self._cuts += 1
            return Outcome(Verdict.CIRCULAR)
        if not self._walk.has_route(ask.goal):
            return Outcome(Verdict.FALSE)
        return self._known.get(ask)

    def _any(self, ask: Ask) -> Work:
        """Work out a goal or an operand: the monotone part first, then each mixed alternative."""
        evidence = self._walk.reach(ask.goal)
        if evidence is not None:
            return Outcome(Verdict.TRUE, evidence)
        loop = circle(self._walk, ask.goal, self._clear) if ask.subtracted else None
        against: Outcome = Outcome(Verdict.FALSE) if loop is None else Outcome(Verdict.CIRCULAR, loop)
        for alternative in self._alternatives(ask):
            outcome = yield from alternative
            if outcome.verdict is Verdict.TRUE:
                return outcome
            against = _neither(against, outcome)
        return against

    def _alternatives(self, ask: Ask) -> Iterator[Work]:
        plan = ask.goal[1]
        if plan.shape is not Shape.MIXED:
            return
        for relationship, further in self._walk.steps(ask.goal):
            if further[1].shape is Shape.MIXED:
                yield _through(relationship, Ask(further, ask.subtracted))
        for node in plan.nodes:
            yield self._node(node, ask)

    def _node(self, node: Node, ask: Ask) -> Work:
        thing = ask.goal[0]
        match node:
            case Same(plan):
                return (yield Ask((thing, plan), ask.subtracted))
            case Every(operands):
                return (yield from self._every([Ask((thing, operand), ask.subtracted) for operand in operands]))
            case _:
                subtract = Ask((thing, node.subtract), subtracted=True)
                return (yield from self._except(Ask((thing, node.base), ask.subtracted), subtract))

    def _every(self, operands: list[Ask]) -> Work:
        evidence: Evidence = ()
        for operand in operands:
            outcome = yield from self._any(operand)
            if outcome.verdict is not Verdict.TRUE:
                return Outcome(Verdict.FALSE, outcome.evidence)
            evidence = (evidence, outcome.evidence)
        return Outcome(Verdict.TRUE, evidence)

    def _except(self, base: Ask, subtract: Ask) -> Work:
        outcome = yield from self._any(base)
        if outcome.verdict is not Verdict.TRUE:
            return Outcome(Verdict.FALSE, outcome.evidence)
        if not self._walk.subtracts:
            return outcome
        taken = yield from self._any(subtract)
        if taken.verdict is not Verdict.FALSE:
            return Outcome(Verdict.FALSE, taken.evidence)
        return Outcome(Verdict.TRUE, (outcome.evidence, taken.evidence))


def _through(relationship: Relationship, ask: Ask) -> Work:
    outcome = yield ask
    if outcome == Outcome(Verdict.FALSE):
        return outcome
    return Outcome(outcome.verdict, (outcome.evidence, relationship))


def _neither(one: Outcome, other: Outcome) -> Outcome:
    marked = Verdict.CIRCULAR in (one.verdict, other.verdict)
    evidence = tuple(part for part in (one.evidence, other.evidence) if part)
    return Outcome(Verdict.CIRCULAR if marked else Verdict.FALSE, evidence)
