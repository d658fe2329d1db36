"""What is to be said of a denial: the closest miss, or why no search for one makes sense."""

from typing import Final

from authz_core.decision import Denied, Reason
from authz_core.evaluation.facts import Facts
from authz_core.evaluation.principals import Holding
from authz_core.explanation.ground import Ground
from authz_core.explanation.miss import Miss, MissKind
from authz_core.explanation.nearest import Nearest
from authz_core.explanation.proof import Question
from authz_core.explanation.reading import Reading
from authz_core.explanation.supposing import Supposing
from authz_core.model.policy import Model
from authz_core.references import type_of
from authz_core.relationships.limits import Exhausted

_REFUSED: Final = {
    Reason.NOT_DELEGABLE: MissKind.NOT_DELEGABLE,
    Reason.ADMINISTRATIVE: MissKind.ADMINISTRATIVE,
    Reason.TOO_COMPLEX: MissKind.TOO_COMPLEX,
}


def closest(model: Model, facts: Facts, question: Question, decision: Denied) -> Miss:
    """Return the closest miss; `check` has confirmed what its changes would do."""
    if decision.reason in {Reason.UNKNOWN_TYPE, Reason.UNKNOWN_RELATION}:
        return Miss(MissKind.UNKNOWN, known=_known(model, question))
    if decision.reason in _REFUSED:
        return Miss(_REFUSED[decision.reason])
    reading = Reading(model, facts, question.subject)
    supposing = Supposing(model, reading, question.subject)
    try:
        ground = Ground(model, reading, question, supposing.ways)
    except Exhausted:
        return Miss(MissKind.TOO_COMPLEX)
    return Nearest(model, ground, supposing, question).miss()


def _known(model: Model, question: Question) -> tuple[str, ...]:
    """Return what the model has in the place of the first name that it does not have."""
    type_ = type_of(question.object)
    if type_ in model.types and question.relation in model.types[type_] and not isinstance(question.subject, Holding):
        type_ = type_of(question.subject)
    return tuple(sorted(model.types.get(type_, model.types)))
