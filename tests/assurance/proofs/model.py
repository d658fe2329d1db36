"""The semantics as formulas: what a bound lets through, and what is left to the bearer of a token.

Nodes of the tree, permissions, roles and people are uninterpreted: what is proved of them holds for all there could be.
Nothing here shares a line with the engine or with the service; both are compared with the same text instead.
"""

from dataclasses import dataclass, field
from itertools import count
from typing import Final

import z3

Node: Final = z3.DeclareSort("Node")
Permission: Final = z3.DeclareSort("Permission")
Role: Final = z3.DeclareSort("Role")
Person: Final = z3.DeclareSort("Person")
Service: Final = z3.DeclareSort("Service")

_numbers: Final = count(1)


def fresh(name: str) -> str:
    """A name that nothing else in any formula has."""
    return f"{name}_{next(_numbers)}"


def flag(name: str) -> z3.BoolRef:
    """Something that may be so or not."""
    return z3.Bool(fresh(name))


def moment(name: str) -> z3.ArithRef:
    """A moment, in whole seconds."""
    return z3.Int(fresh(name))


def some(sort: z3.SortRef, name: str) -> z3.ExprRef:
    """Any one thing of a sort."""
    return z3.Const(fresh(name), sort)


def among(sort: z3.SortRef, name: str) -> z3.FuncDeclRef:
    """Any set of things of a sort."""
    return z3.Function(fresh(name), sort, z3.BoolSort())


ADMINISTRATIVE: Final = among(Permission, "administrative")
"""Permissions of administration, which enter no bound."""


@dataclass(frozen=True, slots=True)
class World:
    """The facts at one revision: the tree, what roles contain, and what people may do."""

    below: z3.FuncDeclRef = field(default_factory=lambda: z3.Function(fresh("below"), Node, Node, z3.BoolSort()))
    """`below(y, x)`: y is x or lies beneath x."""
    contains: z3.FuncDeclRef = field(
        default_factory=lambda: z3.Function(fresh("contains"), Role, Permission, z3.BoolSort())
    )
    may: z3.FuncDeclRef = field(
        default_factory=lambda: z3.Function(fresh("may"), Person, Permission, Node, z3.BoolSort())
    )

    @property
    def facts(self) -> z3.BoolRef:
        """What is so in every tree: `below` is an order, and what is above one node lies in a line."""
        x, y, z = z3.Consts("x y z", Node)
        return z3.And(
            z3.ForAll(x, self.below(x, x)),
            z3.ForAll([x, y], z3.Implies(z3.And(self.below(x, y), self.below(y, x)), x == y)),
            z3.ForAll([x, y, z], z3.Implies(z3.And(self.below(x, y), self.below(y, z)), self.below(x, z))),
            z3.ForAll(
                [x, y, z],
                z3.Implies(z3.And(self.below(z, x), self.below(z, y)), z3.Or(self.below(x, y), self.below(y, x))),
            ),
        )


@dataclass(frozen=True, slots=True)
class Question:
    """Whether the bearer may do this, here, now, at this service."""

    permission: z3.ExprRef = field(default_factory=lambda: some(Permission, "permission"))
    node: z3.ExprRef = field(default_factory=lambda: some(Node, "node"))
    now: z3.ArithRef = field(default_factory=lambda: moment("now"))
    service: z3.ExprRef = field(default_factory=lambda: some(Service, "service"))


@dataclass(frozen=True, slots=True)
class Bound:
    """A place, the roles held there, the permissions consented to, and a time."""

    node: z3.ExprRef = field(default_factory=lambda: some(Node, "place"))
    roles: z3.FuncDeclRef = field(default_factory=lambda: among(Role, "roles"))
    permissions: z3.FuncDeclRef = field(default_factory=lambda: among(Permission, "permissions"))
    not_before: z3.ArithRef = field(default_factory=lambda: moment("not_before"))
    until: z3.ArithRef = field(default_factory=lambda: moment("until"))

    def in_time(self, question: Question) -> z3.BoolRef:
        """The bound's time is now."""
        return z3.And(self.not_before <= question.now, question.now < self.until)

    def placed(self, world: World, question: Question) -> z3.BoolRef:
        """Holding the roles at the place gives the permission at the node."""
        role = z3.Const("role", Role)
        held = z3.Exists(role, z3.And(self.roles(role), world.contains(role, question.permission)))
        return z3.And(world.below(question.node, self.node), held)

    def within(self, world: World, question: Question) -> z3.BoolRef:
        """The bound lets it through."""
        consented = self.permissions(question.permission)
        delegable = z3.Not(ADMINISTRATIVE(question.permission))
        return z3.And(self.in_time(question), consented, delegable, self.placed(world, question))


@dataclass(frozen=True, slots=True)
class Delegation:
    """One hop: a bound, the ceiling of the agent it is given to, and whether it is in force."""

    bound: Bound = field(default_factory=Bound)
    ceiling: tuple[Bound, ...] = field(default_factory=lambda: (Bound(), Bound()))
    """Alternatives, of which any one suffices."""
    in_force: z3.BoolRef = field(default_factory=lambda: flag("in_force"))
    """It is active, its agent is active and admitted."""
    unspent: z3.BoolRef = field(default_factory=lambda: flag("unspent"))
    """Its budget, where it has one, is not used up."""
    author: z3.ExprRef | None = None
    """Who wrote the policy that made it, where one did."""

    def terms(self, world: World, question: Question) -> dict[str, z3.BoolRef]:
        """What this hop adds to the conjunction."""
        terms = {
            "delegation": self.bound.within(world, question),
            "ceiling": z3.Or(*(bound.within(world, question) for bound in self.ceiling)),
            "status": self.in_force,
            "budget": self.unspent,
        }
        if self.author is not None:
            terms["author"] = world.may(self.author, question.permission, question.node)
        return terms


@dataclass(frozen=True, slots=True)
class Chain:
    """A person and the delegations from that person to the agent that acts."""

    person: z3.ExprRef
    member: z3.BoolRef
    hops: tuple[Delegation, ...]

    def terms(self, world: World, question: Question) -> dict[str, z3.BoolRef]:
        """What the person may do, and what each hop adds."""
        own = {"user": world.may(self.person, question.permission, question.node), "membership": self.member}
        return own | {
            f"{name} of hop {number}": term
            for number, hop in enumerate(self.hops, start=1)
            for name, term in hop.terms(world, question).items()
        }

    def allows(self, world: World, question: Question) -> z3.BoolRef:
        """The conjunction of it all."""
        return z3.And(*self.terms(world, question).values())


@dataclass(frozen=True, slots=True)
class Token:
    """A token of a chain: what was asked, the tokens it was derived from, and its audience."""

    chain: Chain
    bound: Bound = field(default_factory=Bound)
    ancestors: tuple["Token", ...] = ()
    """Those it was derived from, of any generation."""
    unrevoked: z3.BoolRef = field(default_factory=lambda: flag("unrevoked"))
    audience: z3.ExprRef = field(default_factory=lambda: some(Service, "audience"))

    def terms(self, world: World, question: Question) -> dict[str, z3.BoolRef]:
        """Every term of the formula, by name."""
        own = {
            "token": self.bound.within(world, question),
            "token's status": self.unrevoked,
            "audience": question.service == self.audience,
        }
        for number, ancestor in enumerate(self.ancestors, start=1):
            own[f"token {number} generations ago"] = ancestor.bound.within(world, question)
            own[f"status of the token {number} generations ago"] = ancestor.unrevoked
        return self.chain.terms(world, question) | own

    def effective(self, world: World, question: Question) -> z3.BoolRef:
        """What is left to the bearer: all terms together."""
        return z3.And(*self.terms(world, question).values())
