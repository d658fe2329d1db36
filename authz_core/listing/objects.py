"""The objects that a subject reaches, found from the subject."""

from authz_core.evaluation.facts import Facts, Trouble
from authz_core.evaluation.principals import Holding
from authz_core.listing.answers import Listing, Unanswerable
from authz_core.listing.asking import Asking
from authz_core.listing.known import require_relation, require_subject
from authz_core.listing.reaching import Reach
from authz_core.model.policy import Model
from authz_core.references import Object, Subject, type_of


def list_objects(model: Model, facts: Facts, subject: Subject | Holding, relation: str, *types: str) -> Listing[Object]:
    """Return all objects of the types on which `check` allows the subject the relation.

    Objects are those that a relationship is about, and the one that a userset or an imaginary holder is made of.
    Raises `Unanswerable` where that is not known of an object reached, and for a type or relation that is not there.
    """
    for type_ in types:
        require_relation(model, type_, relation)
    require_subject(model, subject)
    if isinstance(subject, Holding) and _is_unbounded(model, subject, relation):
        return Listing(())
    asking = Asking(model, facts)
    reach = Reach(asking, subject, [model.plans.by_type[type_][relation] for type_ in types])
    found: list[Object] = []
    troubles: list[Trouble] = []
    for thing, verdict in reach.verdicts():
        if verdict is True:
            found.append(thing)
        elif isinstance(verdict, Trouble):
            troubles.append(verdict)
    if troubles:
        raise Unanswerable(*min(troubles))
    return Listing(tuple(sorted(found)))


def _is_unbounded(model: Model, holding: Holding, relation: str) -> bool:
    """Tell whether no bound of this kind can exist, so that nothing is within it."""
    return type_of(holding.object) not in model.delegable or relation in model.administrative
