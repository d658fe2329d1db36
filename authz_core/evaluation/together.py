"""One climb for many permissions: what the roles met on the way up contain, all at once."""

from collections.abc import Mapping

from authz_core.evaluation.climbing import STEEP, met
from authz_core.evaluation.principals import Doubtful, Holding, check_kinds, principals
from authz_core.model.plans import Family
from authz_core.model.policy import Model
from authz_core.references import Object, Subject, kind_of, type_of
from authz_core.relationships.bags import Bag, members
from authz_core.relationships.index import Relationships
from authz_core.relationships.limits import Exhausted

_NO_FAMILY = Family()
_NOWHERE: Mapping[Object, Bag[Object]] = {}


def climb_together(
    model: Model, facts: Relationships, subject: Subject | Holding, object: Object, among: frozenset[str]
) -> tuple[frozenset[str], frozenset[str]]:
    """Return the permissions that one walk shows to be held, and those that must still be asked one by one."""
    family = model.plans.families.get(type_of(object), _NO_FAMILY)
    wanted = among & family.permissions
    # Which relationships on a condition fit the model is a question for the walk.
    if not wanted or facts.conditions or (not isinstance(subject, Holding) and "#" in subject):
        return frozenset(), among
    trail, whole = _trail(model, facts, (object, family), wanted)
    try:
        found, sure = _found(model, facts, subject, trail, wanted)
    except Exhausted:
        return frozenset(), among - wanted
    if sure and (whole or found == wanted):
        return found, among - wanted
    return found, among - found


def _found(
    model: Model, facts: Relationships, subject: Subject | Holding, trail: list[Object], wanted: frozenset[str]
) -> tuple[frozenset[str], bool]:
    """Return what is held along the trail, and whether all who hold something there may; may raise `Exhausted`."""
    came, holders = principals(model.plans, facts, subject), model.plans.holders
    found = frozenset[str]()
    for principal, node, relations in met(facts, subject, came, trail):
        contained = _contained(model, type_of(node), relations, wanted)
        if contained and (principal is None or kind_of(principal) in holders):
            try:
                check_kinds(model.plans, came, principal, holders)
            except Doubtful:
                return found, False
            found |= contained
    return found, True


def _trail(
    model: Model, facts: Relationships, start: tuple[Object, Family], wanted: frozenset[str]
) -> tuple[list[Object], bool]:
    """Return an object and what lies above it, and whether that is all, and all that counts for what is wanted."""
    node, family = start
    trail = [node]
    while (parent := facts.holders.get(family.tupleset, _NOWHERE).get(node)) is not None:
        if not isinstance(parent, str) or len(trail) == STEEP:
            return trail, False
        type_ = type_of(parent)
        if type_ not in family.parents:
            break
        node, family = parent, model.plans.families[type_]
        if not wanted <= family.permissions:
            return trail, False
        trail.append(node)
    return trail, True


def _contained(model: Model, type: str, relations: Bag[str], wanted: frozenset[str]) -> frozenset[str]:
    """Return the wanted permissions that the roles among the relations contain."""
    contained = frozenset[str]()
    for relation in members(relations):
        role = model.roles.get(relation)
        if role is not None and role.type == type:
            contained |= wanted & role.permissions
    return contained
