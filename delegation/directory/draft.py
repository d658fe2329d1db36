"""Drafts: what one command would change, gathered before anything is written."""

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field, replace

from authz_core import Object, Subject, id_of, type_of
from delegation.audit import JSON, Record
from delegation.authority.affected import with_below
from delegation.authority.effective import rights
from delegation.authority.ending import dependent, revoked
from delegation.authority.policies import policy_named
from delegation.directory.errors import NotPermitted, Unknown
from delegation.state.entities import Agent, Delegation, Service, Standing
from delegation.state.organization import Organization
from delegation.state.platform import PARTITION
from delegation.state.policies import DelegationPolicy, PolicyStatus
from delegation.state.views import View, partition_of_organization, revisions_of, seen_beside
from delegation.state.world import World
from delegation.store import Change, Claim, PartitionChange, Put, Remove, Unit


@dataclass(frozen=True, slots=True)
class Actor:
    """Who commands: an administrator's credential or the command line (no user), or a person."""

    name: str
    """As recorded: `administrator:bootstrap`, `command-line`, `user:anne`."""
    user: str | None = None
    within: str | None = None
    """The one organization that the person's token or its provider speaks for; None when it speaks for all."""
    confirm: Callable[[View], None] = lambda _: None
    """Refuses, on the view that decides, a person who is no longer known as such. Raises InvalidToken."""


@dataclass(slots=True)
class Draft:
    """What one command would change, decided on one view."""

    view: View
    actor: Actor
    now: int
    """Epoch seconds."""
    secret: Callable[[], str]
    """Makes a new client secret of 256 random bits."""
    tree_depth: int
    """Levels a resource may lie below its organization."""
    claims: list[Claim] = field(default_factory=list)
    changes: dict[str, list[Change]] = field(default_factory=dict)
    noted: dict[str, JSON] = field(default_factory=dict)
    """What the audit record says of the consequences, beside what was commanded."""

    @property
    def world(self) -> World:
        """The organization's world. Raises Unknown when there is no such organization."""
        world = self.view.world
        if world is None or not world.organization.active:
            raise Unknown("no such organization")
        return world

    @property
    def organization(self) -> Organization:
        """The organization's picture. Raises Unknown when there is none."""
        return self.world.organization

    def name(self, purpose: str, id: str) -> None:
        """Give a name for ever: it is never given to another thing, not even after deletion."""
        self.claims.append(Claim(f"name:{purpose}", id, None))

    def put(self, partition: str, table: str, **row: JSON) -> None:
        """Write a row."""
        self.changes.setdefault(partition, []).append(Put(table, row))

    def remove(self, partition: str, table: str, **key: JSON) -> None:
        """Delete a row."""
        self.changes.setdefault(partition, []).append(Remove(table, key))

    def put_here(self, table: str, **row: JSON) -> None:
        """Write a row of the organization."""
        self.put(partition_of_organization(self.organization.id), table, **row)

    def remove_here(self, table: str, **key: JSON) -> None:
        """Delete a row of the organization."""
        self.remove(partition_of_organization(self.organization.id), table, **key)

    def put_platform(self, table: str, **row: JSON) -> None:
        """Write a row of the platform."""
        self.put(PARTITION, table, **row)

    def remove_platform(self, table: str, **key: JSON) -> None:
        """Delete a row of the platform."""
        self.remove(PARTITION, table, **key)

    def forget(self, principal: Subject) -> None:
        """Remove every assignment, group membership and relationship of a principal in the organization."""
        for fact in list(self.organization.facts.by_subject(principal)):
            if self.view.platform.by_relationships:
                self.remove_here("relationships", object=fact.object, relation=fact.relation, subject=principal)
            elif type_of(fact.object) == "group":
                self.remove_here("group_members", group=id_of(fact.object), member=principal)
            elif fact.relation in self.world.model.roles:
                self.remove_here("assignments", principal=principal, role=fact.relation, resource=fact.object)

    def known_principal(self, principal: Subject) -> None:
        """Refuse a principal that the organization does not know. Raises Unknown."""
        object_, _, relation = principal.partition("#")
        kind, _, id = object_.partition(":")
        organization = self.organization
        known: Mapping[str, Container[str]] = {
            "user": organization.memberships,
            "agent": organization.agents,
            "group": organization.groups,
        }
        if id not in known.get(kind, ()) or (relation == "member") is not (kind == "group"):
            raise Unknown(f"no principal `{principal}` in the organization")

    def revoke(
        self,
        hangs: Callable[[Delegation], bool],
        policies: Callable[[DelegationPolicy], bool] = lambda _: False,
    ) -> list[str]:
        """End for ever every delegation of the organization that hangs on what goes; return their ids.

        So do the policies that hang on it, and what they made.
        """
        going = {one.id for one in self.organization.policies.values() if policies(one) and not one.has_ended}
        struck = list(dependent(self.organization, lambda d: hangs(d) or policy_named(d) in going))
        for id in sorted(going):
            self.put_here("delegation_policies", **self.ended(self.organization.policies[id]).row())
        for delegation in struck:
            self.put_here("delegations", **revoked(delegation, by=self.actor.name, now=self.now).row())
        ids = [delegation.id for delegation in struck]
        self.noted["revoked"] = [*ids]
        self.note_below(struck)
        if going:
            self.noted["policies_ended"] = sorted(going)
        return ids

    def ended(self, policy: DelegationPolicy) -> DelegationPolicy:
        """Return a policy ended for ever."""
        return replace(policy, status=PolicyStatus.ENDED, ended_at=self.now, ended_by=self.actor.name)

    def note_below(self, struck: Iterable[Delegation]) -> None:
        """Have the record name what lies below delegations and shares their fate."""
        named = list(struck)
        below = {one.id for one in with_below(self.organization, named)} - {one.id for one in named}
        if below:
            self.noted["below"] = sorted(below)

    def agent(self, id: str) -> Agent:
        """Return an agent that was not deleted. Raises Unknown."""
        agent = self.view.platform.agents.get(id)
        if agent is None or agent.status is Standing.DELETED:
            raise Unknown(f"no agent `{id}`")
        return agent

    def service(self, id: str) -> Service:
        """Return a service that was not deleted. Raises Unknown."""
        service = self.view.platform.services.get(id)
        if service is None or service.status is Standing.DELETED:
            raise Unknown(f"no service `{id}`")
        return service

    @property
    def of_platform(self) -> bool:
        """Whether the command is given by an administrator of the whole platform."""
        actor = self.actor
        return actor.user is None or (actor.within is None and actor.user in self.view.platform.administrators)

    def must_hold(self, permissions: Iterable[str], resource: Object) -> None:
        """Refuse to let a person give away what that person does not hold. Raises NotPermitted."""
        if self.actor.user is None:
            return
        if self.actor.within is None and self.actor.user in self.view.platform.administrators:
            return
        given = frozenset(permissions)
        missing = given - rights(self.world, self.actor.user, given, resource)
        if missing:
            raise NotPermitted(f"you do not hold `{min(missing)}` on `{resource}`, so you cannot give it")

    def must_hold_roles_of(self, principals: Iterable[Subject]) -> None:
        """Refuse to let a person give away the roles that these principals hold. Raises NotPermitted."""
        for principal in principals:
            for fact in self.organization.facts.by_subject(principal):
                role = self.world.model.roles.get(fact.relation)
                if role is not None:
                    self.must_hold(role.permissions, fact.object)

    def unit(self, record: Record) -> Unit:
        """Return the unit of work that makes the draft true or changes nothing at all; empty for an empty draft."""
        if not self.changes:
            return Unit()
        revisions = revisions_of(self.view)
        changes = tuple(
            PartitionChange(partition, revisions.get(partition, 0), record, tuple(changes))
            for partition, changes in sorted(self.changes.items())
        )
        decided_on = seen_beside(self.changes, self.view)
        return Unit(claims=tuple(self.claims), partitions=changes, decided_on=decided_on)
