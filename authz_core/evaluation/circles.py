"""Whether a walk that found nothing ran in a circle."""

from collections.abc import Iterator

from authz_core.evaluation.facts import Trouble
from authz_core.evaluation.steps import Goal, Step, Steps
from authz_core.model.plans import Shape


def runs_in_circle(steps: Steps, start: Goal, clear: set[Goal]) -> bool:
    """Tell whether relationships lead from the goal into a circle of goals.

    Goals in `clear` are known to lead into none; those that prove to be so are added.
    """
    # A relationship of which it is not known whether it counts has been told by the walk, and is no circle.
    unknown: set[Trouble] = set()
    opened: list[tuple[Goal, Iterator[Step]]] = [(start, iter([*steps.all_from(start, unknown)]))]
    on_trail = {start}
    while opened:
        goal, onward = opened[-1]
        for _, further in onward:
            if further in on_trail:
                return True
            if further not in clear and further[1].shape is not Shape.MIXED and steps.has_route(further):
                on_trail.add(further)
                opened.append((further, iter([*steps.all_from(further, unknown)])))
                break
        else:
            clear.add(goal)
            on_trail.discard(goal)
            opened.pop()
    return False
