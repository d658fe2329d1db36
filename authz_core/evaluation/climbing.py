"""The short cut for a tree of resources: what a subject's principals hold on an object and above it.

Nothing is checked on the way, since a walk over all stored facts misses nothing that a walk over the fitting ones
would find. Whether the facts fit the model is looked at where something is found, hence rarely.
"""

from collections.abc import Collection, Mapping
from functools import partial

from authz_core.decision import Path, Proof
from authz_core.evaluation.principals import Came, Holding, first_principals, membership, principals
from authz_core.model.plans import Plan, Plans
from authz_core.model.policy import Model
from authz_core.references import Object, Subject, kind_of
from authz_core.relationships.bags import Bag
from authz_core.relationships.index import Relationship, Relationships

STEEP = 64
"""How many levels are climbed; beyond, a walk that remembers where it has been is the better way."""

_NOWHERE: Mapping[Object, Bag[Object]] = {}

Met = tuple[Subject | None, Object, Bag[str]]
"""A principal, or none for an imaginary one, and the relations that it holds on an object."""


class Doubtful(Exception):
    """The short cut cannot answer: two parents, a great height, facts that do not fit, or a userset that asks."""


def climb(model: Model, facts: Relationships, subject: Subject | Holding, plan: Plan, object: Object) -> Proof | None:
    """Return the proof that the subject has the plan's relation on the object, or none where it has not.

    Raises `Doubtful` or, for too many principals, `Exhausted` where the general walk must answer.
    """
    trail = _trail(facts, plan, object)
    came: Came
    if isinstance(subject, Holding) or model.plans.public:
        came = first_principals(model.plans, facts, subject)
    else:
        came = {subject: None}
    plans = [plan]
    for principal, node, relations in _met(facts, subject, principals(facts, came), trail):
        level = trail.index(node)
        if not _follow(plans, trail, level):
            continue
        for relation in (relations,) if isinstance(relations, str) else relations:
            kinds = model.kinds_counted(plans[level], relation)
            if kinds is not None:
                _check_kinds(model.plans, came, principal, kinds)
                return partial(_path, came, (principal, relation), trail, level, plan.tupleset)
    if not isinstance(subject, Holding) and "#" in subject:
        raise Doubtful
    return None


def _trail(facts: Relationships, plan: Plan, object: Object) -> list[Object]:
    """Return the object and all that lies above it, whether or not the model lets it lie there."""
    trail = [object]
    parents = facts.holders.get(plan.tupleset, _NOWHERE)
    parent = parents.get(object)
    while parent is not None:
        if not isinstance(parent, str) or len(trail) == STEEP:
            raise Doubtful
        trail.append(parent)
        parent = parents.get(parent)
    return trail


def _met(facts: Relationships, subject: Subject | Holding, found: list[Subject], trail: list[Object]) -> list[Met]:
    """Return what the principals hold along the trail."""
    held_by = facts.held
    met: list[Met] = []
    for principal in found:
        held = held_by.get(principal)
        if held is None:
            continue
        if not isinstance(held, dict):
            held = {held[0]: held[1]}
        for node in trail:
            if node in held:
                met.append((principal, node, held[node]))  # noqa: PERF401 - one comprehension for each costs more
    if isinstance(subject, Holding) and subject.object in trail:
        met.append((None, subject.object, tuple(sorted(subject.relations))))
    return met


def _follow(plans: list[Plan], trail: list[Object], level: int) -> bool:
    """Bring the plans up to a level of the trail; tell whether the model leads there."""
    while len(plans) <= level:
        above = plans[-1].above.get(trail[len(plans)].partition(":")[0])
        if above is None:
            return False
        plans.append(above)
    return True


def _check_kinds(plans: Plans, came: Came, principal: Subject | None, kinds: Collection[str]) -> None:
    """Let pass a principal that may hold what it holds and contains what it was found through; else raise."""
    while principal is not None:
        kind = kind_of(principal)
        if kind not in kinds:
            raise Doubtful
        kinds = plans.plain.get(kind, ())
        principal = came[principal]


def _path(came: Came, held: tuple[Subject | None, str], trail: list[Object], level: int, tupleset: str) -> Path:
    principal, relation = held
    steps: list[Relationship] = []
    if principal is not None:
        steps = [*membership(came, principal), Relationship(principal, relation, trail[level])]
    for upper in range(level, 0, -1):
        steps.append(Relationship(trail[upper], tupleset, trail[upper - 1]))
    return tuple(steps)
