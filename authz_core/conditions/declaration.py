"""Refuses what is wrong with a condition before its expression is read: limits, names and types."""

import re
from collections.abc import Iterator
from typing import Final

from authz_core.conditions.coercion import SCALARS
from authz_core.errors import quoted
from authz_core.model.conditions import Condition, ParameterKind, ParameterType

MOST_PARAMETERS: Final = 25
"""Parameters that a condition may have."""

LONGEST_EXPRESSION: Final = 512
"""Bytes that an expression may take."""

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,49}")
# The library reads a text up to its first null character.
_UNWRITTEN: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_HOLDING: Final = frozenset({ParameterKind.LIST, ParameterKind.MAP})


def problems(condition: Condition) -> Iterator[str]:
    """Yield what is wrong with a condition, its expression aside."""
    name = quoted(condition.name)
    if len(condition.parameters) > MOST_PARAMETERS:
        yield f"condition {name} has {len(condition.parameters)} parameters, more than {MOST_PARAMETERS}"
    size = len(condition.expression.encode(errors="surrogatepass"))
    if size > LONGEST_EXPRESSION:
        yield f"the expression of condition {name} takes {size} bytes, more than {LONGEST_EXPRESSION}"
    if _UNWRITTEN.search(condition.expression):
        yield f"the expression of condition {name} has a control character"
    seen: set[str] = set()
    for parameter in condition.parameters:
        if parameter.name in seen:
            yield f"condition {name} declares parameter {quoted(parameter.name)} twice"
        seen.add(parameter.name)
        if not _NAME.fullmatch(parameter.name):
            yield f"condition {name} has a parameter {quoted(parameter.name)}, letters, digits, `_` and `-` are wanted"
        if not _makes_sense(parameter.type):
            yield f"parameter {quoted(parameter.name)} of condition {name} has no type `{parameter.type}`"


def _makes_sense(type: ParameterType) -> bool:
    """Tell whether a type is a scalar or any one, or holds elements of a scalar type."""
    return type.element in SCALARS if type.kind in _HOLDING else type.element is None
