"""How large a model may be; what is larger is refused before anything else is asked of it."""

from collections.abc import Iterator
from itertools import accumulate

from authz_core.errors import quoted
from authz_core.language.document import (
    ComputedUserset,
    Document,
    Expression,
    Position,
    RelationDefinition,
    TupleToUserset,
)
from authz_core.language.faults import Fault
from authz_core.language.outline import definitions, operands, parts
from authz_core.model.analysis import DEEPEST

TYPES = 100
CONDITIONS = 25
PARAMETERS = 25  # of one condition
EXPRESSION = 512  # bytes of one condition's expression
MODEL = 256 * 1024  # bytes of the whole

_OVERHEAD = 2  # bytes: a tag and a length stand before each text and each part


def limit_faults(document: Document) -> Iterator[Fault]:
    """Iterate over what is larger than a model may be."""
    yield from too_many("types", len(document.types), TYPES, document.at)
    yield from too_many("conditions", len(document.conditions), CONDITIONS, document.at)
    # Whoever goes down into the expressions may rely on it that they end, were they put together from shared parts.
    if any(size > MODEL for size in accumulate(map(_size, _texts(document)))):
        message = "all names and expressions together are too long"
        yield Fault("model-too-large", message, document.at, None, f"at most {MODEL} bytes")
    else:
        yield from _depth_faults(document)


def _depth_faults(document: Document) -> Iterator[Fault]:
    for type_, relation in definitions(document):
        if _is_deep(relation.expression):
            message = f"the operators of {quoted(f'{type_.name}#{relation.name}')} nest too deeply"
            yield Fault("nested-too-deeply", message, relation.at, relation.name, f"at most {DEEPEST} levels")


def too_many(what: str, count: int, most: int, at: Position | None) -> Iterator[Fault]:
    """Iterate over the one fault of having more than the most there may be."""
    if count > most:
        yield Fault(f"too-many-{what}", f"there are {count} {what}", at, str(count), f"at most {most}")


def _is_deep(expression: Expression) -> bool:
    level: list[Expression] = [expression]
    for _ in range(DEEPEST + 1):
        level = [operand for part in level for operand in operands(part)]
    return bool(level)


def _texts(document: Document) -> Iterator[str]:
    """Iterate over all texts of a model as often as they are written in a message, and an empty one for each part."""
    yield from (type_.name for type_ in document.types)
    for _, relation in definitions(document):
        yield from _relation_texts(relation)
    for definition in document.conditions:
        condition = definition.condition
        yield from (condition.name, condition.name, condition.expression)
        for parameter in condition.parameters:
            yield from (parameter.name, "")


def _relation_texts(relation: RelationDefinition) -> Iterator[str]:
    yield from (relation.name, relation.name)  # once for the expression and once for the list
    for part in parts(relation.expression):
        match part:
            case ComputedUserset(other):
                yield other
            case TupleToUserset(other, tupleset):
                yield from (other, tupleset)
            case _:
                yield ""
    for entry in relation.entries:
        yield from (entry.restriction.type, entry.restriction.relation or "", entry.restriction.condition or "")


def _size(text: str) -> int:
    """Return about how many bytes a text takes in the binary messages for which the limit was set at first."""
    return len(text.encode("utf-8", "surrogatepass")) + _OVERHEAD
