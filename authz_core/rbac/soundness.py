"""What must be true of a catalog, so that its model means what an administrator reads in it."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from authz_core.errors import InvalidModel, InvalidReference, quoted
from authz_core.model.policy import Role
from authz_core.rbac.catalog import PARENT, PRINCIPALS, ROOT, Catalog, Permission, ResourceType
from authz_core.references import parse_type

_PERMISSION = re.compile(r"[a-z0-9_:.*-]{1,48}")
_TYPE = re.compile(r"[A-Za-z0-9_-]+")
_ROLE = re.compile(r"[a-z0-9_-]{1,48}")

MOST_TYPES = 100
"""How many resource types there may be, the root included: every permission is a relation of each of them."""

MOST_PERMISSIONS = 1_000
"""How many permissions there may be."""

OWN = "org-"
"""How the slug of each organization's own role begins, and no other role's and no permission's: they never meet."""


def validate_role(catalog: Catalog, role: Role) -> None:
    """Accept a role that fits the catalog's types and permissions; raise `InvalidModel` naming all its faults."""
    problems = tuple(_role_problems(catalog.with_root(), role))
    if problems:
        raise InvalidModel(*problems)


def catalog_problems(catalog: Catalog) -> Iterator[str]:
    """Iterate over everything that is wrong with the catalog."""
    rooted = catalog.with_root()
    if len(rooted.types) > MOST_TYPES or len(rooted.permissions) > MOST_PERMISSIONS:
        yield f"a catalog has at most {MOST_TYPES} types and {MOST_PERMISSIONS:,} permissions"
        return
    yield from _repeated("type", (each.slug for each in rooted.types))
    yield from _repeated("permission", (each.slug for each in rooted.permissions))
    yield from _repeated("role", (each.slug for each in rooted.roles))
    for resource_type in rooted.types:
        yield from _type_problems(rooted, resource_type)
    for permission in rooted.permissions:
        yield from _permission_problems(rooted, permission)
    for role in rooted.roles:
        yield from _role_problems(rooted, role)


def _repeated(what: str, slugs: Iterable[str]) -> Iterator[str]:
    return (f"{what} {quoted(slug)} is defined {times} times" for slug, times in Counter(slugs).items() if times > 1)


def _type_problems(catalog: Catalog, resource_type: ResourceType) -> Iterator[str]:
    slug, name = resource_type.slug, f"type {quoted(resource_type.slug)}"
    try:
        parse_type(slug)
    except InvalidReference as error:
        yield str(error)
    if _TYPE.fullmatch(slug) is None:
        yield f"{name} is not made of letters, digits, `_` and `-`"
    if slug in PRINCIPALS:
        yield f"{name} is one of those who hold roles, and no resource"
    known = {each.slug for each in catalog.types}
    yield from (
        f"{name} lies beneath {quoted(up)}, which is no type" for up in resource_type.parents if up not in known
    )
    yield from _repeated(f"parent of {name}", resource_type.parents)
    if slug == ROOT and resource_type.parents:
        yield f"{name} is the root and lies beneath nothing"
    if slug not in catalog.beneath(ROOT):
        yield f"{name} has no way up to {quoted(ROOT)}"


def _permission_problems(catalog: Catalog, permission: Permission) -> Iterator[str]:
    name = f"permission {quoted(permission.slug)}"
    if _PERMISSION.fullmatch(permission.slug) is None:
        yield f"{name} is not 1-48 of lower-case letters, digits and `-_:.*`"
    if permission.slug == PARENT:
        yield f"{name} has the name of the relation that puts resources in their places"
    if permission.slug.startswith(OWN):
        yield f"{name} begins with {quoted(OWN)}, which is for organizations' own roles"
    if permission.type not in {each.slug for each in catalog.types}:
        yield f"{name} is of type {quoted(permission.type)}, which is no type"


def _role_problems(catalog: Catalog, role: Role) -> Iterator[str]:
    name = f"role {quoted(role.slug)}"
    types = {permission.slug: permission.type for permission in catalog.permissions}
    if _ROLE.fullmatch(role.slug) is None:
        yield f"{name} is not 1-48 of lower-case letters, digits and `-_`"
    if role.slug == PARENT or role.slug in types:
        yield f"{name} has the name of a relation"
    if role.type not in {each.slug for each in catalog.types}:
        yield f"{name} is of type {quoted(role.type)}, which is no type"
    beneath = catalog.beneath(role.type)
    for permission in sorted(role.permissions):
        if permission not in types:
            yield f"{name} contains {quoted(permission)}, which is no permission"
        elif types[permission] not in beneath:
            yield f"{name} contains {quoted(permission)}, whose type is not {quoted(role.type)} or beneath it"
