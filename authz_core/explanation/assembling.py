"""From the cheapest ways to the steps of a proof."""

from collections.abc import Iterator
from typing import NamedTuple

from authz_core.decision import Path
from authz_core.explanation.goals import Alternative, Goal
from authz_core.explanation.ground import Ground
from authz_core.explanation.miss import Change
from authz_core.explanation.proof import Step, StepKind
from authz_core.explanation.searching import Ways


class Node(NamedTuple):
    """A goal that holds, or the subtracted side of an exclusion, which does not."""

    goal: Goal
    is_absent: bool = False


def assemble(ground: Ground, ways: Ways, root: Goal) -> tuple[Step, ...]:
    """Return the steps that prove the goal, each once, and each before those that it rests on."""
    order = _order(ways, Node(root))
    positions = {node: number for number, node in enumerate(order)}
    return tuple(
        _step(ground, ways, node, tuple(positions[premise] for premise in _premises(ways, node))) for node in order
    )


def relationships_of(steps: tuple[Step, ...]) -> Path:
    """Return the relationships that the steps rest on, each once, those that others follow from first."""
    found = (step.relationship for step in reversed(steps))
    return tuple(dict.fromkeys(each for each in found if each is not None))


def changing(ways: Ways, root: Goal) -> dict[Goal, Change]:
    """Return the goals beneath this one that hold only if something changes, and what."""
    goals = [node.goal for node in _order(ways, Node(root)) if not node.is_absent]
    changes = [(goal, ways[goal].change) for goal in goals]
    return {goal: change for goal, change in changes if change is not None}


def _premises(ways: Ways, node: Node) -> tuple[Node, ...]:
    way = ways[node.goal]
    if node.is_absent:
        return tuple(Node(exception) for exception in way.premises[1:])
    if way.kind is StepKind.EXCLUSION:
        return (Node(way.premises[0]), Node(node.goal, is_absent=True))
    return tuple(map(Node, way.premises))


def _order(ways: Ways, root: Node) -> list[Node]:
    """Return the nodes of the proof, premises after what rests on them, the first premise nearest."""
    finished: list[Node] = []
    seen = {root}
    opened: list[tuple[Node, Iterator[Node]]] = [(root, reversed(_premises(ways, root)))]
    while opened:
        node, premises = opened[-1]
        further = next((premise for premise in premises if premise not in seen), None)
        if further is None:
            finished.append(node)
            opened.pop()
        else:
            seen.add(further)
            opened.append((further, reversed(_premises(ways, further))))
    finished.reverse()
    return finished


def _step(ground: Ground, ways: Ways, node: Node, premises: tuple[int, ...]) -> Step:
    goal, way = node.goal, ways[node.goal]
    if node.is_absent:
        return Step(
            StepKind.ABSENT,
            goal.relation,
            goal.object,
            ground.definitions.shown(ground.subtracted[goal]),
            premises=premises,
            is_operand=True,
            supposed=way.change is not None,
        )
    return Step(
        way.kind,
        goal.relation,
        goal.object,
        ground.definitions.shown(goal),
        relationship=way.relationship,
        values=_values(ground, way),
        premises=premises,
        is_operand=ground.definitions.is_operand(goal),
        supposed=way.change is not None and way.kind is not StepKind.EXCLUSION,
    )


def _values(ground: Ground, way: Alternative) -> tuple[tuple[str, str], ...]:
    if way.relationship is None or way.change is not None:
        return ()
    return ground.reading.values(way.relationship)
