"""pycasbin with the same facts: role assignments are policies, groups, the tree and what roles contain are `g`.

A plain enforcer evaluates its matcher for each policy it has, one by one. `FastEnforcer` keeps policies by the values
of one column and evaluates those alone that share the question's value, and so it is the one that is measured.
"""

from typing import Any, Final, Protocol, cast

import casbin
from casbin.model import FastModel
from casbin.persist import Adapter
from typing_extensions import override

from benchmarks.engine.organizations import Question
from benchmarks.engine.peers import Peer, World

_TREE_BY_LIBRARY: Final = "g(r.sub, p.sub) && g2(r.obj, p.obj) && g3(r.act, p.role)"
_TREE_BY_CALLER: Final = "g(r.sub, p.sub) && g3(r.act, p.role)"
_MODEL: Final = """
[request_definition]
r = sub, org, obj, act

[policy_definition]
p = sub, org, obj, role

[role_definition]
g = _, _

[policy_effect]
e = some(where (p.eft == allow))

[matchers]
m = {matcher}
"""
_ORGANIZATION, _RESOURCE = 1, 2  # columns of a policy


class _Enforcer(Protocol):
    def enforce(self, *question: str) -> bool: ...


class _Rows(Adapter):  # type: ignore[misc]  # without the package installed nothing is known of it
    """Loads the facts at one go, without a text between."""

    def __init__(self, world: World) -> None:
        self._world = world

    @override
    def load_policy(self, model: Any) -> None:
        hand = self._world.hand
        for subject, relation, thing, _ in self._world.facts:
            if relation == "parent":
                model["g"]["g2"].policy.append([thing, subject])
            elif relation == "member":
                model["g"]["g"].policy.append([subject, f"{thing}#member"])
            else:
                model["p"]["p"].policy.append([subject, hand.above(thing)[-1], thing, relation])
        contained = [[slug, role] for role, slugs in hand.contained.items() for slug in slugs]
        model["g"]["g3"].policy.extend(contained)


def by_organization(world: World) -> Peer:
    """Return the way in which the library walks the tree, among the assignments of the organization concerned."""
    enforcer = _enforcer(world, _TREE_BY_LIBRARY, _ORGANIZATION)

    def translated(question: Question) -> tuple[str, str, tuple[str, str]]:
        user, permission, thing = question
        return user, permission, (world.hand.above(thing)[-1], thing)

    def ask(user: str, permission: str, place: tuple[str, str]) -> bool:
        return enforcer.enforce(user, *place, permission)

    return Peer("pycasbin", "pycasbin, FastEnforcer by organization, the tree as `g2`", translated, ask)


def by_resource(world: World) -> Peer:
    """Return the way in which the caller walks the tree, and asks about the resource and each one above it."""
    enforcer = _enforcer(world, _TREE_BY_CALLER, _RESOURCE)

    def translated(question: Question) -> tuple[str, str, list[str]]:
        user, permission, thing = question
        return user, permission, world.hand.above(thing)

    def ask(user: str, permission: str, line: list[str]) -> bool:
        return any(enforcer.enforce(user, "", thing, permission) for thing in line)

    return Peer("pycasbin", "pycasbin, FastEnforcer by resource, the caller walks the tree", translated, ask)


def _enforcer(world: World, matcher: str, column: int) -> _Enforcer:
    model = FastModel([column])
    model.load_model_from_text(_MODEL.format(matcher=matcher))
    # Of several role definitions a FastModel reads the first alone, so the others are added by hand.
    model.add_def("g", "g2", "_, _")
    model.add_def("g", "g3", "_, _")
    return cast("_Enforcer", casbin.FastEnforcer(model, _Rows(world), cache_key_order=[column]))


PEERS: Final = (by_organization, by_resource)
