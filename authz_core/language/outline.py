"""A document's expressions taken apart, and its names with what they stand for."""

from collections.abc import Iterator, Mapping

from authz_core.language.document import (
    ComputedUserset,
    ConditionDefinition,
    Difference,
    Document,
    Expression,
    IntersectionOf,
    Position,
    RelationDefinition,
    This,
    TupleToUserset,
    TypeDefinition,
    UnionOf,
)

Leaf = This | ComputedUserset | TupleToUserset

Relations = Mapping[str, Mapping[str, RelationDefinition]]
"""type → relation → its definition; of definitions with one name, the first."""


def relations_of(document: Document) -> Relations:
    """Return every type with its relations."""
    relations: dict[str, dict[str, RelationDefinition]] = {}
    for type_ in document.types:
        own = relations.setdefault(type_.name, {})
        for relation in type_.relations:
            own.setdefault(relation.name, relation)
    return relations


def definitions(document: Document) -> Iterator[tuple[TypeDefinition, RelationDefinition]]:
    """Iterate over all relations, in the order of the document, each with the type that it is written beneath."""
    for type_ in document.types:
        for relation in type_.relations:
            yield type_, relation


def operands(expression: Expression) -> tuple[Expression, ...]:
    """Return the expressions directly beneath an operator; none for what is no operator."""
    match expression:
        case UnionOf(inner) | IntersectionOf(inner):
            return inner
        case Difference(base, subtract):
            return (base, subtract)
        case _:
            return ()


def parts(expression: Expression) -> Iterator[Expression]:
    """Iterate over an expression and all that it consists of, from left to right."""
    waiting = [expression]
    while waiting:
        part = waiting.pop()
        yield part
        waiting.extend(reversed(operands(part)))


def place_of(leaf: Leaf, relation: RelationDefinition) -> Position | None:
    """Return where the leaf stands, or where its relation is defined if that is not known."""
    own = None if isinstance(leaf, This) else leaf.at
    return own or relation.at


def written(leaf: Leaf) -> str:
    """Return a leaf as it is written, the direct list without its entries."""
    if isinstance(leaf, This):
        return "[...]"
    if isinstance(leaf, ComputedUserset):
        return leaf.relation
    return f"{leaf.relation} from {leaf.tupleset}"


def origins(document: Document) -> Iterator[tuple[str, str, Position | None]]:
    """Iterate over module, file and place of all that remembers where it comes from."""
    written_down: tuple[TypeDefinition | RelationDefinition | ConditionDefinition, ...] = (
        *document.types,
        *(relation for _, relation in definitions(document)),
        *document.conditions,
    )
    for each in written_down:
        if each.module is not None:
            yield each.module, each.file or "", each.at
