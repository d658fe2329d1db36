"""Where a resource may lie: beneath a parent of an allowed type, in no circle, and not too deep."""

from authz_core.errors import InvalidPlacement, quoted
from authz_core.model.analysis import tupleset_types
from authz_core.model.policy import Model
from authz_core.rbac.catalog import PARENT
from authz_core.references import Object, type_of
from authz_core.relationships.index import Relationships


def place(model: Model, facts: Relationships, object: Object, parent: Object, *, max_depth: int) -> None:
    """Accept that the object, with all that lies beneath it, comes to lie beneath the parent.

    The root lies at depth 0, and nothing may lie deeper than `max_depth`. Raises `InvalidPlacement`.
    """
    allowed = tupleset_types(model.types, type_of(object), PARENT)
    if type_of(parent) not in allowed:
        wanted = " or ".join(map(quoted, allowed)) or "nothing"
        raise InvalidPlacement(f"{quoted(object)} lies beneath {wanted}, not beneath {quoted(parent)}")
    above = _ancestry(model, facts, parent, max_depth)
    if object in above:
        raise InvalidPlacement(f"{quoted(parent)} itself lies beneath {quoted(object)}")
    if len(above) + _height(facts, object, max_depth) > max_depth:
        raise InvalidPlacement(f"{quoted(object)} or what lies beneath it would lie deeper than {max_depth} levels")


def _ancestry(model: Model, facts: Relationships, node: Object, max_depth: int) -> list[Object]:
    """Return the object and all above it up to the root, hence as many as its depth plus one."""
    above = [node]
    while tupleset_types(model.types, type_of(above[-1]), PARENT):
        parents = facts.parents(above[-1], PARENT)
        if len(parents) != 1:
            places = f"{len(parents)} places" if parents else "no place"
            raise InvalidPlacement(f"{quoted(above[-1])} has {places} itself")
        above.append(parents[0])
        if len(above) > max_depth:
            raise InvalidPlacement(f"{quoted(node)} lies {max_depth} levels deep already")
    return above


def _height(facts: Relationships, node: Object, max_depth: int) -> int:
    """Return how many levels lie beneath the object, counted no further than the depth allowed."""
    level, height = [node], 0
    while height <= max_depth and (level := [child for each in level for child in facts.children(each, PARENT)]):
        height += 1
    return height
