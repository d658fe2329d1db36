"""What is written twice where once says it all, or where the second would contradict the first."""

from collections.abc import Hashable, Iterator

from authz_core.errors import quoted
from authz_core.language.document import Document, Position, RelationDefinition
from authz_core.language.faults import Fault
from authz_core.language.outline import Leaf, definitions, operands, place_of, written

CODE = "duplicated-error"

Occurrence = tuple[Hashable, str, Position | None]
"""What is compared, what is shown of it, and where it stands."""


def duplicate_faults(document: Document) -> Iterator[Fault]:
    """Iterate over repeated definitions, entries and operands."""
    yield from _repeated("the model defines type", ((each.name, each.name, each.at) for each in document.types))
    yield from _repeated("the model defines condition", _condition_names(document))
    for type_ in document.types:
        names = ((each.name, each.name, each.at) for each in type_.relations)
        yield from _repeated(f"type {quoted(type_.name)} defines", names)
    for owner, relation in definitions(document):
        name = quoted(f"{owner.name}#{relation.name}")
        yield from _repeated(f"{name} lists", _entries(relation))
        yield from _repeated(f"{name} names", _operands(relation))


def _repeated(owner: str, occurrences: Iterator[Occurrence]) -> Iterator[Fault]:
    seen: set[Hashable] = set()
    for compared, shown, at in occurrences:
        if compared in seen:
            yield Fault(CODE, f"{owner} {quoted(shown)} again", at, shown, "it once")
        seen.add(compared)


def _condition_names(document: Document) -> Iterator[Occurrence]:
    return ((each.condition.name, each.condition.name, each.at) for each in document.conditions)


def _entries(relation: RelationDefinition) -> Iterator[Occurrence]:
    return ((entry.restriction, entry.restriction.kind, entry.at) for entry in relation.entries)


def _operands(relation: RelationDefinition) -> Iterator[Occurrence]:
    """Iterate over the operands at the top that are no operators themselves."""
    leaves = (operand for operand in operands(relation.expression) if isinstance(operand, Leaf))
    return ((leaf, written(leaf), place_of(leaf, relation)) for leaf in leaves)
