"""The picture of one organization: its tree, groups, roles, assignments, admissions, delegations, revocations."""

from collections.abc import Iterable, Mapping
from operator import attrgetter, itemgetter

from typing_extensions import override

from authz_core import Model, Object, Relationship, Relationships, Role, VisibleRoles, object_of
from delegation.state.entities import Admission, Delegation, DelegationStatus, RoleRow, Row, Standing
from delegation.state.policies import DelegationPolicy
from delegation.state.relationships import StoredRelationships
from delegation.state.shelf import Follower, Shelf


class _Facts:
    """Follows a table whose every row is one relationship."""

    def __init__(self, facts: Relationships, subject: str, relation: str, object_: str) -> None:
        self._facts = facts
        self._columns = itemgetter(subject, relation, object_)
        self._rows = 0

    def __len__(self) -> int:
        return self._rows

    def put(self, row: Row) -> None:
        self._rows += self._facts.add(Relationship(*self._columns(row)))

    def remove(self, key: Row) -> None:
        self._rows -= self._facts.remove(Relationship(*self._columns(key)))


class _GroupMembers:
    """Follows group membership: `member` of a group."""

    def __init__(self, facts: Relationships) -> None:
        self._facts = facts
        self._rows = 0

    def __len__(self) -> int:
        return self._rows

    def _fact(self, row: Row) -> Relationship:
        return Relationship(row["member"], "member", object_of("group", row["group"]))

    def put(self, row: Row) -> None:
        self._rows += self._facts.add(self._fact(row))

    def remove(self, key: Row) -> None:
        self._rows -= self._facts.remove(self._fact(key))


class _Resources(Shelf[Object, Row]):
    """Follows the resources; each row is also the `parent` relationship of the tree."""

    def __init__(self, facts: Relationships) -> None:
        super().__init__(itemgetter("resource"), dict)
        self._facts = facts

    @override
    def put(self, row: Row) -> None:
        self.remove(row)
        super().put(row)
        if row["parent"] is not None:
            self._facts.add(Relationship(row["parent"], "parent", row["resource"]))

    @override
    def remove(self, key: Row) -> None:
        known = self.get(key["resource"])
        if known is not None and known["parent"] is not None:
            self._facts.remove(Relationship(known["parent"], "parent", known["resource"]))
        super().remove(key)


class _AdmittedServices(Shelf[str, bool]):
    """Follows the services that are let in, and whether each may follow."""

    def __init__(self) -> None:
        super().__init__(itemgetter("service"), lambda row: bool(row.get("follow")))

    @override
    def put(self, row: Row) -> None:
        # An earlier release that admits a service again says nothing of the column, and leaves it as it is.
        if "follow" in row or row["service"] not in self:
            super().put(row)


class _Roles(Shelf[str, RoleRow]):
    """Follows the organization's own roles, and keeps them as the engine wants them: one is changed alone."""

    def __init__(self) -> None:
        super().__init__(itemgetter("slug"), RoleRow.of)
        self.own: dict[str, Role] = {}

    @override
    def put(self, row: Row) -> None:
        super().put(row)
        role = self[row["slug"]]
        self.own[role.slug] = Role(role.slug, role.type, frozenset(role.permissions))

    @override
    def remove(self, key: Row) -> None:
        super().remove(key)
        self.own.pop(key["slug"], None)


class _Delegations(Shelf[str, Delegation]):
    """Follows the delegations; found by id and by who acts for whom."""

    def __init__(self) -> None:
        super().__init__(itemgetter("id"), Delegation.of)
        self._between: dict[tuple[str, str], dict[str, None]] = {}

    @override
    def put(self, row: Row) -> None:
        known = self.get(row["id"])
        if known is not None:
            self._between[known.user, known.agent].pop(known.id)
        super().put(row)
        self._between.setdefault((row["user"], row["agent"]), {})[row["id"]] = None

    def between(self, user: str, agent: str) -> tuple[Delegation, ...]:
        """Return every delegation of a user that an agent holds, oldest first."""
        found = (self[id] for id in self._between.get((user, agent), ()))
        return tuple(sorted(found, key=attrgetter("created_at", "id")))


class Organization:
    """An organization's partition at one revision."""

    def __init__(self, id: str) -> None:
        """Start empty, at revision 0."""
        self.id = id
        self.root = object_of("organization", id)
        self.revision = 0
        self.facts = Relationships()
        self.profiles: Shelf[str, Row] = Shelf(itemgetter("id"), dict)
        self.memberships: Shelf[str, bool] = Shelf(itemgetter("user"), itemgetter("active"))
        self.groups: Shelf[str, Row] = Shelf(itemgetter("id"), dict)
        self.resources = _Resources(self.facts)
        self.roles = _Roles()
        self.agents: Shelf[str, Admission] = Shelf(itemgetter("agent"), Admission.of)
        self.services: Shelf[str, bool] = _AdmittedServices()
        self.delegations = _Delegations()
        self.policies: Shelf[str, DelegationPolicy] = Shelf(itemgetter("id"), DelegationPolicy.of)
        self.relationships = StoredRelationships(self.facts)
        self.revoked: Shelf[str, int] = Shelf(itemgetter("jti"), itemgetter("expires_at"))
        self.tables: Mapping[str, Follower] = {
            "organizations": self.profiles,
            "memberships": self.memberships,
            "groups": self.groups,
            "group_members": _GroupMembers(self.facts),
            "resources": self.resources,
            "assignments": _Facts(self.facts, "principal", "role", "resource"),
            "roles": self.roles,
            "admitted_agents": self.agents,
            "admitted_services": self.services,
            "delegations": self.delegations,
            "delegation_policies": self.policies,
            "relationships": self.relationships,
            "revoked_tokens": self.revoked,
        }
        self._model: tuple[Model, Model] | None = None
        self._authors: frozenset[str] | None = None
        self._delegators: dict[str, int] | None = None

    def changed(self, tables: frozenset[str]) -> None:
        """Drop what was derived from tables that changed and does not follow them by itself."""
        if "delegation_policies" in tables:
            self._authors = None
        if "delegations" in tables:
            self._delegators = None

    @property
    def delegators(self) -> Mapping[str, int]:
        """The users of delegations that were not revoked, and when the last one of each expires, in epoch seconds."""
        if self._delegators is None:
            found = self._delegators = {}
            for one in self.delegations.values():
                if one.status is not DelegationStatus.REVOKED:
                    found[one.user] = max(one.expires_at, found.get(one.user, 0))
        return self._delegators

    @property
    def authors(self) -> frozenset[str]:
        """The users whose rights bound delegations in this organization that they are no party to."""
        if self._authors is None:
            self._authors = frozenset(policy.author for policy in self.policies.values() if not policy.has_ended)
        return self._authors

    def model(self, environment: Model) -> Model:
        """Return the environment's model with this organization's own roles added."""
        if not self.roles:
            return environment
        if self._model is None or self._model[0] is not environment:
            self._model = (environment, environment.with_roles(VisibleRoles(environment.roles, self.roles.own)))
        return self._model[1]

    @property
    def active(self) -> bool:
        """Whether anything may happen in this organization."""
        profile = self.profiles.get(self.id)
        return profile is not None and profile["status"] == Standing.ACTIVE

    def member(self, user: str) -> bool:
        """Return whether a user is an active member."""
        return self.memberships.get(user, False)


def authors_of(organizations: Iterable[Organization | None]) -> frozenset[str]:
    """Return the authors of the policies in force of organizations; None stands for one that is not known."""
    authors = frozenset[str]()
    for organization in organizations:
        if organization is not None and organization.authors:
            authors |= organization.authors
    return authors
