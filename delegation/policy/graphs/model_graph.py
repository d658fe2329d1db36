"""A model as a graph: every type a frame, every relation a node, and edges along which rights flow."""

from collections.abc import Iterator
from typing import Final

from authz_core import Computed, Direct, Exclusion, FromParent, Intersection, Model, Restriction, Rewrite, Union
from delegation.policy.graphs.dot import dot_cluster, dot_edge, dot_graph, dot_node

_NAMES: Final = {"and": "intersection", "but not": "exclusion", "or": "union"}


def model_graph(name: str, model: Model) -> str:
    """Return the model as a graph in DOT."""
    sheet = _Sheet(model)
    for type_, relations in model.types.items():
        for relation, rewrite in relations.items():
            sheet.draw(type_, f"{type_}#{relation}", rewrite, "")
    return dot_graph(name, [*sheet.frames(), *sheet.edges])


class _Sheet:
    """What has been drawn: subjects and operators in the frames of their types, and edges."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._frames: dict[str, dict[str, str]] = {type_: {} for type_ in model.types}  # type → node → its line
        self._operators = 0
        self.edges: list[str] = []

    def frames(self) -> Iterator[str]:
        """Iterate over the lines of all frames."""
        for number, (type_, relations) in enumerate(self._model.types.items()):
            nodes = dict(self._frames[type_])
            for relation in relations:
                nodes[f"{type_}#{relation}"] = dot_node(f"{type_}#{relation}", label=relation, shape="box")
            nodes = nodes or {type_: dot_node(type_, label=type_, shape="ellipse")}
            yield from dot_cluster(number, type_, nodes.values())

    def draw(self, type: str, target: str, rewrite: Rewrite, purpose: str) -> None:
        """Draw what leads to a node, for the purpose that it has there."""
        match rewrite:
            case Union(operands):
                for operand in operands:
                    self.draw(type, target, operand, purpose)
            case Intersection(operands):
                node = self._operator(type, target, "and", purpose)
                for operand in operands:
                    self._operand(type, node, operand, "")
            case Exclusion(base, subtract):
                node = self._operator(type, target, "but not", purpose)
                self._operand(type, node, base, "base")
                self._operand(type, node, subtract, "subtracted")
            case _:
                for source, label in self._sources(type, rewrite):
                    self._edge(source, target, label, purpose)

    def _operator(self, type: str, target: str, sign: str, purpose: str) -> str:
        """Draw an operator that leads to a node, and return its own."""
        self._operators += 1
        node = f"{target} {sign} {self._operators}"
        self._frames[type][node] = dot_node(node, label=sign, shape="diamond")
        self._edge(node, target, _NAMES[sign], purpose)
        return node

    def _operand(self, type: str, operator: str, operand: Rewrite, purpose: str) -> None:
        """Draw what leads to an operator; several ways are one operand, so they meet in a node before it."""
        if self._ways(type, operand) > 1:
            operator, purpose = self._operator(type, operator, "or", purpose), ""
        self.draw(type, operator, operand, purpose)

    def _ways(self, type: str, rewrite: Rewrite) -> int:
        """Return with how many edges a rewrite is drawn."""
        match rewrite:
            case Union(operands):
                return sum(self._ways(type, operand) for operand in operands)
            case Intersection() | Exclusion():
                return 1
            case _:
                return len(self._sources(type, rewrite))

    def _edge(self, source: str, target: str, label: str, purpose: str) -> None:
        told = f"{label}, {purpose}" if purpose else label
        style = {"style": "dashed"} if purpose == "subtracted" else {}
        self.edges.append(dot_edge(source, target, label=told, **style))

    def _sources(self, type: str, rewrite: Rewrite) -> list[tuple[str, str]]:
        """Return the nodes from which rights come, and how they do."""
        match rewrite:
            case Direct(restrictions):
                return [(self._subject(entry), _on_condition("direct", entry)) for entry in restrictions]
            case Computed(relation):
                return [(f"{type}#{relation}", "computed")]
            case FromParent(relation, tupleset):
                return [
                    (f"{entry.type}#{relation}", _on_condition(f"from {tupleset}", entry))
                    for entry in self._parents(type, tupleset)
                    if relation in self._model.types[entry.type]
                ]
            case _:  # What roles confer is drawn as a catalog.
                return []

    def _parents(self, type: str, tupleset: str) -> tuple[Restriction, ...]:
        rewrite = self._model.types[type][tupleset]
        return rewrite.restrictions if isinstance(rewrite, Direct) else ()

    def _subject(self, entry: Restriction) -> str:
        """Return the node of those whom an entry is for, made where it is no relation."""
        if entry.relation is None:
            self._frames[entry.type][entry.form] = dot_node(entry.form, label=entry.form, shape="ellipse")
        return entry.form


def _on_condition(label: str, entry: Restriction) -> str:
    return label if entry.condition is None else f"{label} with {entry.condition}"
