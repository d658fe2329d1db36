"""The relations that a subject has on an object."""

from authz_core.decision import Allowed, Denied, Reason
from authz_core.evaluation.checking import check
from authz_core.evaluation.facts import Facts
from authz_core.evaluation.principals import Holding
from authz_core.listing.answers import Listing, Unanswerable
from authz_core.listing.known import require_subject, require_type
from authz_core.model.policy import Model
from authz_core.references import Object, Subject, type_of

_NOT_KNOWN = frozenset({Reason.TOO_COMPLEX, Reason.CONTEXT_MISSING, Reason.CONDITION_FAILED})


def list_relations(model: Model, facts: Facts, subject: Subject | Holding, object: Object) -> Listing[str]:
    """Return all relations of the object's type that `check` allows the subject on the object.

    Raises `Unanswerable` where that is not known of a relation, and for a type or relation that is not there.
    """
    require_type(model, type_of(object))
    require_subject(model, subject)
    relations = sorted(model.types[type_of(object)])
    decisions = {relation: check(model, facts, subject, relation, object) for relation in relations}
    denials = [decision for decision in decisions.values() if isinstance(decision, Denied)]
    troubles = [(denial.reason, denial.detail) for denial in denials if denial.reason in _NOT_KNOWN]
    if troubles:
        raise Unanswerable(*min(troubles))
    return Listing(tuple(relation for relation in relations if isinstance(decisions[relation], Allowed)))
