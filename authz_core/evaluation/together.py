"""One climb for many permissions: what the roles met on the way up contain, all at once."""

from collections.abc import Iterable, Mapping

from authz_core.evaluation.climbing import STEEP, met
from authz_core.evaluation.principals import Doubtful, Holding, check_kinds, principals
from authz_core.model.plans import Family
from authz_core.model.policy import Model
from authz_core.references import Object, Subject, kind_of, type_of
from authz_core.relationships.bags import Bag, members
from authz_core.relationships.index import Relationships
from authz_core.relationships.limits import Exhausted

_NO_FAMILY = Family()
_NOTHING = frozenset[str]()
_NOWHERE: Mapping[Object, Bag[Object]] = {}


class Ascent:
    """An object and what lies above it by the stored facts, gathered once for whoever is asked about."""

    __slots__ = ("_facts", "_levels", "_model", "_shared", "_trail", "_whole")

    def __init__(self, model: Model, facts: Relationships, object: Object) -> None:
        self._model = model
        self._facts = facts
        self._levels, self._whole = _levels(model, facts, object)
        self._trail = [node for node, _ in self._levels]
        # The permissions for which the way up is the same.
        self._shared = frozenset.intersection(*(permissions for _, permissions in self._levels))

    def held(self, subject: Subject | Holding, among: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
        """Return the permissions that the climb shows to be held, and those that must still be asked one by one."""
        wanted = among & self._levels[0][1]
        # Which relationships on a condition fit the model is a question for the walk.
        if not wanted or self._facts.conditions or (not isinstance(subject, Holding) and "#" in subject):
            return _NOTHING, among
        trail, whole = (self._trail, self._whole) if wanted <= self._shared else (self._below(wanted), False)
        try:
            found, sure = self._found(subject, trail, wanted)
        except Exhausted:
            return _NOTHING, among - wanted
        if sure and (whole or found == wanted):
            return found, among - wanted
        return found, among - found

    def _below(self, wanted: frozenset[str]) -> list[Object]:
        """Return the trail up to where the wanted permissions part company."""
        parting = next(level for level, (_, permissions) in enumerate(self._levels) if not wanted <= permissions)
        return self._trail[:parting]

    def _found(
        self, subject: Subject | Holding, trail: list[Object], wanted: frozenset[str]
    ) -> tuple[frozenset[str], bool]:
        """Return what is held along the trail, and whether all who hold something may; may raise `Exhausted`."""
        model, found = self._model, _NOTHING
        if isinstance(subject, Holding) and subject.relations.isdisjoint(self._facts.followed):
            # No stored userset is about it: it has what its roles contain, on all that lies beneath.
            at = subject.object
            return _contained(model, at, subject.relations, wanted) if at in trail else found, True
        came = principals(model.plans, self._facts, subject)
        for principal, node, relations in met(self._facts, subject, came, trail):
            contained = _contained(model, node, members(relations), wanted)
            if contained and (principal is None or kind_of(principal) in model.plans.holders):
                try:
                    check_kinds(model.plans, came, principal, model.plans.holders)
                except Doubtful:
                    return found, False
                found |= contained
        return found, True


def _levels(model: Model, facts: Relationships, object: Object) -> tuple[list[tuple[Object, frozenset[str]]], bool]:
    """Return an object and what lies above it, each with the permissions asked there; and whether that is all."""
    node, family = object, model.plans.families.get(type_of(object), _NO_FAMILY)
    levels = [(node, family.permissions)]
    while (parent := facts.holders.get(family.tupleset, _NOWHERE).get(node)) is not None:
        if not isinstance(parent, str) or len(levels) == STEEP:
            return levels, False
        type_ = type_of(parent)
        if type_ not in family.parents:
            break
        node, family = parent, model.plans.families[type_]
        levels.append((node, family.permissions))
    return levels, True


def _contained(model: Model, object: Object, relations: Iterable[str], wanted: frozenset[str]) -> frozenset[str]:
    """Return the wanted permissions that the roles among the relations contain when they are held on the object."""
    type_, contained = type_of(object), _NOTHING
    for relation in relations:
        role = model.roles.get(relation)
        if role is not None and role.type == type_:
            contained |= wanted & role.permissions
    return contained
