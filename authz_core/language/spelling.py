"""Expressions as they stand in text behind `define NAME:`."""

from collections.abc import Iterable

from authz_core.errors import quoted
from authz_core.language.document import (
    ComputedUserset,
    Difference,
    Expression,
    IntersectionOf,
    RelationDefinition,
    This,
    TupleToUserset,
    UnionOf,
)
from authz_core.language.expressions import DEEPEST
from authz_core.language.faults import Fault, InvalidDocument
from authz_core.language.tokens import is_identifier, is_name
from authz_core.model.rewrites import Restriction

NO_TEXT = "no-text-form"

_FEWEST = 2  # operands of a union or intersection


def spelled(relation: RelationDefinition) -> str:
    """Return what a relation is defined as; raise `InvalidDocument` where no text says that."""
    return _Speller(relation).text()


class _Speller:
    """Spells the definition of one relation."""

    def __init__(self, relation: RelationDefinition) -> None:
        self._relation = relation

    def text(self) -> str:
        """Return the whole expression."""
        expression, entries = self._relation.expression, self._relation.entries
        text = self._expression(expression, 0, leftmost=True)
        if entries and not text.lstrip("(").startswith("["):
            raise self._unwritable("lists types although nobody holds it directly")
        return text

    def _expression(self, expression: Expression, depth: int, *, leftmost: bool) -> str:
        match expression:
            case This():
                return self._list(leftmost=leftmost)
            case ComputedUserset(relation):
                return self._name(relation)
            case TupleToUserset(relation, tupleset):
                return f"{self._name(relation)} from {self._name(tupleset)}"
            case UnionOf(operands):
                return self._joined(" or ", _direct_first(operands), depth, leftmost=leftmost)
            case IntersectionOf(operands):
                return self._joined(" and ", _direct_first(operands), depth, leftmost=leftmost)
            case _:
                operands = (expression.base, expression.subtract)
                return self._joined(" but not ", [*operands], depth, leftmost=leftmost)

    def _joined(self, operator: str, operands: list[Expression], depth: int, *, leftmost: bool) -> str:
        if len(operands) < _FEWEST:
            raise self._unwritable(f"joins {len(operands)} operands")
        if depth > DEEPEST:
            raise self._unwritable(f"nests operators more than {DEEPEST} deep")
        first, *others = operands
        texts = [self._operand(first, depth, leftmost=leftmost)]
        texts += [self._operand(other, depth, leftmost=False) for other in others]
        return operator.join(texts)

    def _operand(self, expression: Expression, depth: int, *, leftmost: bool) -> str:
        text = self._expression(expression, depth + 1, leftmost=leftmost)
        return f"({text})" if isinstance(expression, UnionOf | IntersectionOf | Difference) else text

    def _list(self, *, leftmost: bool) -> str:
        if not leftmost:
            raise self._unwritable("is held directly elsewhere than at the very left, or twice")
        if not self._relation.entries:
            raise self._unwritable("is held directly by no type")
        return f"[{', '.join(self._entry(entry.restriction) for entry in self._relation.entries)}]"

    def _entry(self, entry: Restriction) -> str:
        if entry.wildcard and entry.relation is not None:
            raise self._unwritable(f"lists {quoted(entry.type)} with both a wildcard and a relation")
        self._name(entry.type)
        self._name(entry.type if entry.relation is None else entry.relation)
        if entry.condition is not None and not is_identifier(entry.condition):
            raise self._unwritable(f"names a condition {quoted(entry.condition)}")
        return entry.kind

    def _name(self, name: str) -> str:
        if not is_name(name):
            raise self._unwritable(f"names {quoted(name)}")
        return name

    def _unwritable(self, why: str) -> InvalidDocument:
        name = self._relation.name
        return InvalidDocument(Fault(NO_TEXT, f"relation {quoted(name)} has no text form: it {why}", self._relation.at))


def _direct_first(operands: Iterable[Expression]) -> list[Expression]:
    return sorted(operands, key=lambda operand: not isinstance(operand, This))
