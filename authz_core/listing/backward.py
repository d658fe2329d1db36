"""From each plan back to those that look at it, and which of them hang on each other."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from authz_core.listing.links import Here, Sources, form_of, looked_at, usersets
from authz_core.model.plans import Edge, Plan
from authz_core.model.policy import Model


class Backward:
    """The plans from which the ones asked for follow and, from each of them, the way to those that look at it."""

    def __init__(self, model: Model, plans: Iterable[Plan], sources: Sources) -> None:
        self.here: dict[Plan, list[Here]] = defaultdict(list)
        self.children: dict[Plan, dict[str, list[tuple[Edge, Plan]]]] = {}  # plan → type of child → ways to there
        self.named: dict[Plan, dict[str, None]] = defaultdict(dict)  # plan → relations by which usersets name it
        self.lookers: dict[Plan, list[Plan]] = defaultdict(list)
        self.by_type: dict[str, list[Plan]] = defaultdict(list)
        reached = dict.fromkeys(plans)
        waiting = list(reached)
        for plan in waiting:
            self.by_type[plan.type].append(plan)
            for target in dict.fromkeys(self._ways(model, plan, sources)):
                self.lookers[target].append(plan)
                if target not in reached:
                    reached[target] = None
                    waiting.append(target)

    def _ways(self, model: Model, plan: Plan, sources: Sources) -> Iterator[Plan]:
        for edge in plan.edges:
            for target in edge.targets.values():
                self.children.setdefault(target, {}).setdefault(plan.type, []).append((edge, plan))
                yield target
        for kind, target in usersets(model, plan):
            self.named[target][form_of(kind).partition("#")[2]] = None
            yield target
        for source in sources.of(plan):
            self.here[source.plan].append(Here(plan, source.is_enough))
            yield source.plan


def ranks(model: Model, plans: Iterable[Plan]) -> dict[Plan, int]:
    """Return a rank for each of the plans and those on which they hang.

    Two plans have the same rank if each hangs on the other; otherwise the one that hangs on the other has the smaller.
    """
    above: dict[Plan, list[Plan]] = defaultdict(list)
    finished = _finished(model, plans, above)
    found: dict[Plan, int] = {}
    for plan in reversed(finished):
        if plan in found:
            continue
        rank = len(found)
        waiting = [plan]
        for each in waiting:
            if each not in found:
                found[each] = rank
                waiting.extend(above[each])
    return found


def _finished(model: Model, plans: Iterable[Plan], above: dict[Plan, list[Plan]]) -> list[Plan]:
    """Return all plans in the order in which a walk in depth leaves them, and note which look at which."""
    finished: list[Plan] = []
    seen: set[Plan] = set()
    stack = [(plan, False) for plan in plans]
    while stack:
        plan, is_left = stack.pop()
        if is_left:
            finished.append(plan)
        elif plan not in seen:
            seen.add(plan)
            stack.append((plan, True))
            for target in dict.fromkeys(looked_at(model, plan)):
                above[target].append(plan)
                stack.append((target, False))
    return finished
