"""Which relations are defined by nothing but themselves, and which no stored fact could let anyone hold."""

from collections.abc import Iterable, Iterator

from authz_core.errors import quoted
from authz_core.model.analysis import Place, Types, operands, parts, tupleset_types
from authz_core.model.rewrites import (
    Computed,
    Conferred,
    Direct,
    FromParent,
    Restriction,
    Rewrite,
    Union,
)


def circular(types: Types) -> Iterator[str]:
    """Iterate over the relations whose chain of computed relations returns to themselves."""
    for type_, relations in types.items():
        computed = {
            relation: {part.relation for part in parts(rewrite) if isinstance(part, Computed)}
            for relation, rewrite in relations.items()
        }
        for relation in relations:
            reached = dict.fromkeys(computed[relation])
            waiting = list(reached)
            for other in waiting:
                new = [each for each in computed[other] if each not in reached]
                reached.update(dict.fromkeys(new))
                waiting.extend(new)
            if relation in reached:
                yield f"{quoted(f'{type_}#{relation}')} is computed from itself in a circle"


def unreachable(types: Types, holders: tuple[Restriction, ...]) -> Iterator[str]:
    """Iterate over the relations that nobody could ever hold, whatever is stored."""
    entries = _Entries(types, holders)
    waiting = {
        (type_, relation): rewrite for type_, relations in types.items() for relation, rewrite in relations.items()
    }
    while new := {place for place, rewrite in waiting.items() if entries.lead_to(place[0], rewrite)}:
        entries.found |= new
        waiting = {place: rewrite for place, rewrite in waiting.items() if place not in new}
    yield from (f"{quoted(f'{type_}#{relation}')} can be held by nobody" for type_, relation in waiting)


class _Entries:
    """The relations already known to be open to somebody."""

    def __init__(self, types: Types, holders: tuple[Restriction, ...]) -> None:
        self._types = types
        self._holders = holders
        self.found: set[Place] = set()

    def lead_to(self, type: str, rewrite: Rewrite) -> bool:
        """Tell whether somebody can get in by what is known so far."""
        match rewrite:
            case Direct(restrictions):
                return self._any(restrictions)
            case Conferred():
                return self._any(self._holders)
            case Computed(relation):
                return (type, relation) in self.found
            case FromParent(relation, tupleset):
                return any((parent, relation) in self.found for parent in tupleset_types(self._types, type, tupleset))
            case Union(inner):
                return any(self.lead_to(type, operand) for operand in inner)
            case _:
                return all(self.lead_to(type, operand) for operand in operands(rewrite))

    def _any(self, restrictions: Iterable[Restriction]) -> bool:
        return any(entry.relation is None or (entry.type, entry.relation) in self.found for entry in restrictions)
