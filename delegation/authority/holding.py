"""Holding: what can be held on a resource, and what that gives; the one place that knows which kind of model there is.

With a role catalog, roles are held on resources of the tree and give their permissions. With a relationship model,
relations are held on objects, and give those relations that are permissions.
"""

from collections.abc import Iterable

from authz_core import ChangeKind, Holding, Miss, Object, explain, permitted, reached_from, type_of
from delegation.state.world import World


def exists(world: World, resource: Object) -> bool:
    """Return whether there can be rights on a resource: objects of a relationship model need no registration."""
    if world.by_relationships:
        return type_of(resource) in world.model.types
    return resource in world.organization.resources


def objects_of(world: World, type: str) -> frozenset[Object]:
    """Return the resources of a type that anything is known of."""
    if world.by_relationships:
        return frozenset(fact.object for fact in world.organization.facts if type_of(fact.object) == type)
    return frozenset(each for each in world.organization.resources if type_of(each) == type)


def can_be_held(world: World, role: str, resource: Object) -> bool:
    """Return whether a role, or a relation, can be held on a resource."""
    if world.by_relationships:
        return role in world.model.types.get(type_of(resource), ())
    known = world.model.roles.get(role)
    return known is not None and known.type == type_of(resource)


def contained(world: World, roles: Iterable[str], resource: Object) -> frozenset[str]:
    """Return the permissions that roles held on a resource can give, there or beneath it; administration included."""
    if world.by_relationships:
        places = [(type_of(resource), relation) for relation in roles]
        return frozenset(name for _, name in reached_from(world.model, places)) & world.platform.askable
    known = (world.model.roles[role].permissions for role in roles if role in world.model.roles)
    return frozenset[str]().union(*known)


def beneath_only(world: World, among: frozenset[str], resource: Object) -> frozenset[str]:
    """Return those of `among` that can be asked beneath a resource, on things of other types, and not on itself.

    Of the permissions of a role catalog there are none: each can be asked on every resource.
    """
    return among & world.platform.askable - world.model.types.get(type_of(resource), {}).keys()


def implied(world: World, holding: Holding, roles: frozenset[str], resource: Object) -> frozenset[str]:
    """Return those relations that whoever holds something has on an object too."""
    return permitted(world.model, world.facts, holding, resource, roles)


def not_implied(world: World, holding: Holding, roles: frozenset[str], resource: Object) -> frozenset[str]:
    """Return those relations that whoever holds something lacks on an object; of roles it is what they contain."""
    return roles - implied(world, holding, roles, resource) if world.by_relationships else frozenset()


def gives_nothing(world: World, roles: frozenset[str], resource: Object) -> bool:
    """Return whether holding these on a resource gives nothing on it by itself, because more is wanted besides."""
    if not world.by_relationships:
        return False
    return not permitted(world.model, world.facts, Holding(resource, roles), resource, _here(world, roles, resource))


def wanting(world: World, roles: frozenset[str], resource: Object) -> dict[str, list[str]]:
    """Return the permissions that relations held on an object only help to, each with what is wanted besides."""
    found = {}
    for permission in sorted(_here(world, roles, resource)):
        reason = explain(world.model, world.facts, Holding(resource, roles), permission, resource).reason
        changes = reason.changes if isinstance(reason, Miss) else ()
        found[permission] = sorted({change.relation for change in changes if change.kind is ChangeKind.HOLD})
    return found


def _here(world: World, roles: frozenset[str], resource: Object) -> frozenset[str]:
    return contained(world, roles, resource) & world.model.types.get(type_of(resource), {}).keys()
