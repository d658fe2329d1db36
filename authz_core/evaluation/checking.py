"""The question that the engine answers: whether a subject has a relation on an object."""

from functools import partial

from authz_core.decision import Allowed, Decision, Denied, Reason
from authz_core.evaluation.climbing import Doubtful, climb
from authz_core.evaluation.evidence import path_of
from authz_core.evaluation.principals import WORK_LIMIT, Exhausted, Holding
from authz_core.evaluation.solving import solve
from authz_core.evaluation.together import climb_together
from authz_core.evaluation.walking import Goal, Walk
from authz_core.model.plans import Shape
from authz_core.model.policy import Model
from authz_core.references import Object, Subject, type_of
from authz_core.relationships.index import Relationships

_NOT_HELD = Denied(Reason.NOT_HELD)


def check(
    model: Model,
    facts: Relationships,
    subject: Subject | Holding,
    relation: str,
    object: Object,
) -> Decision:
    """Return whether the subject has the relation on the object, as follows from the model and the facts alone."""
    type_ = object.partition(":")[0]
    try:
        plan = model.plans.by_type[type_][relation]
    except KeyError:
        return _unknown(model, type_, relation)
    if isinstance(subject, Holding):
        refusal = _unbounded(model, subject, relation)
        if refusal is not None:
            return refusal
    if plan.climbs:
        try:
            proof = climb(model, facts, subject, plan, object)
        except (Doubtful, Exhausted):
            pass
        else:
            return _refusal(model, subject) if proof is None else Allowed(proof)
    return _walked(model, facts, subject, (object, plan))


def permitted(
    model: Model,
    facts: Relationships,
    subject: Subject | Holding,
    object: Object,
    among: frozenset[str],
) -> frozenset[str]:
    """Return those relations of `among` that `check` allows the subject on the object."""
    if isinstance(subject, Holding):
        if type_of(subject.object) not in model.delegable:
            return frozenset()
        among -= model.administrative
    held, left = climb_together(model, facts, subject, object, among)
    one_by_one = {relation: check(model, facts, subject, relation, object) for relation in left}
    return held.union(relation for relation, decision in one_by_one.items() if isinstance(decision, Allowed))


def _walked(model: Model, facts: Relationships, subject: Subject | Holding, goal: Goal) -> Decision:
    """Answer by the general walk, within its limit."""
    try:
        walk = Walk(model, facts, subject)
        evidence = solve(walk, goal) if goal[1].shape is Shape.MIXED else walk.reach(goal)
    except Exhausted:
        return Denied(Reason.TOO_COMPLEX, f"more than {WORK_LIMIT} steps")
    return _refusal(model, subject) if evidence is None else Allowed(partial(path_of, evidence))


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
