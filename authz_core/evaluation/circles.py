"""Whether a walk that found nothing ran in a circle."""

from collections.abc import Iterator

from authz_core.evaluation.evidence import Evidence
from authz_core.evaluation.walking import Goal, Step, Walk
from authz_core.model.plans import Shape
from authz_core.relationships.index import Relationship


def circle(walk: Walk, start: Goal, clear: set[Goal]) -> Evidence | None:
    """Return the relationships that lead from the goal into a circle of goals, or none when there is no circle.

    Goals in `clear` are known to lead into none; those that prove to be so are added.
    """
    opened: list[tuple[Goal, Iterator[Step]]] = [(start, iter([*walk.steps(start)]))]
    trail: list[Relationship] = []
    on_trail = {start}
    while opened:
        goal, steps = opened[-1]
        for relationship, further in steps:
            if further in on_trail:
                return (*trail, relationship)
            if further not in clear and further[1].shape is not Shape.MIXED and walk.has_route(further):
                trail.append(relationship)
                on_trail.add(further)
                opened.append((further, iter([*walk.steps(further)])))
                break
        else:
            clear.add(goal)
            on_trail.discard(goal)
            opened.pop()
            del trail[-1:]
    return None
