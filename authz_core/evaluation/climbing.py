"""The short cut for a tree of resources: what a subject's principals hold on an object and above it.

Nothing is checked on the way, since a walk over all stored facts misses nothing that a walk over the fitting ones
would find. Whether the facts fit the model is looked at where something is found, hence rarely.
"""

from collections.abc import Mapping
from functools import partial

from authz_core.decision import Path, Proof
from authz_core.evaluation.principals import Doubtful, Holding, check_kinds, membership, principals
from authz_core.model.plans import Plan
from authz_core.model.policy import Model
from authz_core.references import Object, Subject
from authz_core.relationships.bags import Bag
from authz_core.relationships.closures import Came
from authz_core.relationships.index import Relationships
from authz_core.relationships.relationship import Relationship

STEEP = 64
"""How many levels are climbed; beyond, a walk that remembers where it has been is the better way."""

_NOWHERE: Mapping[Object, Bag[Object]] = {}

Met = tuple[Subject | None, Object, Bag[str]]
"""A principal, or none for an imaginary one, and the relations that it holds on an object."""


def climb(model: Model, facts: Relationships, subject: Subject | Holding, plan: Plan, object: Object) -> Proof | None:
    """Return the proof that the subject has the plan's relation on the object, or none where it has not.

    Raises `Doubtful` or, for too many principals, `Exhausted` where the general walk must answer.
    """
    trail = _trail(facts, plan, object)
    came = principals(model.plans, facts, subject)
    plans = [plan]
    for principal, node, relations in met(facts, subject, came, trail):
        level = trail.index(node)
        if not _follow(plans, trail, level):
            continue
        for relation in (relations,) if isinstance(relations, str) else relations:
            kinds = model.kinds_counted(plans[level], relation)
            if kinds is not None:
                check_kinds(model.plans, came, principal, kinds)
                proof = partial(_path, came, (principal, relation), trail, level, plan.tupleset)
                if facts.conditions and any(step.key in facts.conditions for step in proof()):
                    raise Doubtful
                return proof
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


def met(facts: Relationships, subject: Subject | Holding, found: Came, trail: list[Object]) -> list[Met]:
    """Return what the principals hold along the trail."""
    held_by = facts.held
    along: list[Met] = []
    for principal in found:
        held = held_by.get(principal)
        if held is None:
            continue
        if not isinstance(held, dict):
            if held[0] in trail:
                along.append((principal, held[0], held[1]))
            continue
        for node in trail:
            if node in held:
                along.append((principal, node, held[node]))  # noqa: PERF401 - one comprehension for each costs more
    if isinstance(subject, Holding) and subject.object in trail:
        along.append((None, subject.object, tuple(sorted(subject.relations))))
    return along


def _follow(plans: list[Plan], trail: list[Object], level: int) -> bool:
    """Bring the plans up to a level of the trail; tell whether the model leads there."""
    while len(plans) <= level:
        above = plans[-1].above.get(trail[len(plans)].partition(":")[0])
        if above is None:
            return False
        plans.append(above)
    return True


def _path(came: Came, held: tuple[Subject | None, str], trail: list[Object], level: int, tupleset: str) -> Path:
    principal, relation = held
    steps: list[Relationship] = []
    if principal is not None:
        steps = [*membership(came, principal), Relationship(principal, relation, trail[level])]
    for upper in range(level, 0, -1):
        steps.append(Relationship(trail[upper], tupleset, trail[upper - 1]))
    return tuple(steps)
