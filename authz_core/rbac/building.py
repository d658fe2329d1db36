"""From a catalog of resource types, permissions and roles to a model.

A role assignment is a relationship whose relation is the role's slug, group membership is `member` on a group, and
a resource's place is `parent` on the resource.
"""

from authz_core.errors import InvalidModel
from authz_core.model.policy import Model
from authz_core.model.rewrites import Conferred, Direct, FromParent, Restriction, Rewrite, Union
from authz_core.rbac.catalog import PARENT, ROOT, Catalog, ResourceType
from authz_core.rbac.soundness import catalog_problems

HOLDERS = (Restriction("user"), Restriction("agent"), Restriction("group", relation="member"))
"""Who may hold a role, and be a member of a group."""


def build_model(catalog: Catalog) -> Model:
    """Return the model that the catalog means; raise `InvalidModel` naming all its faults."""
    problems = tuple(catalog_problems(catalog))
    if problems:
        raise InvalidModel(*problems)
    resource_types = catalog.with_root().types
    types: dict[str, dict[str, Rewrite]] = {"user": {}, "agent": {}, "group": {"member": Direct(HOLDERS)}}
    types.update((each.slug, _relations(each, catalog)) for each in resource_types)
    return Model(
        types=types,
        roles={role.slug: role for role in catalog.roles},
        holders=HOLDERS,
        delegable=frozenset(each.slug for each in resource_types if each.delegable),
        administrative=frozenset(each.slug for each in catalog.permissions if each.is_administrative),
    )


def _relations(resource_type: ResourceType, catalog: Catalog) -> dict[str, Rewrite]:
    """Return what is asked of a type: every permission, held here by a role or inherited from above."""
    slugs = [permission.slug for permission in catalog.permissions]
    if resource_type.slug == ROOT:
        return {slug: Conferred(slug) for slug in slugs}
    parents = Direct(tuple(Restriction(parent) for parent in resource_type.parents))
    inherited: dict[str, Rewrite] = {slug: Union((Conferred(slug), FromParent(slug, PARENT))) for slug in slugs}
    return {PARENT: parents, **inherited}
