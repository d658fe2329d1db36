"""Why a question is answered as it is."""

from dataclasses import dataclass

from authz_core.decision import Decision
from authz_core.explanation.miss import Miss
from authz_core.explanation.proof import Proof, Question
from authz_core.explanation.prose import text_of
from authz_core.explanation.record import Record, record_of


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision with its reason: the shortest proof of what is allowed, the closest miss of what is denied.

    The reason is complete; its text and its record are of bounded length and say how much they leave out.
    """

    question: Question
    decision: Decision
    reason: Proof | Miss

    def text(self) -> str:
        """Return the explanation for people."""
        return text_of(self.question, self.decision, self.reason)

    def as_json(self) -> Record:
        """Return the explanation for programs, as values that JSON can hold."""
        return record_of(self.question, self.decision, self.reason)
