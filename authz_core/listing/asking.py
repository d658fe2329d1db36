"""The facts as a listing reads them and the single questions that it asks, all within one bound on the work."""

from collections.abc import Collection
from typing import Final

from authz_core.decision import Reason
from authz_core.evaluation.evidence import Verdict as Outcomes
from authz_core.evaluation.facts import Facts, Trouble, View
from authz_core.evaluation.inquiry import Inquiry
from authz_core.evaluation.principals import Holding
from authz_core.evaluation.steps import Goal
from authz_core.listing.answers import Unanswerable
from authz_core.model.policy import Model
from authz_core.references import Subject
from authz_core.relationships.index import Relationships
from authz_core.relationships.limits import Exhausted
from authz_core.relationships.relationship import Key, Relationship

LISTING: Final = 40
"""How many times the steps of one question a listing may take; beyond, it is too complex and never cut short."""

Verdict = bool | Trouble
"""Whether something is so, or why that is not known."""

_USUAL: Final = 32
"""The steps that nearly every question gets along with: it is asked with so few first."""

_MORE: Final = 8
"""How many times the steps are given where the last were too few."""

_CONDITION: Final = 32
"""How many steps the evaluation of a condition is worth."""


class Asking:
    """One listing's model and facts, and how many steps are left to it."""

    def __init__(self, model: Model, facts: Facts) -> None:
        self.model = model
        self.view = View(model, facts)
        self._allowed = self.view.limits.steps * LISTING
        self._left = self._allowed

    @property
    def is_certain(self) -> bool:
        """Tell whether what relationships lead to is reached whatever their number: hops are not limited."""
        return self.view.limits.hops is None

    def spend(self, steps: int = 1) -> None:
        """Count the steps; raise `Unanswerable` when too few are left."""
        self._left -= steps
        if self._left < 0:
            raise Unanswerable(Reason.TOO_COMPLEX, f"more than {self._allowed} steps")

    def counts(self, layer: Relationships, key: Key, kind: str, kinds: Collection[str]) -> Verdict:
        """Tell whether a relationship whose subject is of the kind counts where these kinds are permitted."""
        self.spend()
        condition = layer.conditions.get(key) if layer.conditions else None
        if condition is None:
            return kind in kinds
        self.spend(_CONDITION)
        return self.view.judge(Relationship(*key, condition), kinds)

    def is_shadowed(self, layer: Relationships, key: Key) -> bool:
        """Tell whether a look-up for the very subject finds a contextual relationship in place of this one."""
        return self.view.is_shadowed(layer, Relationship(*key))

    def inquiry(self, subject: Subject | Holding) -> Inquiry:
        """Return what questions about the subject are asked of; raise `Unanswerable` where it is in too many groups."""
        try:
            return Inquiry(self.model, self.view, subject)
        except Exhausted:
            raise Unanswerable(*self._too_complex()) from None

    def decided(self, inquiry: Inquiry, goal: Goal) -> Verdict:
        """Return whether the subject of the inquiry has the goal, or why that is not known."""
        limit, steps = self.view.limits.steps, _USUAL
        while True:
            steps = min(steps, limit)
            try:
                outcome = inquiry.outcome(goal, steps)
                self.spend(steps - inquiry.left)
            except Exhausted:
                self.spend(steps)
                if steps == limit:
                    return self._too_complex()
                steps *= _MORE
            else:
                return outcome.trouble or outcome.verdict is Outcomes.TRUE

    def _too_complex(self) -> Trouble:
        return Trouble(Reason.TOO_COMPLEX, f"more than {self.view.limits.steps} steps")

    def verdict(self, subject: Subject, goal: Goal, *, model: Model | None = None) -> Verdict:
        """Return whether a subject has the goal, by another model if one is given, or why that is not known."""
        try:
            inquiry = Inquiry(model or self.model, self.view, subject)
        except Exhausted:
            return self._too_complex()
        return self.decided(inquiry, goal)
