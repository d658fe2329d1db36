"""The picture of what belongs to nobody: the model, agents, services, identity providers, keys."""

from collections.abc import Mapping
from operator import itemgetter
from typing import Final

from authz_core import Catalog, Model, Permission, ResourceType, Role, build_model
from delegation.state.entities import Agent, IdentityProvider, RoleRow, Row, Service
from delegation.state.relationship_models import asked_of_objects, model_of, newest
from delegation.state.shelf import Follower, Shelf

PARTITION: Final = "platform"


def _resource_type(row: Row) -> ResourceType:
    return ResourceType(row["slug"], tuple(row["parents"]), delegable=row["delegable"])


def _permission(row: Row) -> Permission:
    return Permission(row["slug"], row["type"], administrative=row["administrative"])


class Platform:
    """The platform's partition at one revision."""

    def __init__(self) -> None:
        """Start empty, at revision 0."""
        self.revision = 0
        self.types: Shelf[str, ResourceType] = Shelf(itemgetter("slug"), _resource_type)
        self.permissions: Shelf[str, Permission] = Shelf(itemgetter("slug"), _permission)
        self.roles: Shelf[str, RoleRow] = Shelf(itemgetter("slug"), RoleRow.of)
        self.agents: Shelf[str, Agent] = Shelf(itemgetter("id"), Agent.of)
        self.services: Shelf[str, Service] = Shelf(itemgetter("id"), Service.of)
        self.providers: Shelf[str, IdentityProvider] = Shelf(itemgetter("id"), IdentityProvider.of)
        self.administrators: Shelf[str, str] = Shelf(itemgetter("user"), itemgetter("user"))
        self.keys: Shelf[str, Row] = Shelf(itemgetter("kid"), dict)
        self.relationship_models: Shelf[str, Row] = Shelf(itemgetter("id"), dict)
        self.tables: Mapping[str, Follower] = {
            "resource_types": self.types,
            "permissions": self.permissions,
            "roles": self.roles,
            "agents": self.agents,
            "services": self.services,
            "identity_providers": self.providers,
            "administrators": self.administrators,
            "signing_keys": self.keys,
            "relationship_models": self.relationship_models,
        }
        self._model: Model | None = None
        self._askable: frozenset[str] | None = None

    def changed(self, tables: frozenset[str]) -> None:
        """Drop what was derived from tables that changed."""
        if tables & {"resource_types", "permissions", "roles", "relationship_models"}:
            self._model = self._askable = None

    @property
    def catalog(self) -> Catalog:
        """The resource types, permissions and environment roles."""
        roles = tuple(Role(r.slug, r.type, frozenset(r.permissions)) for r in self.roles.values())
        return Catalog(tuple(self.types.values()), tuple(self.permissions.values()), roles)

    @property
    def model(self) -> Model:
        """The engine's model: the newest one of relationships where there is one, else that of the catalog."""
        if self._model is None:
            models = self.relationship_models
            self._model = model_of(newest(models.values())) if models else build_model(self.catalog)
        return self._model

    @property
    def by_relationships(self) -> bool:
        """Whether the deployment has a model of relationships instead of a catalog of roles."""
        return bool(self.relationship_models)

    @property
    def askable(self) -> frozenset[str]:
        """The permissions there are, those of administration left out."""
        if self._askable is None:
            known = asked_of_objects(self.model) if self.by_relationships else frozenset(self.permissions)
            self._askable = known - self.model.administrative
        return self._askable

    def service_for(self, audience: str) -> Service | None:
        """Return the service that owns an audience URI."""
        return next((s for s in self.services.values() if s.audience == audience), None)

    def provider_of(self, issuer: str) -> IdentityProvider | None:
        """Return the trusted provider with this issuer."""
        return next((p for p in self.providers.values() if p.issuer == issuer), None)
