"""What a relation comes down to, worked out once for each model.

A plan flattens the monotone part of a definition: which relations count when held directly on the object, which
permissions count when a role held there contains them, and where to look on. Intersections and exclusions are
nodes above it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class Shape(Enum):
    """How the question that a plan answers can be answered."""

    PLAIN = "plain"  # only stored relationships count: membership is followed upward from the subject
    MONOTONE = "monotone"  # no fact takes anything away: whatever is reached is enough
    MIXED = "mixed"  # an intersection or an exclusion stands somewhere beneath


@dataclass(slots=True, eq=False)
class Edge:
    """Whoever has the relation on an object that the tupleset names has this plan's relation too."""

    tupleset: str
    relation: str
    permitted: frozenset[str]  # kinds of subject that the tupleset may name
    targets: "dict[str, Plan]"  # type of the named object → its plan
    route: frozenset[str] | None  # kinds of subject with a route to the definition in which this stands


@dataclass(slots=True, eq=False)
class Every:
    """All operands hold on the same object."""

    operands: "tuple[Plan, ...]"


@dataclass(slots=True, eq=False)
class Except:
    """The base holds on the same object and the subtracted side does not."""

    base: "Plan"
    subtract: "Plan"


@dataclass(slots=True, eq=False)
class Same:
    """Another relation holds on the same object; it is mixed, and so cannot be flattened into this one."""

    plan: "Plan"


Node = Every | Except | Same


@dataclass(slots=True, eq=False)
class Plan:
    """Who has a relation, or an operand of one, on the objects of a type; written by `compile_plans` alone."""

    type: str
    shape: Shape
    is_relation: bool = True  # and no operand of one
    relations: set[str] = field(default_factory=set)  # whoever has one of these on the object has what is asked
    direct: dict[str, frozenset[str]] = field(default_factory=dict)  # relation → kinds that count when they hold it
    # permissions that count when a role held here contains them → kinds of subject with a route to the definition
    conferred: dict[str, frozenset[str] | None] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)
    usersets: "dict[str, dict[str, Plan]]" = field(default_factory=dict)  # relation → kind of userset → its plan
    routes: dict[str, frozenset[str] | None] = field(default_factory=dict)  # the same for each of the relations
    nodes: list[Node] = field(default_factory=list)
    route: frozenset[str] | None = None  # kinds of subject with a route to here; none where it cannot matter
    descends: bool = False  # usersets may hold a relation that counts here and are not plain, or on a condition
    climbs: bool = False  # the object and what lies above it along the tupleset is all there is to look at
    tupleset: str = ""  # of a plan that climbs
    above: "dict[str, Plan]" = field(default_factory=dict)  # type of what lies above → its plan


@dataclass(frozen=True, slots=True)
class Family:
    """The permissions of one type whose plans differ in the permission alone, so that one walk answers all."""

    permissions: frozenset[str] = frozenset()
    tupleset: str = ""
    parents: frozenset[str] = frozenset()  # types that the tupleset may name


@dataclass(frozen=True, slots=True, eq=False)
class Plans:
    """The plans of all relations of a model."""

    by_type: Mapping[str, Mapping[str, Plan]]
    families: Mapping[str, Family]
    holders: frozenset[str]  # kinds of subject that may hold a role
    holder_usersets: Mapping[str, Plan]  # kind → plan, for those of them that are usersets
    plain: Mapping[str, frozenset[str]]  # kind of plain userset → kinds of its members
    public: frozenset[str]  # types of which everyone may be named
