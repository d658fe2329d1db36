"""Cedar with the same facts: a resource names its parent and, for each role, the entity of those who hold it there.

Whoever holds the role is in that entity, directly or through groups, and a role is the group of the actions that it
contains. So one policy for each type of resource says all there is to say. Of the forms that were tried it is by far
the quickest: Cedar looks at every policy for every question, and each costs some microseconds. A policy for each role
and level takes twice as long with roles as groups of actions, four times with lists of actions, and one for each
assignment would grow with the facts. Policies are parsed beforehand.
"""

import json
from collections.abc import Iterator
from typing import Any, Final, TypeAlias

import cedarpy

from authz_core import Model
from benchmarks.engine.organizations import TYPES, Question
from benchmarks.engine.peers import Peer, World

Entity: TypeAlias = dict[str, Any]

_MEMBERS: Final = "#member"


def parsed_before(world: World) -> Peer:
    """Return the way in which all entities are parsed once and kept."""
    rules = cedarpy.PolicySet.from_str(policies(world.model))
    everything = cedarpy.Entities.from_json_str(json.dumps(list(entities(world).values())))

    def ask(request: Entity, _: None, __: None) -> bool:
        return bool(cedarpy.is_authorized(request, rules, everything).allowed)

    return Peer("cedarpy", "Cedar, all entities parsed beforehand", lambda each: (_request(each), None, None), ask)


def parsed_each_time(world: World) -> Peer:
    """Return the way in which a question's own entities come along with it, as when they are read from a database."""
    rules = cedarpy.PolicySet.from_str(policies(world.model))
    known = entities(world)

    def translated(question: Question) -> tuple[Entity, str, None]:
        return _request(question), json.dumps([known[name] for name in concerned(world, question)]), None

    def ask(request: Entity, own: str, _: None) -> bool:
        return bool(cedarpy.is_authorized(request, rules, own).allowed)

    return Peer("cedarpy", "Cedar, the question's own entities parsed with it", translated, ask)


def concerned(world: World, question: Question) -> Iterator[str]:
    """Iterate over what a question is about: the action, the user with all its groups, the resource and all above."""
    user, permission, thing = question
    yield permission
    principals: list[str] = [user]
    for principal in principals:
        principals.extend(group for group in world.hand.groups.get(principal, ()) if group not in principals)
    yield from (principal.removesuffix(_MEMBERS) for principal in principals)
    yield from world.hand.above(thing)


def policies(model: Model) -> str:
    """Return one policy for each type of resource, with a condition for each role that counts there or from above."""
    return "\n".join(
        f"permit (principal, action, resource is {type_.capitalize()}) when {{ {' || '.join(_held(model, level))} }};"
        for level, type_ in enumerate(TYPES)
    )


def _held(model: Model, level: int) -> Iterator[str]:
    for higher in range(level + 1):
        place = "resource" + ".parent" * higher
        for slug, role in model.roles.items():
            if role.type == TYPES[level - higher]:
                held = f"{place}.{_attribute(slug)}"
                yield f'(action in Action::"{slug}" && {place} has {_attribute(slug)} && principal in {held})'


def entities(world: World) -> dict[str, Entity]:
    """Return the entity of each reference and of each permission, which is in the roles that contain it."""
    found: dict[str, Entity] = {}
    for slug, role in world.model.roles.items():
        for permission in role.permissions:
            action = found.setdefault(permission, _entity(_action(permission)))
            action["parents"].append(_action(slug))
    for subject, relation, thing, _ in world.facts:
        principal = subject.removesuffix(_MEMBERS)
        one, other = (found.setdefault(name, _entity(_uid(name))) for name in (principal, thing))
        if relation == "parent":
            other["attrs"]["parent"] = {"__entity": one["uid"]}
        elif relation == "member":
            one["parents"].append(other["uid"])
        else:
            holders = {"type": "Holders", "id": f"{thing}/{relation}"}
            one["parents"].append(holders)
            other["attrs"][_attribute(relation)] = {"__entity": holders}
    return found


def _entity(uid: dict[str, str]) -> Entity:
    return {"uid": uid, "attrs": {}, "parents": []}


def _uid(name: str) -> dict[str, str]:
    type_, _, id_ = name.partition(":")
    return {"type": type_.capitalize(), "id": id_}


def _action(name: str) -> dict[str, str]:
    return {"type": "Action", "id": name}


def _attribute(role: str) -> str:
    return role.replace("-", "_")


def _request(question: Question) -> Entity:
    user, permission, thing = question
    return {"principal": _uid(user), "action": _action(permission), "resource": _uid(thing)}


PEERS: Final = (parsed_before, parsed_each_time)
