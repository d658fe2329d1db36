"""The question that the engine answers: whether a subject has a relation on an object."""

from functools import partial

from authz_core.decision import Allowed, Decision, Denied, Reason
from authz_core.evaluation.climbing import climb
from authz_core.evaluation.evidence import Verdict, path_of
from authz_core.evaluation.facts import View
from authz_core.evaluation.inquiry import Inquiry
from authz_core.evaluation.principals import Doubtful, Holding
from authz_core.evaluation.steps import Goal
from authz_core.evaluation.together import Ascent
from authz_core.model.policy import Model
from authz_core.references import Object, Subject, parse_subject, type_of
from authz_core.relationships.index import Relationships
from authz_core.relationships.limits import Exhausted, Limits
from authz_core.relationships.situation import Situation

_USUAL = Limits()
_NOT_HELD = Denied(Reason.NOT_HELD)


def check(
    model: Model,
    facts: Relationships | Situation,
    subject: Subject | Holding,
    relation: str,
    object: Object,
) -> Decision:
    """Return whether the subject has the relation on the object, as follows from the model and the facts alone.

    Raises `MissingLibrary` when a condition must be evaluated and its language is not installed, and
    `InvalidReference` for a subject that is none where everyone may be meant.
    """
    require_sound(model, subject)
    type_ = object.partition(":")[0]
    try:
        plan = model.plans.by_type[type_][relation]
    except KeyError:
        return _unknown(model, type_, relation)
    if isinstance(subject, Holding):
        refusal = _unbounded(model, subject, relation)
        if refusal is not None:
            return refusal
    stored = _stored_alone(facts)
    if plan.climbs and stored is not None:
        try:
            proof = climb(model, stored, subject, plan, object)
        except (Doubtful, Exhausted):
            pass  # The general walk answers, or says that it is too complex.
        else:
            return _refusal(model, subject) if proof is None else Allowed(proof)
    return _walked(model, View(model, facts), subject, (object, plan))


def permitted(
    model: Model,
    facts: Relationships | Situation,
    subject: Subject | Holding,
    object: Object,
    among: frozenset[str],
) -> frozenset[str]:
    """Return those relations of `among` that `check` allows the subject on the object."""
    return Place(model, facts, object).permitted(subject, among)


class Place:
    """An object about which several subjects are asked, of the same facts: what lies above it is looked up once."""

    __slots__ = ("_ascent", "_facts", "_model", "_object")

    def __init__(self, model: Model, facts: Relationships | Situation, object: Object) -> None:
        """Ask about an object while neither the model nor the facts change."""
        stored = _stored_alone(facts)
        self._model = model
        self._facts = facts
        self._object = object
        self._ascent = None if stored is None else Ascent(model, stored, object)

    def permitted(self, subject: Subject | Holding, among: frozenset[str]) -> frozenset[str]:
        """Return those relations of `among` that `check` allows the subject on the object."""
        model = self._model
        require_sound(model, subject)
        if isinstance(subject, Holding):
            if type_of(subject.object) not in model.delegable:
                return frozenset()
            among -= model.administrative
        held, left = (frozenset[str](), among) if self._ascent is None else self._ascent.held(subject, among)
        if not left:
            return held
        one_by_one = {relation: check(model, self._facts, subject, relation, self._object) for relation in left}
        return held.union(relation for relation, decision in one_by_one.items() if isinstance(decision, Allowed))


def require_sound(model: Model, subject: Subject | Holding) -> None:
    """Return if the subject is in canonical form, as far as that matters; raise `InvalidReference` otherwise.

    No relationship names a subject in another form; only a wildcard would take it for one of everyone.
    """
    if model.plans.public and not isinstance(subject, Holding):
        parse_subject(subject)


def _stored_alone(facts: Relationships | Situation) -> Relationships | None:
    """Return the stored facts where the question adds none and counts no hops, so that short cuts may be tried."""
    if isinstance(facts, Relationships):
        return facts
    return facts.stored if not facts.contextual and facts.limits == _USUAL else None


def _walked(model: Model, view: View, subject: Subject | Holding, goal: Goal) -> Decision:
    """Answer by the general walk, within its limit."""
    try:
        outcome = Inquiry(model, view, subject).outcome(goal, view.limits.steps)
    except Exhausted:
        return Denied(Reason.TOO_COMPLEX, f"more than {view.limits.steps} steps")
    if outcome.trouble is not None:
        return Denied(*outcome.trouble)
    if outcome.verdict is not Verdict.TRUE:
        return _refusal(model, subject)
    return Allowed(partial(path_of, outcome.evidence))


def _unknown(model: Model, type: str, relation: str) -> Denied:
    if type not in model.types:
        return Denied(Reason.UNKNOWN_TYPE, type)
    return Denied(Reason.UNKNOWN_RELATION, f"{type}#{relation}")


def _unbounded(model: Model, holding: Holding, relation: str) -> Denied | None:
    """Return why no bound of this kind can exist, or none."""
    if type_of(holding.object) not in model.delegable:
        return Denied(Reason.NOT_DELEGABLE, type_of(holding.object))
    if relation in model.administrative:
        return Denied(Reason.ADMINISTRATIVE, relation)
    return None


def _refusal(model: Model, subject: Subject | Holding) -> Denied:
    """Return why a subject is denied for whom nothing was found."""
    if isinstance(subject, Holding):
        return _NOT_HELD
    if "#" not in subject and subject.partition(":")[0] in model.types:
        return _NOT_HELD
    type_ = type_of(subject)
    if type_ not in model.types:
        return Denied(Reason.UNKNOWN_TYPE, type_)
    relation = subject.partition("#")[2]
    role = model.roles.get(relation)
    if relation in model.types[type_] or (role is not None and role.type == type_):
        return _NOT_HELD
    return Denied(Reason.UNKNOWN_RELATION, f"{type_}#{relation}")
