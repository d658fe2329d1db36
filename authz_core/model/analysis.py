"""What follows for each relation of a model from the relations it looks at."""

from collections.abc import Iterable, Iterator, Mapping

from authz_core.errors import InvalidModel
from authz_core.model.plans import Shape
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

Types = Mapping[str, Mapping[str, Rewrite]]

Place = tuple[str, str]
"""A type and one of its relations."""

DEEPEST = 64
"""How deep the operators of one definition may nest."""

MOST_FOLLOWED = 1_000_000
"""How many relations may lie on the routes to all others, each route counted by itself."""


def operands(rewrite: Rewrite) -> tuple[Rewrite, ...]:
    """Return the expressions directly beneath an operator."""
    match rewrite:
        case Union(inner) | Intersection(inner):
            return inner
        case Exclusion(base, subtract):
            return (base, subtract)
        case _:
            return ()


def parts(rewrite: Rewrite) -> Iterator[Rewrite]:
    """Iterate over an expression and all that it consists of; raise `InvalidModel` where it nests too deeply."""
    waiting: list[tuple[Rewrite, int]] = [(rewrite, 0)]
    while waiting:
        part, depth = waiting.pop()
        if depth > DEEPEST:
            raise InvalidModel(f"operators nest more than {DEEPEST} deep")
        yield part
        waiting.extend((operand, depth + 1) for operand in operands(part))


def tupleset_entries(types: Types, type: str, tupleset: str) -> tuple[Restriction, ...]:
    """Return what a tupleset of a type may name, plain objects only; nothing unless it is a direct list."""
    match types.get(type, {}).get(tupleset):
        case Direct(restrictions):
            return tuple(entry for entry in restrictions if entry.relation is None and not entry.wildcard)
        case _:
            return ()


def tupleset_types(types: Types, type: str, tupleset: str) -> tuple[str, ...]:
    """Return the types that a tupleset of a type may name, each once; none unless it is a direct list."""
    return tuple(dict.fromkeys(entry.type for entry in tupleset_entries(types, type, tupleset)))


def _takes_away(part: Rewrite) -> bool:
    return isinstance(part, Intersection | Exclusion)


class Analysis:
    """The relations of a model as a graph of what looks at what."""

    def __init__(self, types: Types, holders: tuple[Restriction, ...]) -> None:
        """Look at every expression once; raise `InvalidModel` where one nests too deeply."""
        self._types = types
        self._holders = holders
        self._parts = {
            (type_, relation): tuple(parts(rewrite))
            for type_, relations in types.items()
            for relation, rewrite in relations.items()
        }
        self._followed = 0
        self._routes: dict[Place, frozenset[str]] = {}
        self._seen = {
            place: {seen for part in inner for seen in self._looks_at(place[0], part) if seen in self._parts}
            for place, inner in self._parts.items()
        }
        self._computing = self._above(p for p, inner in self._parts.items() if self._computes(inner))
        self._mixed = self._above(p for p, inner in self._parts.items() if any(map(_takes_away, inner)))
        self._conditional = any(entry.condition is not None for entry in self._entries())

    @property
    def public(self) -> frozenset[str]:
        """Return the types of which everyone may be named somewhere."""
        return frozenset(entry.type for entry in self._entries() if entry.wildcard)

    def shape(self, place: Place) -> Shape:
        """Return how the relation can be answered."""
        if place in self._mixed:
            return Shape.MIXED
        return Shape.MONOTONE if place in self._computing else Shape.PLAIN

    def route(self, place: Place) -> frozenset[str] | None:
        """Return the kinds of subject from which a route leads to the relation, or none where that cannot matter.

        It can where something is taken away or on a condition: what no route leads to raises no error there.
        """
        if not self._mixed and not self._conditional:
            return None
        if place not in self._routes:
            self._routes[place] = self._kinds_towards(place)
        return self._routes[place]

    def _kinds_towards(self, place: Place) -> frozenset[str]:
        reached = {place}
        waiting = [place]
        kinds: set[str] = set()
        for current in waiting:
            kinds.update(entry.form for part in self._parts[current] for entry in self._restrictions(part))
            for seen in self._seen[current]:
                kinds.add(f"{seen[0]}#{seen[1]}")
                if seen not in reached:
                    reached.add(seen)
                    waiting.append(seen)
        self._followed += len(reached)
        if self._followed > MOST_FOLLOWED:
            raise InvalidModel(f"relations lead to other relations more than {MOST_FOLLOWED:,} times in all")
        return frozenset(kinds)

    def _entries(self) -> Iterator[Restriction]:
        """Iterate over all that restricts who may be stored anywhere."""
        yield from self._holders
        for inner in self._parts.values():
            for part in inner:
                yield from self._restrictions(part)

    def _computes(self, inner: tuple[Rewrite, ...]) -> bool:
        """Tell whether it takes more to have a relation than to be followed upward from a stored relationship.

        Usersets on a condition are looked at from above, for their condition may fail whoever asks.
        """
        if not isinstance(inner[0], Direct):
            return True
        return any(entry.relation is not None and entry.condition is not None for entry in inner[0].restrictions)

    def _restrictions(self, part: Rewrite) -> tuple[Restriction, ...]:
        match part:
            case Direct(restrictions):
                return restrictions
            case Conferred():
                return self._holders
            case _:
                return ()

    def _looks_at(self, type: str, part: Rewrite) -> Iterable[Place]:
        match part:
            case Computed(relation):
                return ((type, relation),)
            case FromParent(relation, tupleset):
                return ((parent, relation) for parent in tupleset_types(self._types, type, tupleset))
            case _:
                entries = self._restrictions(part)
                return ((entry.type, entry.relation) for entry in entries if entry.relation is not None)

    def _above(self, places: Iterable[Place]) -> frozenset[Place]:
        """Return the places, and all that look at one of them however indirectly."""
        lookers: dict[Place, list[Place]] = {}
        for place, seen in self._seen.items():
            for target in seen:
                lookers.setdefault(target, []).append(place)
        reached = dict.fromkeys(places)
        waiting = list(reached)
        for place in waiting:
            new = [looker for looker in lookers.get(place, ()) if looker not in reached]
            reached.update(dict.fromkeys(new))
            waiting.extend(new)
        return frozenset(reached)
