"""From types and their rewrites to plans.

What a rewrite names but the model does not have is held by nobody; to refuse it is the task of `validate_model`.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from authz_core.errors import InvalidModel
from authz_core.model.analysis import Analysis, Types, tupleset_entries, tupleset_types
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
from authz_core.references import CONDITIONAL

MOST_INLINED: Final = 100_000
"""How often relations may count where others are computed from them: for a chain of them, half its square."""


def compile_plans(types: Types, holders: tuple[Restriction, ...]) -> Plans:
    """Return the plans of all relations; raise `InvalidModel` for operators or definitions that nest too deeply."""
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
        self._inlinings = 0
        self.holder_usersets = dict(self._usersets(holders))

    def fill(self, type: str, relation: str, rewrite: Rewrite) -> None:
        """Fill the plan of the relation."""
        plan = self.by_type[type][relation]
        plan.relations.add(relation)
        self._flatten(plan, relation, rewrite)
        plan.route = self._analysis.route((type, relation))

    def _flatten(self, plan: Plan, relation: str, rewrite: Rewrite) -> None:
        waiting = [(relation, rewrite)]
        for own, part in waiting:
            match part:
                case Direct(restrictions):
                    self._add_direct(plan, own, restrictions)
                case Computed(other):
                    waiting.extend(self._inlined(plan, other))
                case FromParent(other, tupleset):
                    self._add_edge(plan, own, FromParent(other, tupleset))
                case Conferred(permission):
                    plan.conferred[permission] = self._analysis.route((plan.type, own))
                case Union(operands):
                    waiting.extend((own, operand) for operand in operands)
                case _:
                    plan.nodes.append(self._node(plan.type, own, part))
        plan.routes = {own: self._analysis.route((plan.type, own)) for own in plan.usersets}
        plan.descends = any(
            target.shape is not Shape.PLAIN or CONDITIONAL in kind for kind, target in self._userset_plans(plan)
        )

    def _node(self, type: str, relation: str, part: Intersection | Exclusion) -> Node:
        if isinstance(part, Intersection):
            return Every(tuple(self._operand(type, relation, operand) for operand in part.operands))
        return Except(self._operand(type, relation, part.base), self._operand(type, relation, part.subtract))

    def _operand(self, type: str, relation: str, rewrite: Rewrite) -> Plan:
        plan = Plan(type, Shape.MONOTONE, is_relation=False)
        self._flatten(plan, relation, rewrite)
        above = [target for edge in plan.edges for target in edge.targets.values()]
        above.extend(target for _, target in self._userset_plans(plan))
        if plan.nodes or any(target.shape is Shape.MIXED for target in above):
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
            self._inlinings += 1
            if self._inlinings > MOST_INLINED:
                raise InvalidModel(f"relations are computed from each other more than {MOST_INLINED:,} times in all")
            plan.relations.add(other)
            yield other, self._types[plan.type][other]

    def _add_edge(self, plan: Plan, own: str, rewrite: FromParent) -> None:
        relation, tupleset = rewrite.relation, rewrite.tupleset
        targets = {
            parent: self.by_type[parent][relation]
            for parent in tupleset_types(self._types, plan.type, tupleset)
            if relation in self.by_type.get(parent, {})
        }
        if targets and not any(edge.relation == relation and edge.tupleset == tupleset for edge in plan.edges):
            permitted = frozenset(entry.kind for entry in tupleset_entries(self._types, plan.type, tupleset))
            plan.edges.append(Edge(tupleset, relation, permitted, targets, self._analysis.route((plan.type, own))))

    def _usersets(self, restrictions: Iterable[Restriction]) -> Iterator[tuple[str, Plan]]:
        for entry in restrictions:
            target = self.by_type.get(entry.type, {}).get(entry.relation or "")
            if target is not None:
                yield entry.kind, target

    def _userset_plans(self, plan: Plan) -> Iterator[tuple[str, Plan]]:
        for targets in plan.usersets.values():
            yield from targets.items()
        if plan.conferred:
            yield from self.holder_usersets.items()
