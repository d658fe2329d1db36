"""One climb for many permissions: what the roles met on the way up contain, all at once."""

from collections.abc import Iterator, Mapping

from authz_core.evaluation.climbing import STEEP
from authz_core.evaluation.principals import Doubtful, Holding, check_kinds, principals
from authz_core.model.plans import Family
from authz_core.model.policy import Model
from authz_core.references import Object, Subject, kind_of, type_of
from authz_core.relationships.bags import Bag, members
from authz_core.relationships.index import Relationships, as_mapping
from authz_core.relationships.limits import Exhausted

_NO_FAMILY = Family()


def climb_together(
    model: Model, facts: Relationships, subject: Subject | Holding, object: Object, among: frozenset[str]
) -> tuple[frozenset[str], frozenset[str]]:
    """Return the permissions that one walk shows to be held, and those that must still be asked one by one."""
    wanted = among & model.plans.families.get(type_of(object), _NO_FAMILY).permissions
    # Which relationships on a condition fit the model is a question for the walk.
    if not wanted or facts.conditions or (not isinstance(subject, Holding) and "#" in subject):
        return frozenset(), among
    found: set[str] = set()
    try:
        held_by = _role_holdings(model, facts, subject)
        for node in _levels(model, facts, object, wanted):
            for held in held_by:
                found.update(_contained(model, type_of(node), held.get(node), wanted))
            if len(found) == len(wanted):
                break
    except Exhausted:
        return frozenset(found), among - wanted
    except Doubtful:
        return frozenset(found), among - found
    return frozenset(found), among - wanted


def _role_holdings(model: Model, facts: Relationships, subject: Subject | Holding) -> list[Mapping[Object, Bag[str]]]:
    """Return what those principals hold that may hold roles; raise `Exhausted` or `Doubtful`."""
    came = principals(model.plans, facts, subject)
    holding = []
    for principal in came:
        held = facts.held.get(principal)
        if held is not None and kind_of(principal) in model.plans.holders:
            check_kinds(model.plans, came, principal, model.plans.holders)
            holding.append(as_mapping(held))
    if isinstance(subject, Holding):
        holding.append({subject.object: tuple(sorted(subject.relations))})
    return holding


def _levels(model: Model, facts: Relationships, object: Object, wanted: frozenset[str]) -> Iterator[Object]:
    """Iterate over the object and what lies above it; raise `Doubtful` where the wanted permissions part company."""
    node, family = object, model.plans.families[type_of(object)]
    for _ in range(STEEP):
        yield node
        parent = facts.holders.get(family.tupleset, {}).get(node)
        if parent is None:
            return
        if not isinstance(parent, str):
            raise Doubtful
        if type_of(parent) not in family.parents:
            return
        node, family = parent, model.plans.families[type_of(parent)]
        if not wanted <= family.permissions:
            raise Doubtful
    raise Doubtful


def _contained(model: Model, type: str, relations: Bag[str] | None, wanted: frozenset[str]) -> Iterator[str]:
    """Iterate over the wanted permissions that the roles among the relations contain."""
    for relation in members(relations):
        role = model.roles.get(relation)
        if role is not None and role.type == type:
            yield from wanted & role.permissions
