"""Which relations are computed from themselves, however indirectly."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

from authz_core.model.analysis import Place, Types, parts
from authz_core.model.rewrites import Computed

Graph = Mapping[Place, AbstractSet[Place]]
"""A relation → the relations of the same type that its definition names."""


def computed_from(types: Types) -> Graph:
    """Return what each relation is computed from; names that lead nowhere are left out."""
    return {
        (type_, relation): {
            (type_, part.relation)
            for part in parts(rewrite)
            if isinstance(part, Computed) and part.relation in relations
        }
        for type_, relations in types.items()
        for relation, rewrite in relations.items()
    }


def circular(graph: Graph) -> list[Place]:
    """Return the relations whose chain of computed relations returns to themselves, in the order of the graph."""
    found = {place for circle in _circles(graph) for place in circle}
    return [place for place in graph if place in found]


def returning(graph: Graph) -> AbstractSet[Place]:
    """Return the relations from which a chain of computed relations leads into a circle, or back to themselves."""
    lookers = _reversed(graph)
    left = {place: len(seen) for place, seen in graph.items()}
    ended = [place for place, count in left.items() if not count]
    for place in ended:
        for looker in lookers[place]:
            left[looker] -= 1
            if not left[looker]:
                ended.append(looker)
    return left.keys() - set(ended)


def _circles(graph: Graph) -> Iterator[list[Place]]:
    """Iterate over the largest sets of relations that all lead to each other, by the method of Kosaraju."""
    lookers = _reversed(graph)
    placed: set[Place] = set()
    for root in reversed(_finished(graph)):
        if root in placed:
            continue
        placed.add(root)
        circle = [root]
        for place in circle:
            new = lookers[place] - placed
            placed |= new
            circle.extend(new)
        if len(circle) > 1 or root in graph[root]:
            yield circle


def _reversed(graph: Graph) -> dict[Place, set[Place]]:
    lookers: dict[Place, set[Place]] = {place: set() for place in graph}
    for place, seen in graph.items():
        for target in seen:
            lookers[target].add(place)
    return lookers


def _finished(graph: Graph) -> list[Place]:
    """Return the relations in such an order that each follows all that it leads to, circles aside."""
    finished: list[Place] = []
    seen: set[Place] = set()
    for root in graph:
        path = [] if root in seen else [(root, iter(graph[root]))]
        seen.add(root)
        while path:
            place, following = path[-1]
            new = next((each for each in following if each not in seen), None)
            if new is None:
                finished.append(place)
                path.pop()
            else:
                seen.add(new)
                path.append((new, iter(graph[new])))
    return finished
