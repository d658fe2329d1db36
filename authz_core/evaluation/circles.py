"""Whether a walk that found nothing ran in a circle."""

from collections.abc import Iterator

from authz_core.evaluation.walking import Goal, Step, Walk
from authz_core.model.plans import Shape
from authz_core.relationships.index import Relationship


def circle(walk: Walk, start: Goal) -> tuple[Relationship, ...] | None:
    """Return the relationships that lead from the goal into a circle of goals, or none when there is no circle."""
    open_steps: list[tuple[Goal, Iterator[Step]]] = [(start, walk.steps(start))]
    trail: list[Relationship] = []
    on_trail, done = {start}, set[Goal]()
    while open_steps:
        goal, steps = open_steps[-1]
        for relationship, further in steps:
            if further in on_trail:
                return (*trail, relationship)
            if further not in done and further[1].shape is not Shape.MIXED and walk.has_route(further):
                trail.append(relationship)
                on_trail.add(further)
                open_steps.append((further, walk.steps(further)))
                break
        else:
            open_steps.pop()
            on_trail.discard(goal)
            done.add(goal)
            del trail[-1:]
    return None
