"""The frozen meaning of a policy: types with their relations, and the catalog of roles."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace

from authz_core.model.compilation import compile_plans
from authz_core.model.conditions import Condition
from authz_core.model.plans import Plan, Plans
from authz_core.model.rewrites import Restriction, Rewrite


@dataclass(frozen=True, slots=True)
class Role:
    """A named set of permissions, held on objects of one type."""

    slug: str
    type: str
    permissions: frozenset[str]


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """What each type's relations mean, and which roles there are.

    A subject holds a role if its kind is among `holders`. A bound stands only on objects of `delegable` types and
    never lets an `administrative` permission through. The types are compiled when the model is made, which raises
    `InvalidModel` for operators nested too deeply; whatever else makes no sense is held by nobody, and to refuse it
    is the task of `validate_model`.
    """

    types: Mapping[str, Mapping[str, Rewrite]]
    roles: Mapping[str, Role] = field(default_factory=dict)
    holders: tuple[Restriction, ...] = ()
    delegable: frozenset[str] = frozenset()
    administrative: frozenset[str] = frozenset()
    conditions: Mapping[str, Condition] = field(default_factory=dict)
    plans: Plans = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "plans", compile_plans(self.types, self.holders))

    def with_roles(self, roles: Mapping[str, Role]) -> "Model":
        """Return the model with these roles in place of its own, nothing compiled anew and the mapping not copied."""
        return self._with("roles", roles)

    def without_wildcards(self) -> "Model":
        """Return the model for which no wildcard counts: nobody is looked up as one of everyone."""
        return self._with("plans", replace(self.plans, public=frozenset()))

    def kinds_counted(self, plan: Plan, relation: str) -> frozenset[str] | None:
        """Return the kinds of subject that have what is planned by holding the relation, or none for no kind."""
        kinds = plan.direct.get(relation)
        if kinds is None and plan.conferred:
            role = self.roles.get(relation)
            if role is not None and role.type == plan.type and not role.permissions.isdisjoint(plan.conferred):
                return self.plans.holders
        return kinds

    def confers(self, plan: Plan, relation: str) -> bool:
        """Tell whether whoever holds the relation as a role has what is planned."""
        return relation not in plan.direct and self.kinds_counted(plan, relation) is not None

    def _with(self, name: str, value: object) -> "Model":
        other = object.__new__(Model)
        for each in fields(self):
            object.__setattr__(other, each.name, getattr(self, each.name))
        object.__setattr__(other, name, value)
        return other
