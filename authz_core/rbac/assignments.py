"""Which roles may be held where, and which permissions make sense where."""

from collections.abc import Mapping

from authz_core.errors import quoted
from authz_core.model.policy import Role
from authz_core.rbac.catalog import Catalog
from authz_core.rbac.refusals import InvalidAssignment, InvalidQuestion, UnknownRole
from authz_core.references import Object, type_of


def validate_assignment(roles: Mapping[str, Role], role: str, object: Object) -> None:
    """Accept that a role is held on a resource, given the roles that exist in the resource's organization.

    Raises `UnknownRole` for one that does not exist there, and `InvalidAssignment` for one of another type.
    """
    found = roles.get(role)
    if found is None:
        raise UnknownRole(role)
    if found.type != type_of(object):
        raise InvalidAssignment(
            f"role {quoted(role)} is held on resources of type {quoted(found.type)}, not on {quoted(object)}"
        )


def validate_question(catalog: Catalog, permission: str, object: Object) -> None:
    """Accept a permission of the resource's type or of a type beneath it; raise `InvalidQuestion` for any other.

    `check` answers what roles above the resource contain, of whatever type. This is for those who would rather
    be told that they ask in the wrong place.
    """
    found = next((each for each in catalog.permissions if each.slug == permission), None)
    if found is None:
        raise InvalidQuestion(f"there is no permission {quoted(permission)}")
    rooted = catalog.with_root()
    type_ = type_of(object)
    if type_ not in {each.slug for each in rooted.types}:
        raise InvalidQuestion(f"there is no resource type {quoted(type_)}")
    if found.type not in rooted.beneath(type_):
        name = f"permission {quoted(permission)} of type {quoted(found.type)}"
        raise InvalidQuestion(f"{name} is asked on {quoted(object)}, beneath which no such resource lies")
