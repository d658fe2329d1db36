"""From types and their rewrites to plans.

What a rewrite names but the model does not have is held by nobody; to refuse it is the task of `validate_model`.
"""

from collections.abc import Iterable, Iterator

from authz_core.model.analysis import Analysis, Types, tupleset_types
from authz_core.model.plans import Edge, Every, Except, Node, Plan, Plans, Same, Shape
from authz_core.model.rewrites import (
    Computed,
    Conferred,
    Direct,
    Exclusion,
    FromParent,
    Intersection,
    Restriction,
    Rewrite,
    Union,
)
from authz_core.model.shortcuts import families_of, mark_climbing


def compile_plans(types: Types, holders: tuple[Restriction, ...]) -> Plans:
    """Return the plans of all relations; raise `InvalidModel` for operators that nest too deeply."""
    analysis = Analysis(types, holders)
    compiler = _Compiler(types, analysis, holders)
    for type_, relations in types.items():
        for relation, rewrite in relations.items():
            compiler.fill(type_, relation, rewrite)
    mark_climbing(compiler.by_type)
    return Plans(
        by_type=compiler.by_type,
        families=families_of(compiler.by_type),
        holders=frozenset(entry.kind for entry in holders),
        holder_usersets=compiler.holder_usersets,
        plain={
            f"{type_}#{relation}": plan.direct[relation]
            for type_, relations in compiler.by_type.items()
            for relation, plan in relations.items()
            if plan.shape is Shape.PLAIN
        },
        public=analysis.public,
    )


class _Compiler:
    """The plans of one model, which refer to each other before they are filled."""

    def __init__(self, types: Types, analysis: Analysis, holders: tuple[Restriction, ...]) -> None:
        self._types = types
        self._analysis = analysis
        self.by_type = {
            type_: {relation: Plan(type_, analysis.shape((type_, relation))) for relation in relations}
            for type_, relations in types.items()
        }
        self.holder_usersets = dict(self._usersets(holders))

    def fill(self, type: str, relation: str, rewrite: Rewrite) -> None:
        """Fill the plan of the relation."""
        plan = self.by_type[type][relation]
        plan.relations.add(relation)
        self._flatten(plan, relation, rewrite)
        if self._analysis.has_mixed:
            plan.kinds = self._analysis.routes((type, relation))

    def _flatten(self, plan: Plan, relation: str, rewrite: Rewrite) -> None:
        waiting = [(relation, rewrite)]
        for own, part in waiting:
            match part:
                case Direct(restrictions):
                    self._add_direct(plan, own, restrictions)
                case Computed(other):
                    waiting.extend(self._inlined(plan, other))
                case FromParent(other, tupleset):
                    self._add_edge(plan, other, tupleset)
                case Conferred(permission):
                    plan.conferred.add(permission)
                case Union(operands):
                    waiting.extend((own, operand) for operand in operands)
                case _:
                    plan.nodes.append(self._node(plan.type, own, part))
        plan.descends = any(target.shape is not Shape.PLAIN for target in self._userset_plans(plan))

    def _node(self, type: str, relation: str, part: Intersection | Exclusion) -> Node:
        if isinstance(part, Intersection):
            return Every(tuple(self._operand(type, relation, operand) for operand in part.operands))
        return Except(self._operand(type, relation, part.base), self._operand(type, relation, part.subtract))

    def _operand(self, type: str, relation: str, rewrite: Rewrite) -> Plan:
        plan = Plan(type, Shape.MONOTONE)
        self._flatten(plan, relation, rewrite)
        above = (target for edge in plan.edges for target in edge.targets.values())
        if plan.nodes or any(target.shape is Shape.MIXED for target in (*above, *self._userset_plans(plan))):
            plan.shape = Shape.MIXED
        return plan

    def _add_direct(self, plan: Plan, relation: str, restrictions: tuple[Restriction, ...]) -> None:
        kinds = frozenset(entry.kind for entry in restrictions)
        plan.direct[relation] = plan.direct.get(relation, frozenset()) | kinds
        plan.usersets.setdefault(relation, {}).update(self._usersets(restrictions))

    def _inlined(self, plan: Plan, other: str) -> Iterator[tuple[str, Rewrite]]:
        target = self.by_type[plan.type].get(other)
        if target is None or other in plan.relations:
            return
        if target.shape is Shape.MIXED:
            plan.nodes.append(Same(target))
        else:
            plan.relations.add(other)
            yield other, self._types[plan.type][other]

    def _add_edge(self, plan: Plan, relation: str, tupleset: str) -> None:
        targets = {
            parent: self.by_type[parent][relation]
            for parent in tupleset_types(self._types, plan.type, tupleset)
            if relation in self.by_type.get(parent, {})
        }
        if targets and not any(edge.relation == relation and edge.tupleset == tupleset for edge in plan.edges):
            plan.edges.append(Edge(tupleset, relation, targets))

    def _usersets(self, restrictions: Iterable[Restriction]) -> Iterator[tuple[str, Plan]]:
        for entry in restrictions:
            target = self.by_type.get(entry.type, {}).get(entry.relation or "")
            if target is not None:
                yield entry.kind, target

    def _userset_plans(self, plan: Plan) -> Iterator[Plan]:
        for targets in plan.usersets.values():
            yield from targets.values()
        if plan.conferred:
            yield from self.holder_usersets.values()
