"""Which relations no stored fact could let anyone hold."""

from collections.abc import Iterable

from authz_core.model.analysis import Place, Types, operands, tupleset_types
from authz_core.model.rewrites import (
    Computed,
    Conferred,
    Direct,
    Exclusion,
    FromParent,
    Intersection,
    Restriction,
    Rewrite,
)


def unreachable(types: Types, holders: tuple[Restriction, ...] = ()) -> dict[Place, set[Place]]:
    """Return the relations that nobody could ever hold, whatever is stored, in the order of the types.

    With each stand the relations, unreachable as well, from which it is computed in vain: were they open, it or a
    part of its definition might be.
    """
    return _Entries(types, holders).in_vain()


class _Entries:
    """Conclusions from what is open to somebody to what is open because of it, drawn once each.

    Every relation and every part of a definition is a step that waits for other steps: an intersection or exclusion
    for all of its operands, anything else for the first.
    """

    def __init__(self, types: Types, holders: tuple[Restriction, ...]) -> None:
        self._types = types
        self._holders = holders
        self._waits: list[int] = []  # step → for how many others it waits still
        self._followers: list[list[int]] = []  # step → those that wait for it
        self._anyone = self._step(0)
        self._steps = {(type_, relation): self._step(1) for type_, relations in types.items() for relation in relations}
        self._computed: list[tuple[Place, Place, int]] = []  # relation, another that it names, and the step of that
        for place in self._steps:
            self._build(place, types[place[0]][place[1]])

    def in_vain(self) -> dict[Place, set[Place]]:
        """Return the relations at which no conclusion arrives, each with those that keep it from there."""
        arrived = self._arrived()
        closed: dict[Place, set[Place]] = {place: set() for place, step in self._steps.items() if step not in arrived}
        for place, target, step in self._computed:
            if place in closed and self._is_vain(step, self._steps[place], arrived):
                closed[place].add(target)
        return closed

    def _arrived(self) -> set[int]:
        arrived = [self._anyone]
        for step in arrived:
            for follower in self._followers[step]:
                self._waits[follower] -= 1
                if not self._waits[follower]:
                    arrived.append(follower)
        return set(arrived)

    def _is_vain(self, step: int, end: int, arrived: set[int]) -> bool:
        """Tell whether nothing arrives at the step of a part, nor at any part around it."""
        while step != end and step not in arrived:
            (step,) = self._followers[step]
        return step == end

    def _step(self, waits: int) -> int:
        self._waits.append(waits)
        self._followers.append([])
        return len(self._waits) - 1

    def _build(self, place: Place, rewrite: Rewrite) -> None:
        waiting: list[tuple[Rewrite, int]] = [(rewrite, self._steps[place])]
        while waiting:
            part, follower = waiting.pop()
            inner = operands(part)
            step = self._step(len(inner) if isinstance(part, Intersection | Exclusion) else 1)
            self._followers[step].append(follower)
            waiting.extend((operand, step) for operand in inner)
            if isinstance(part, Computed):
                self._computed.append((place, (place[0], part.relation), step))
            for source in self._sources(place[0], part):
                self._followers[source].append(step)

    def _sources(self, type: str, part: Rewrite) -> Iterable[int]:
        match part:
            case Direct(restrictions):
                return self._named(restrictions)
            case Conferred():
                return self._named(self._holders)
            case Computed(relation):
                return self._known([(type, relation)])
            case FromParent(relation, tupleset):
                return self._known((above, relation) for above in tupleset_types(self._types, type, tupleset))
            case _:
                return ()

    def _named(self, restrictions: tuple[Restriction, ...]) -> Iterable[int]:
        if any(entry.relation is None for entry in restrictions):
            return (self._anyone,)
        return self._known((entry.type, entry.relation or "") for entry in restrictions)

    def _known(self, places: Iterable[Place]) -> Iterable[int]:
        return {self._steps[place] for place in places if place in self._steps}
