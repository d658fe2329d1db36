"""A role catalog as a graph: every resource type a frame, with the roles held on it and what may be done to it."""

from collections.abc import Iterator

from authz_core import Catalog, ResourceType
from delegation.policy.graphs.dot import dot_cluster, dot_edge, dot_graph, dot_node


def catalog_graph(name: str, catalog: Catalog) -> str:
    """Return the catalog as a graph in DOT: types beneath types, and roles with the permissions that they contain."""
    catalog = catalog.with_root()
    lines: list[str] = []
    for number, type_ in enumerate(catalog.types):
        lines.extend(dot_cluster(number, type_.slug, _frame(catalog, type_)))
    for type_ in catalog.types:
        lines.extend(dot_edge(f"type {parent}", f"type {type_.slug}", label="parent") for parent in type_.parents)
    for role in catalog.roles:
        contained = sorted(role.permissions)
        lines.extend(dot_edge(f"role {role.slug}", f"permission {each}", label="contains") for each in contained)
    return dot_graph(name, lines)


def _frame(catalog: Catalog, type: ResourceType) -> Iterator[str]:
    yield dot_node(f"type {type.slug}", label=type.slug, shape="folder")
    for role in catalog.roles:
        if role.type == type.slug:
            yield dot_node(f"role {role.slug}", label=role.slug, shape="box", style="rounded")
    for permission in catalog.permissions:
        if permission.type == type.slug:
            style = {"style": "dashed"} if permission.is_administrative else {}
            yield dot_node(f"permission {permission.slug}", label=permission.slug, shape="ellipse", **style)
