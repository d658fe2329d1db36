"""The catalog of roles as a model that OpenFGA reads: a permission is what roles on a resource give, or those above it.

It says of every question what the service's own model says; the run asks both the same and compares their answers.
"""

from typing import Any, Final, TypeAlias

from authz_core import Catalog, ResourceType, Role

JSON: TypeAlias = dict[str, Any]

_HOLDERS: Final = ({"type": "user"}, {"type": "group", "relation": "member"})
_PARENT: Final = "parent"


def model(catalog: Catalog) -> JSON:
    """Return the model in OpenFGA's JSON."""
    group = _type("group", {"member": {"this": {}}}, {"member": _HOLDERS})
    types = [_resource_type(catalog, each) for each in catalog.types]
    return {"schema_version": "1.1", "type_definitions": [_type("user", {}, {}), group, *types]}


def named(relation: str) -> str:
    """Return a name as OpenFGA allows it: no colon."""
    return relation.replace(":", "_")


def _resource_type(catalog: Catalog, type_: ResourceType) -> JSON:
    roles = _roles(catalog, type_.slug)
    relations: JSON = {role.slug: {"this": {}} for role in roles}
    held: JSON = {role.slug: _HOLDERS for role in roles}
    if type_.parents:
        relations[_PARENT] = {"this": {}}
        held[_PARENT] = [{"type": parent} for parent in type_.parents]
    for permission in catalog.permissions:
        given = _given(catalog, type_, permission.slug)
        if given:
            relations[named(permission.slug)] = {"union": {"child": given}} if len(given) > 1 else given[0]
    return _type(type_.slug, relations, held)


def _given(catalog: Catalog, type_: ResourceType, permission: str) -> list[JSON]:
    """Return by what somebody has a permission on a type: by roles on it, and by what is above it."""
    roles = [role for role in _roles(catalog, type_.slug) if permission in role.permissions]
    own: list[JSON] = [{"computedUserset": {"relation": role.slug}} for role in roles]
    above = [each for each in catalog.types if each.slug in type_.parents]
    if any(_given(catalog, each, permission) for each in above):
        way = {"tupleset": {"relation": _PARENT}, "computedUserset": {"relation": named(permission)}}
        own.append({"tupleToUserset": way})
    return own


def _roles(catalog: Catalog, type_: str) -> list[Role]:
    return [role for role in catalog.roles if role.type == type_]


def _type(name: str, relations: JSON, held: JSON) -> JSON:
    related = {relation: {"directly_related_user_types": list(types)} for relation, types in held.items()}
    return {"type": name, "relations": relations, "metadata": {"relations": related}}
