"""A catalog as it stands in a file, read from TOML or JSON and not yet trusted."""

from collections.abc import Mapping

from authz_core.errors import InvalidModel, quoted
from authz_core.model.policy import Role
from authz_core.rbac.catalog import Catalog, Permission, ResourceType
from authz_core.rbac.environment import EnvironmentRoles

Table = Mapping[str, object]


def catalog_from(document: Table) -> Catalog:
    """Return the catalog that the document's `types` and `roles` describe; `memberships` are left to others.

    Raises `InvalidModel` for whatever is missing, unknown or of another form. Whether the catalog makes sense is
    asked by `build_model`.
    """
    _only(document, "the document", {"memberships", "roles", "types"})
    types = _tables(document, "types")
    roles = _tables(document, "roles")
    return Catalog(
        types=tuple(_resource_type(slug, table) for slug, table in types.items()),
        permissions=tuple(each for slug, table in types.items() for each in _permissions(slug, table)),
        roles=tuple(_role(slug, table) for slug, table in roles.items()),
    )


def environment_roles_from(document: Table) -> EnvironmentRoles:
    """Return the roles of the document, whose order is that of priority, with what `memberships` says of them.

    Raises `InvalidModel` for whatever is missing, unknown or makes no sense.
    """
    place = "memberships"
    table = document.get(place, {})
    if not isinstance(table, Mapping):
        raise InvalidModel(f"{quoted(place)} is no table")
    _only(table, place, {"default_role", "multiple_roles"})
    default = table.get("default_role")
    if not isinstance(default, str):
        raise InvalidModel(f"{quoted(place)} wants a role as `default_role`")
    multiple = table.get("multiple_roles", False)
    if not isinstance(multiple, bool):
        raise InvalidModel(f"{quoted(place)} wants true or false as `multiple_roles`")
    return EnvironmentRoles(catalog_from(document), default, multiple)


def _resource_type(slug: str, table: Table) -> ResourceType:
    place = f"types.{slug}"
    _only(table, place, {"parents", "delegable", "permissions", "administrative"})
    delegable = table.get("delegable", True)
    if not isinstance(delegable, bool):
        raise InvalidModel(f"{quoted(place)} wants true or false as `delegable`")
    return ResourceType(slug, _texts(table, place, "parents"), delegable)


def _permissions(slug: str, table: Table) -> list[Permission]:
    place = f"types.{slug}"
    permissions = _texts(table, place, "permissions")
    administrative = _texts(table, place, "administrative")
    if stray := [each for each in administrative if each not in permissions]:
        raise InvalidModel(f"{quoted(place)} marks {quoted(stray[0])} as administrative, which it does not define")
    return [Permission(each, slug, each in administrative) for each in permissions]


def _role(slug: str, table: Table) -> Role:
    place = f"roles.{slug}"
    _only(table, place, {"type", "permissions"})
    type_ = table.get("type")
    if not isinstance(type_, str):
        raise InvalidModel(f"{quoted(place)} wants a type")
    return Role(slug, type_, frozenset(_texts(table, place, "permissions")))


def _only(table: Table, place: str, known: set[str]) -> None:
    for key in table:
        if key not in known:
            raise InvalidModel(f"{quoted(place)} has {quoted(key)}, where only {', '.join(sorted(known))} are known")


def _tables(document: Table, key: str) -> dict[str, Table]:
    tables = document.get(key, {})
    if not isinstance(tables, Mapping):
        raise InvalidModel(f"{quoted(key)} is no table")
    for name, table in tables.items():
        if not isinstance(name, str) or not isinstance(table, Mapping):
            raise InvalidModel(f"{quoted(f'{key}.{name}')} is no table")
    return dict(tables)


def _texts(table: Table, place: str, key: str) -> tuple[str, ...]:
    texts = table.get(key, [])
    if not isinstance(texts, list):
        raise InvalidModel(f"{quoted(f'{place}.{key}')} is no list of texts")
    for text in texts:
        if not isinstance(text, str):
            raise InvalidModel(f"{quoted(f'{place}.{key}')} is no list of texts")
    return tuple(texts)
