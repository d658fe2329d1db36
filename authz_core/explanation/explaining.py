"""The question why."""

from authz_core.decision import Allowed
from authz_core.evaluation.checking import check
from authz_core.evaluation.facts import Facts
from authz_core.evaluation.principals import Holding
from authz_core.explanation.explanation import Explanation
from authz_core.explanation.missing import closest
from authz_core.explanation.proof import Question
from authz_core.explanation.proving import prove
from authz_core.model.policy import Model
from authz_core.references import Object, Subject


def explain(
    model: Model,
    facts: Facts,
    subject: Subject | Holding,
    relation: str,
    object: Object,
) -> Explanation:
    """Return why `check` answers the question as it does: the shortest proof, or the closest miss."""
    question = Question(subject, relation, object)
    decision = check(model, facts, subject, relation, object)
    if isinstance(decision, Allowed):
        proof = prove(model, facts, question, decision)
        return Explanation(question, Allowed(proof.relationships), proof)
    return Explanation(question, decision, closest(model, facts, question, decision))
