"""Where rights flow when something is held on an object: beneath it, as one expects, or elsewhere too."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from authz_core.errors import quoted
from authz_core.model.analysis import Place, operands, tupleset_types
from authz_core.model.policy import Model
from authz_core.model.rewrites import Computed, Conferred, Direct, Exclusion, FromParent, Restriction, Rewrite


class _Passage(NamedTuple):
    """A way on which whoever has one relation may come to have another; a warning unless it leads beneath."""

    target: Place
    warning: str | None


def warnings_of(model: Model, *, beneath: Collection[str] = ("parent",)) -> tuple[str, ...]:
    """Return where rights held on an object of a delegable type may pass to objects that do not lie beneath it.

    Only the author knows which relations put one thing beneath another; `beneath` names them. Without a warning,
    whatever a bound implies lies on its own object or, by a chain of these relations, beneath it.
    """
    passages = _passages(model, beneath)
    reached = {(type_, relation): None for type_ in sorted(model.delegable) for relation in model.types.get(type_, ())}
    waiting = list(reached)
    warnings: set[str] = set()
    for place in waiting:
        for passage in passages[place]:
            if passage.warning is not None:
                warnings.add(passage.warning)
            if passage.target not in reached:
                reached[passage.target] = None
                waiting.append(passage.target)
    return tuple(sorted(warnings))


def reached_from(model: Model, held: Iterable[Place]) -> frozenset[Place]:
    """Return the relations, each with its type, that whoever holds some may come to have; on which objects is open.

    What an intersection wants besides, and what the facts let flow, decides a check; this only says what can be asked.
    """
    passages = _passages(model, ())
    reached = dict.fromkeys(place for place in held if place[1] in model.types.get(place[0], ()))
    waiting = list(reached)
    for place in waiting:
        for passage in passages[place]:
            if passage.target not in reached:
                reached[passage.target] = None
                waiting.append(passage.target)
    return frozenset(reached)


def _passages(model: Model, beneath: Collection[str]) -> dict[Place, list[_Passage]]:
    passages: dict[Place, list[_Passage]] = defaultdict(list)
    for type_, relations in model.types.items():
        for relation, rewrite in relations.items():
            for part in _granting(rewrite):
                for source, warning in _sources(model, (type_, relation), part, beneath):
                    passages[source].append(_Passage((type_, relation), warning))
    return passages


def _granting(rewrite: Rewrite) -> Iterator[Rewrite]:
    """Iterate over the parts by which somebody gets in: what is subtracted gives a bound nothing."""
    waiting = [rewrite]
    for part in waiting:
        yield part
        waiting.extend((part.base,) if isinstance(part, Exclusion) else operands(part))


def _sources(
    model: Model, target: Place, part: Rewrite, beneath: Collection[str]
) -> Iterator[tuple[Place, str | None]]:
    type_ = target[0]
    match part:
        case Computed(other):
            yield (type_, other), None
        case FromParent(other, tupleset):
            for above in tupleset_types(model.types, type_, tupleset):
                yield (above, other), None if tupleset in beneath else _along(above, type_, tupleset)
        case Direct(restrictions):
            yield from _usersets(restrictions, target)
        case Conferred():
            yield from _usersets(model.holders, target)
        case _:
            pass


def _usersets(restrictions: tuple[Restriction, ...], target: Place) -> Iterator[tuple[Place, str]]:
    type_, relation = target
    for entry in restrictions:
        if entry.relation is not None:
            everyone = f"all who have {quoted(entry.relation)} on a {quoted(entry.type)}"
            given = f"{everyone} may be given {quoted(relation)} on any {quoted(type_)}"
            yield (entry.type, entry.relation), given


def _along(above: str, type: str, tupleset: str) -> str:
    passing = f"rights on {quoted(above)} pass to each {quoted(type)} that names it as {quoted(tupleset)}"
    return f"{passing}, which is not said to put one thing beneath another"
