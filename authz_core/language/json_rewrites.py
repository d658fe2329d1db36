"""Expressions in their JSON form, called rewrites there."""

from authz_core.errors import quoted
from authz_core.language.document import (
    ComputedUserset,
    Difference,
    Expression,
    IntersectionOf,
    This,
    TupleToUserset,
    UnionOf,
)
from authz_core.language.expressions import DEEPEST
from authz_core.language.faults import Fault, InvalidDocument
from authz_core.language.json_values import Value

MOST_NODES = 100_000
"""How many nodes the rewrites of one model may have together, which is more than its text has room for."""

_KINDS = ("this", "computedUserset", "tupleToUserset", "union", "intersection", "difference")


class Rewrites:
    """Reads the rewrites of one model."""

    def __init__(self) -> None:
        self._left = MOST_NODES

    def read(self, value: Value, depth: int = 0) -> Expression:
        """Return the expression that a rewrite is; raise `InvalidDocument`."""
        self._left -= 1
        if self._left < 0:
            raise InvalidDocument(Fault("too-large", f"the rewrites have more than {MOST_NODES} nodes"))
        # One more than the parentheses that may be open in text: the outermost operator needs none.
        if depth > DEEPEST + 1:
            message = f"operators nest more than {DEEPEST + 1} deep beneath {quoted(value.path)}"
            raise InvalidDocument(Fault("too-deep", message))
        members = value.members()
        if len(members) != 1 or not members.keys() <= set(_KINDS):
            found = ", ".join(members)
            message = f"`{value.path}` holds {quoted(found) if found else 'nothing'}"
            raise InvalidDocument(
                Fault("invalid-json", message, None, found, f"one of {', '.join(map(quoted, _KINDS))}")
            )
        ((kind, inner),) = members.items()
        return self._node(kind, inner, depth)

    def _node(self, kind: str, inner: Value, depth: int) -> Expression:
        match kind:
            case "this":
                inner.fields()
                return This()
            case "computedUserset":
                return ComputedUserset(_relation(inner))
            case "tupleToUserset":
                parts = inner.fields(("tupleset", "computedUserset"))
                return TupleToUserset(_relation(parts["computedUserset"]), _relation(parts["tupleset"]))
            case "union":
                return UnionOf(self._children(inner, depth))
            case "intersection":
                return IntersectionOf(self._children(inner, depth))
            case _:
                parts = inner.fields(("base", "subtract"))
                return Difference(self.read(parts["base"], depth + 1), self.read(parts["subtract"], depth + 1))

    def _children(self, value: Value, depth: int) -> tuple[Expression, ...]:
        return tuple(self.read(child, depth + 1) for child in value.fields(("child",))["child"].items())


def rewrite_of(expression: Expression, depth: int = 0) -> dict[str, object]:
    """Return the rewrite that an expression is; raise `InvalidDocument` where operators nest too deeply."""
    if depth > DEEPEST + 1:
        raise InvalidDocument(Fault("too-deep", f"operators nest more than {DEEPEST + 1} deep"))
    match expression:
        case This():
            return {"this": {}}
        case ComputedUserset(relation):
            return {"computedUserset": {"relation": relation}}
        case TupleToUserset(relation, tupleset):
            return {
                "tupleToUserset": {"tupleset": {"relation": tupleset}, "computedUserset": {"relation": relation}},
            }
        case UnionOf(operands):
            return {"union": {"child": [rewrite_of(operand, depth + 1) for operand in operands]}}
        case IntersectionOf(operands):
            return {"intersection": {"child": [rewrite_of(operand, depth + 1) for operand in operands]}}
        case _:
            base, subtract = (rewrite_of(each, depth + 1) for each in (expression.base, expression.subtract))
            return {"difference": {"base": base, "subtract": subtract}}


def _relation(value: Value) -> str:
    fields = value.fields(("relation",), ("object",))
    if "object" in fields and fields["object"].text():
        raise fields["object"].wrong("no object")
    return fields["relation"].text()
