"""Commands on administrators' policies: an agent may act for each member of a group (semantics: delegations)."""

from dataclasses import replace
from typing import Annotated, ClassVar, Final

from pydantic import Field
from typing_extensions import override

from authz_core import parse_object
from delegation.authority.effective import rights
from delegation.authority.ending import dependent
from delegation.authority.granting import GrantRefused, Wish, consented, withheld
from delegation.authority.policies import is_group, policy_named
from delegation.directory.admissions import Seconds
from delegation.directory.budget import BudgetAsked
from delegation.directory.command import Answer, Id, ObjectText, OrganizationCommand, PermissionSlug, Slug, Words
from delegation.directory.draft import Draft
from delegation.directory.errors import Conflict, DirectoryError, NotPermitted, Unknown
from delegation.directory.parties import Audience
from delegation.state.policies import DelegationPolicy, PolicyStatus

_MOST: Final = 100
"""Policies of an organization that have not ended, at most: each answer about it needs their authors at hand."""
_SHORTEST: Final = 60
"""Seconds: each time that one runs out the next is a delegation of its own, on record for ever."""
_YEAR: Final = 366 * 86_400


class PutDelegationPolicy(OrganizationCommand):
    """Let an agent act for each member of a group, within what its author may do.

    A policy does not change: putting it again does nothing, and putting another in its place is refused.
    """

    do: ClassVar[str] = "put-delegation-policy"
    id: Id
    group: Id
    agent: Id
    resource: ObjectText
    roles: Annotated[tuple[Slug, ...], Field(min_length=1, max_length=20)]
    permissions: Annotated[tuple[PermissionSlug, ...], Field(min_length=1, max_length=200)] | None = None
    audiences: Annotated[tuple[Audience, ...], Field(min_length=1, max_length=50)] | None = None
    lifetime: Annotated[int, Field(ge=_SHORTEST, le=_YEAR)]
    """Seconds that a delegation made by it lasts at most."""
    until: Seconds | None = None
    """When the policy itself ends, in epoch seconds."""
    depth: Annotated[int, Field(ge=0, le=15)] = 0
    budget: BudgetAsked | None = None
    purpose: Annotated[Words, Field(max_length=500)] = ""
    author: Id | None = None
    """Whose rights bound it: whoever commands, unless an administrator of the platform names another."""

    @property
    @override
    def users_concerned(self) -> tuple[str, ...]:
        return () if self.author is None else (self.author,)

    @override
    def draft(self, on: Draft) -> Answer:
        policy = self._policy(on)
        known = on.organization.policies.get(self.id)
        if known is not None:
            if replace(known, created_at=policy.created_at) != policy:
                raise Conflict(f"the policy `{self.id}` does not change: end it, and make another")
            return _shown(on, known)
        if sum(not one.has_ended for one in on.organization.policies.values()) >= _MOST:
            raise Conflict(f"an organization has {_MOST} policies at most: end one that is not needed")
        on.name(f"{self.organization}:delegation-policy", self.id)
        on.put_here("delegation_policies", **policy.row())
        return _shown(on, policy)

    def _policy(self, on: Draft) -> DelegationPolicy:
        """Return the policy asked for. Raises DirectoryError."""
        author = self._author(on)
        if not is_group(on.world, self.group):
            raise Unknown(f"no group `{self.group}` in the organization")
        wish = self._wish(on)
        try:
            permissions = consented(on.world, wish)
        except GrantRefused as refusal:
            raise DirectoryError(str(refusal)) from refusal
        held = rights(on.world, author, permissions, wish.resource)
        missing = withheld(on.world, permissions, held, wish.resource)
        if missing:
            raise NotPermitted(f"`{author}` does not hold `{min(missing)}` on `{wish.resource}`, so cannot give it")
        return DelegationPolicy(
            id=self.id,
            group=self.group,
            agent=self.agent,
            resource=wish.resource,
            roles=wish.roles,
            permissions=permissions,
            audiences=wish.audiences,
            lifetime=self.lifetime,
            until=self.until,
            depth=self.depth,
            # To what happens while a person is away, that person alone consents.
            unattended=False,
            budget=wish.budget,
            purpose=self.purpose,
            author=author,
            status=PolicyStatus.ACTIVE,
            created_at=on.now,
            ended_at=None,
            ended_by=None,
        )

    def _author(self, on: Draft) -> str:
        author = self.author or on.actor.user
        if author is None:
            raise DirectoryError("name an `author`: the person whose own rights bound the policy")
        if author != on.actor.user and not on.of_platform:
            raise DirectoryError("leave `author` out: it is you whose rights bound the policy")
        return author

    def _wish(self, on: Draft) -> Wish:
        if self.until is not None and self.until <= on.now:
            raise DirectoryError("the policy would end before it begins")
        return Wish(
            at=on.now,
            agent=self.agent,
            resource=parse_object(self.resource),
            roles=frozenset(self.roles),
            permissions=None if self.permissions is None else frozenset(self.permissions),
            audiences=None if self.audiences is None else frozenset(self.audiences),
            not_before=0,
            expires_at=on.now + self.lifetime,
            depth=self.depth,
            unattended=False,
            purpose=self.purpose,
            budget=None if self.budget is None else self.budget.budget(),
        )


class SuspendDelegationPolicy(OrganizationCommand):
    """Make a policy, and every delegation it made, worth nothing until it is resumed."""

    do: ClassVar[str] = "suspend-delegation-policy"
    id: Id

    @override
    def draft(self, on: Draft) -> Answer:
        known = _living(on, self.id)
        if known.status is PolicyStatus.SUSPENDED:
            return _shown(on, known)
        made = list(dependent(on.organization, lambda delegation: policy_named(delegation) == self.id))
        on.noted["dormant"] = [delegation.id for delegation in made]
        on.note_below(made)
        changed = replace(known, status=PolicyStatus.SUSPENDED, ended_at=on.now, ended_by=on.actor.name)
        return _changed(on, changed)


class ResumeDelegationPolicy(OrganizationCommand):
    """Bring a suspended policy back, with the delegations that were not revoked meanwhile."""

    do: ClassVar[str] = "resume-delegation-policy"
    id: Id

    @override
    def draft(self, on: Draft) -> Answer:
        known = _living(on, self.id)
        if known.status is PolicyStatus.ACTIVE:
            return _shown(on, known)
        return _changed(on, replace(known, status=PolicyStatus.ACTIVE, ended_at=None, ended_by=None))


class EndDelegationPolicy(OrganizationCommand):
    """End a policy for ever, with every delegation it made."""

    do: ClassVar[str] = "end-delegation-policy"
    id: Id

    @override
    def draft(self, on: Draft) -> Answer:
        known = on.organization.policies.get(self.id)
        if known is None:
            raise Unknown(f"no policy `{self.id}` in the organization")
        revoked = on.revoke(lambda _: False, policies=lambda policy: policy.id == self.id)
        return {**_shown(on, known if known.has_ended else on.ended(known)), "revoked": revoked}


def _living(on: Draft, id: str) -> DelegationPolicy:
    known = on.organization.policies.get(id)
    if known is None:
        raise Unknown(f"no policy `{id}` in the organization")
    if known.has_ended:
        raise Conflict("the policy has ended; make another")
    return known


def _changed(on: Draft, policy: DelegationPolicy) -> Answer:
    on.put_here("delegation_policies", **policy.row())
    return _shown(on, policy)


def _shown(on: Draft, policy: DelegationPolicy) -> Answer:
    return {"organization": on.organization.id, **policy.row()}
