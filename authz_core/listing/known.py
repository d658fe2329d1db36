"""What a model must know before anything can be listed by it."""

from authz_core.decision import Reason
from authz_core.evaluation.checking import require_sound
from authz_core.evaluation.principals import Holding
from authz_core.listing.answers import Unanswerable
from authz_core.model.policy import Model
from authz_core.references import Subject


def require_type(model: Model, type: str) -> None:
    """Return if there is such a type; raise `Unanswerable` otherwise."""
    if type not in model.types:
        raise Unanswerable(Reason.UNKNOWN_TYPE, type)


def require_relation(model: Model, type: str, relation: str) -> None:
    """Return if the type has the relation; raise `Unanswerable` otherwise."""
    require_type(model, type)
    if relation not in model.types[type]:
        raise Unanswerable(Reason.UNKNOWN_RELATION, f"{type}#{relation}")


def require_form(model: Model, form: str) -> None:
    """Return if there can be subjects of the form `type` or `type#relation`; raise `Unanswerable` otherwise."""
    type_, hash_sign, relation = form.partition("#")
    require_type(model, type_)
    role = model.roles.get(relation)
    if hash_sign and relation not in model.types[type_] and (role is None or role.type != type_):
        raise Unanswerable(Reason.UNKNOWN_RELATION, form)


def require_subject(model: Model, subject: Subject | Holding) -> None:
    """Return if there can be such a subject; raise `Unanswerable` otherwise."""
    require_sound(model, subject)
    if not isinstance(subject, Holding):
        thing, hash_sign, relation = subject.partition("#")
        require_form(model, f"{thing.partition(':')[0]}{hash_sign}{relation}")
