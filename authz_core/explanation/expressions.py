"""Definitions in their author's words."""

from typing import Final

from authz_core.model.analysis import operands
from authz_core.model.rewrites import (
    Computed,
    Conferred,
    Direct,
    FromParent,
    Intersection,
    Rewrite,
    Union,
)

LONGEST: Final = 120
"""Characters of a definition that are shown."""

Position = tuple[int, ...]
"""Where a part stands in a definition: which operand of which operand; the whole has the empty position."""


def parts_of(rewrite: Rewrite) -> dict[Position, Rewrite]:
    """Return all parts of a definition by their positions."""
    parts: dict[Position, Rewrite] = {}
    waiting: list[tuple[Position, Rewrite]] = [((), rewrite)]
    for position, part in waiting:
        parts[position] = part
        waiting.extend(((*position, number), operand) for number, operand in enumerate(operands(part)))
    return parts


def shown(rewrite: Rewrite) -> str:
    """Return the expression as text of bounded length."""
    text = written(rewrite)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def written(rewrite: Rewrite) -> str:
    """Return the expression as one would write it; what roles confer is said in words."""
    match rewrite:
        case Direct(restrictions):
            return f"[{', '.join(entry.kind for entry in restrictions)}]"
        case Computed(relation):
            return relation
        case FromParent(relation, tupleset):
            return f"{relation} from {tupleset}"
        case Conferred(permission):
            return f"a role with {permission}"
        case Union(inner):
            return " or ".join(map(_operand, inner))
        case Intersection(inner):
            return " and ".join(map(_operand, inner))
        case _:
            return f"{_operand(rewrite.base)} but not {_operand(rewrite.subtract)}"


def _operand(rewrite: Rewrite) -> str:
    return f"({written(rewrite)})" if operands(rewrite) else written(rewrite)
