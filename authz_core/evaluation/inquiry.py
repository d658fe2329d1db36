"""Questions about one subject, which share what is found out about goals for as long as they are asked."""

from authz_core.evaluation.evidence import FALSE, Outcome
from authz_core.evaluation.facts import View
from authz_core.evaluation.principals import Holding
from authz_core.evaluation.solving import Solver
from authz_core.evaluation.steps import Goal
from authz_core.evaluation.walking import Place, Walk
from authz_core.model.plans import Shape
from authz_core.model.policy import Model
from authz_core.references import Subject


class Inquiry:
    """One subject's questions of facts that do not change meanwhile."""

    def __init__(self, model: Model, view: View, subject: Subject | Holding) -> None:
        """Gather whom the subject stands for; raise `Exhausted` where that is too many."""
        self._walk = Walk(model, view, subject)
        self._solver = Solver(self._walk)

    @property
    def left(self) -> int:
        """How many of the steps of the last question were not taken."""
        return self._walk.steps.left

    def outcome(self, goal: Goal, steps: int) -> Outcome:
        """Return what is found out about the goal in so many steps; raise `Exhausted` where they are too few."""
        self._walk.steps.allow(steps)
        if not self._walk.steps.has_route(goal):
            return FALSE
        if goal[1].shape is Shape.MIXED:
            return self._solver.solve(goal)
        return self._walk.reach(Place(goal))
