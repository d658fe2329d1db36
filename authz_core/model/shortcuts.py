"""Which questions need no general walk, as a compiled model shows."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from authz_core.model.plans import Family, Plan
from authz_core.references import CONDITIONAL

ByType = Mapping[str, Mapping[str, Plan]]


def mark_climbing(by_type: ByType) -> None:
    """Mark the plans for which it is enough to look at an object and at what lies above it along one tupleset."""
    plans = [plan for relations in by_type.values() for plan in relations.values()]
    below: dict[int, list[Plan]] = defaultdict(list)
    for plan in plans:
        plan.climbs = _climbs_here(plan)
        if plan.climbs and plan.edges:
            plan.tupleset, plan.above = plan.edges[0].tupleset, plan.edges[0].targets
        for target in _targets(plan):
            below[id(target)].append(plan)
    stopped = [plan for plan in plans if not plan.climbs]
    for plan in stopped:
        plan.tupleset, plan.above = "", {}
        still = [lower for lower in below[id(plan)] if lower.climbs]
        for lower in still:
            lower.climbs = False
        stopped.extend(still)


def families_of(by_type: ByType) -> dict[str, Family]:
    """Return, for each type, the largest set of permissions that one walk answers together."""
    return {type_: _largest_family(relations) for type_, relations in by_type.items()}


def _largest_family(relations: Mapping[str, Plan]) -> Family:
    groups: dict[tuple[str, frozenset[str]], set[str]] = defaultdict(set)
    for relation, plan in relations.items():
        if _is_permission(relation, plan):
            above = [(edge.tupleset, frozenset(edge.targets)) for edge in plan.edges]
            groups[above[0] if above else ("", frozenset())].add(relation)
    if not groups:
        return Family()
    (tupleset, parents), permissions = max(groups.items(), key=lambda group: len(group[1]))
    return Family(frozenset(permissions), tupleset, parents)


def _targets(plan: Plan) -> Iterable[Plan]:
    return (target for edge in plan.edges for target in edge.targets.values())


def _climbs_here(plan: Plan) -> bool:
    if plan.nodes or plan.descends or len(plan.edges) > 1:
        return False
    if any(CONDITIONAL in kind for edge in plan.edges for kind in edge.permitted):
        return False
    further = ((edge, above) for edge in plan.edges for target in edge.targets.values() for above in target.edges)
    return all(above.tupleset == edge.tupleset for edge, above in further)


def _is_permission(relation: str, plan: Plan) -> bool:
    """Tell whether a role held on the object or above it is all that counts for the relation."""
    return (
        plan.climbs
        and not plan.direct
        and plan.conferred.keys() == {relation}
        and all(edge.relation == relation for edge in plan.edges)
    )
