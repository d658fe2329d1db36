"""From the expressions of a document to the rewrites of a model, and back.

Both call themselves for operands: neither a document that is within the limits nor a model nests deeper than
`DEEPEST`.
"""

from collections.abc import Mapping

from authz_core.errors import InvalidModel, quoted
from authz_core.language.document import (
    ComputedUserset,
    Difference,
    Document,
    Entry,
    Expression,
    IntersectionOf,
    RelationDefinition,
    This,
    TupleToUserset,
    TypeDefinition,
    UnionOf,
)
from authz_core.language.outline import relations_of
from authz_core.model.analysis import parts
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


def types_of(document: Document) -> dict[str, dict[str, Rewrite]]:
    """Return what the relations of each type mean."""
    return {
        type_: {name: _rewrite(relation.expression, _restrictions(relation)) for name, relation in relations.items()}
        for type_, relations in relations_of(document).items()
    }


def definition_of(type: str, relations: Mapping[str, Rewrite]) -> TypeDefinition:
    """Return a type as it is written; raise `InvalidModel` where that cannot be written."""
    return TypeDefinition(type, tuple(_relation(type, name, rewrite) for name, rewrite in relations.items()))


def _restrictions(relation: RelationDefinition) -> tuple[Restriction, ...]:
    return tuple(entry.restriction for entry in relation.entries)


def _rewrite(expression: Expression, restrictions: tuple[Restriction, ...]) -> Rewrite:
    match expression:
        case This():
            return Direct(restrictions)
        case ComputedUserset(relation):
            return Computed(relation)
        case TupleToUserset(relation, tupleset):
            return FromParent(relation, tupleset)
        case UnionOf(operands):
            return Union(tuple(_rewrite(operand, restrictions) for operand in operands))
        case IntersectionOf(operands):
            return Intersection(tuple(_rewrite(operand, restrictions) for operand in operands))
        case _:
            base, subtract = expression.base, expression.subtract
            return Exclusion(_rewrite(base, restrictions), _rewrite(subtract, restrictions))


def _relation(type: str, name: str, rewrite: Rewrite) -> RelationDefinition:
    lists = dict.fromkeys(part.restrictions for part in parts(rewrite) if isinstance(part, Direct))
    place = quoted(f"{type}#{name}")
    if len(lists) > 1:
        raise InvalidModel(f"{place} has several lists of types, and a written relation has one")
    if any(isinstance(part, Conferred) for part in parts(rewrite)):
        raise InvalidModel(f"{place} is conferred by roles, which has no written form")
    entries = tuple(Entry(restriction) for listed in lists for restriction in listed)
    return RelationDefinition(name, _expression(rewrite), entries)


def _expression(rewrite: Rewrite) -> Expression:
    match rewrite:
        case Computed(relation):
            return ComputedUserset(relation)
        case FromParent(relation, tupleset):
            return TupleToUserset(relation, tupleset)
        case Union((operand,)) | Intersection((operand,)):
            return _expression(operand)
        case Union(operands):
            return UnionOf(tuple(map(_expression, operands)))
        case Intersection(operands):
            return IntersectionOf(tuple(map(_expression, operands)))
        case Exclusion(base, subtract):
            return Difference(_expression(base), _expression(subtract))
        case _:
            return This()
