"""Which plans look at which: what a listing follows from the one end or from the other."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from authz_core.model.plans import Every, Node, Plan, Same
from authz_core.model.policy import Model
from authz_core.references import CONDITIONAL


class Here(NamedTuple):
    """A plan that is looked at on the same object; whoever has it has what is asked, or may have it."""

    plan: Plan
    is_enough: bool


def form_of(kind: str) -> str:
    """Return the form of subject that a kind is of, whatever its condition."""
    return kind.partition(CONDITIONAL)[0]


def usersets(model: Model, plan: Plan) -> Iterator[tuple[str, Plan]]:
    """Iterate over the kinds of userset that may be named for the plan, and the plans that say who is in them."""
    for targets in plan.usersets.values():
        yield from targets.items()
    if plan.conferred:
        yield from model.plans.holder_usersets.items()


def looked_at(model: Model, plan: Plan) -> Iterator[Plan]:
    """Iterate over all plans on which the answer to this one may hang."""
    for edge in plan.edges:
        yield from edge.targets.values()
    for _, target in usersets(model, plan):
        yield target
    for node in plan.nodes:
        yield from beneath(node)


def beneath(node: Node) -> tuple[Plan, ...]:
    """Return the plans that a node puts together."""
    match node:
        case Same(plan):
            return (plan,)
        case Every(operands):
            return operands
        case _:
            return (node.base, node.subtract)


def reachable(model: Model, plans: Iterable[Plan]) -> dict[Plan, None]:
    """Return the plans and all on which they hang however indirectly."""
    reached = dict.fromkeys(plans)
    waiting = list(reached)
    for plan in waiting:
        new = [target for target in dict.fromkeys(looked_at(model, plan)) if target not in reached]
        reached.update(dict.fromkeys(new))
        waiting.extend(new)
    return reached


def named_forms(model: Model, plan: Plan) -> Iterator[str]:
    """Iterate over the forms of subject that may be named for the plan itself."""
    for kinds in plan.direct.values():
        yield from map(form_of, kinds)
    if plan.conferred:
        yield from map(form_of, model.plans.holders)


def leading(model: Model, plan: Plan, forms: Collection[str]) -> frozenset[Plan]:
    """Return those plans among all on which this one hangs that subjects of these forms may come from."""
    reached = reachable(model, (plan,))
    above: dict[Plan, list[Plan]] = defaultdict(list)
    for each in reached:
        for target in looked_at(model, each):
            above[target].append(each)
    found = [each for each in reached if any(_takes(model, each, form) for form in forms)]
    leads = set(found)
    for each in found:
        new = [looker for looker in dict.fromkeys(above[each]) if looker not in leads]
        leads.update(new)
        found.extend(new)
    return frozenset(leads)


def makes(model: Model, plan: Plan, form: str) -> bool:
    """Tell whether a userset of the form on an object has what is planned there by being what it is."""
    type_, _, relation = form.partition("#")
    return type_ == plan.type and (relation in plan.relations or model.confers(plan, relation))


def _takes(model: Model, plan: Plan, form: str) -> bool:
    """Tell whether a subject of the form may be named for the plan, or is one by which it is made.

    Whoever holds a role is looked for everywhere, for what roles mean may change from question to question.
    """
    if makes(model, plan, form) or form.partition("#")[2] in model.roles:
        return True
    return form in named_forms(model, plan)


class Sources:
    """Where candidates come from: of an exclusion the base, of an intersection one operand that is open to few."""

    def __init__(self, model: Model, wildcards: frozenset[str]) -> None:
        """Prefer operands which none of these wildcards makes open to everyone."""
        self._model = model
        self._wildcards = wildcards
        self._known: dict[Plan, tuple[Here, ...]] = {}

    def of(self, plan: Plan) -> tuple[Here, ...]:
        """Return the plans on the same object of which whoever has this one by a node of it has one."""
        if plan not in self._known:
            self._known[plan] = tuple(self._of(plan.nodes))
        return self._known[plan]

    def _of(self, nodes: Iterable[Node]) -> Iterator[Here]:
        for node in nodes:
            match node:
                case Same(other):
                    yield Here(other, is_enough=True)
                case Every(operands):
                    yield from (Here(each, is_enough=False) for each in sorted(operands, key=self._is_open)[:1])
                case _:
                    yield Here(node.base, is_enough=False)

    def _is_open(self, plan: Plan) -> bool:
        waiting = [plan]
        for each in waiting:
            # The forms that lead to a relation are known; those that lead to a part of one follow from what it names.
            forms = named_forms(self._model, each) if each.route is None else each.route
            if not self._wildcards.isdisjoint(forms):
                return True
            if each.route is None:
                waiting.extend(target for target in looked_at(self._model, each) if target not in waiting)
        return False
