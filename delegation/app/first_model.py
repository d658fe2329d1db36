"""The model that an empty database starts from: a catalog of roles, or a relationship model in OpenFGA's language."""

import tomllib
from datetime import datetime
from pathlib import Path
from typing import Final

import structlog

from authz_core import Catalog, Document, EngineError, build_model, catalog_from, document_of, print_dsl
from delegation.app.secrets_at_rest import NotPrepared
from delegation.directory.errors import DirectoryError
from delegation.directory.relationship_models import UnfitModel, model_row, shown
from delegation.policy import InvalidPolicy, read_policy
from delegation.settings import Settings
from delegation.store import Change, Claim, Put

_DATA: Final = Path(__file__).parent.parent
_CATALOG: Final = ".toml"

_log = structlog.get_logger()


def first_model(settings: Settings, now: datetime) -> tuple[list[Claim], list[Change]]:
    """Return what makes the model of the settings the deployment's. Raises NotPrepared when it cannot be used."""
    path = policy_file(settings.policy)
    try:
        return _catalog(path) if path.suffix == _CATALOG else _relationship_model(path, settings, now)
    except (DirectoryError, EngineError, InvalidPolicy, ValueError, OSError) as error:
        raise NotPrepared(f"the policy `{settings.policy}` cannot be used: {error}") from error


def policy_file(name: str) -> Path:
    """Return the file of a policy by its name in `policies/` or by its path. Raises NotPrepared when there is none."""
    shipped, in_tree = _DATA / "policies", _DATA.parent / "policies"
    named = (folder / f"{name}{ending}" for folder in (shipped, in_tree) for ending in (_CATALOG, ".fga"))
    for path in (*named, Path(name)):
        if path.is_file():
            return path
    raise NotPrepared(
        f"no policy `{name}`: give a name in policies/, or the path of a TOML file or of one of OpenFGA's"
    )


def _catalog(path: Path) -> tuple[list[Claim], list[Change]]:
    catalog = catalog_from(tomllib.loads(path.read_text(encoding="utf-8")))
    build_model(catalog)
    return [Claim("name:role", role.slug, None) for role in catalog.roles], list(_rows(catalog))


def _rows(catalog: Catalog) -> list[Change]:
    types = [
        Put("resource_types", {"slug": t.slug, "parents": list(t.parents), "delegable": t.delegable})
        for t in catalog.types
    ]
    permissions = [
        Put("permissions", {"slug": p.slug, "type": p.type, "administrative": p.administrative})
        for p in catalog.permissions
    ]
    roles = [
        Put("roles", {"slug": r.slug, "type": r.type, "permissions": sorted(r.permissions), "name": r.slug})
        for r in catalog.roles
    ]
    return [*types, *permissions, *roles]


def _relationship_model(path: Path, settings: Settings, now: datetime) -> tuple[list[Claim], list[Change]]:
    read = read_policy(path).model
    if not isinstance(read.written, Document):
        raise UnfitModel(f"it tests `{read.kind}`: name the TOML file itself")
    # What is read may have a condition that nothing uses, which a model that is kept has not.
    text = print_dsl(document_of(read.model))
    row = model_row(text, settings.types_to_delegate, number=1, at=int(now.timestamp()))
    for warning in shown(row)["warnings"]:
        _log.warning("rights_pass_elsewhere", detail=warning)
    return [], [Put("relationship_models", row)]
