"""Granting: a user lets an agent hold roles on a resource, by the user's own hand (semantics: delegations)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from authz_core import Object, type_of
from delegation.authority.chain import absent
from delegation.authority.effective import rights
from delegation.authority.holding import beneath_only, can_be_held, contained, exists, gives_nothing, wanting
from delegation.state.entities import Budget, Delegation, DelegationStatus
from delegation.state.world import World


class GrantRefused(Exception):
    """The delegation asked for cannot be made; `code` is stable, the text says what to do."""

    def __init__(self, code: str, detail: str) -> None:
        """Keep a stable code and one sentence without secrets."""
        super().__init__(detail)
        self.code = code


@dataclass(frozen=True, slots=True)
class Wish:
    """What a user wants to let an agent do. Times are epoch seconds."""

    at: int
    """When the user wants it: the present."""
    agent: str
    resource: Object
    roles: frozenset[str]
    permissions: frozenset[str] | None
    """A narrower set than the roles contain, or None for all that they contain now."""
    audiences: frozenset[str] | None
    not_before: int
    expires_at: int
    depth: int
    unattended: bool
    purpose: str
    budget: Budget | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What a deployment allows at most."""

    lifetime: int
    """Seconds from now to the end of a delegation."""
    chain_length: int


@dataclass(frozen=True, slots=True)
class Grant:
    """A delegation that may be recorded, and what the user consented to without holding it now."""

    delegation: Delegation
    withheld: frozenset[str]


def grant(world: World, user: str, wish: Wish, *, id: str, limits: Limits) -> Grant:
    """Return the delegation a user's wish makes.

    Raises GrantRefused when it cannot be made. What the user does not hold at the resource is no error:
    it is listed as withheld, and stays so until the user holds it.
    """
    if not world.present(user):
        raise GrantRefused("not_a_member", "the user is not an active member of the organization")
    permissions = consented(world, wish)
    refuse_times(wish, limits)
    if wish.depth > limits.chain_length - 1:
        raise GrantRefused("too_deep", f"at most {limits.chain_length - 1} further hops can be delegated")
    held = rights(world, user, permissions, wish.resource)
    if not held:
        raise GrantRefused("nothing_held", f"the user holds none of these permissions on `{wish.resource}`")
    return Grant(recorded(user, wish, permissions, id=id), withheld(world, permissions, held, wish.resource))


def withheld(world: World, permissions: frozenset[str], held: frozenset[str], resource: Object) -> frozenset[str]:
    """Return what is consented to and not held on the resource; of what is held beneath it alone, nothing is said."""
    return permissions - held - beneath_only(world, permissions, resource)


def consented(world: World, wish: Wish) -> frozenset[str]:
    """Return the permissions that a wish consents to, whoever's it is. Raises GrantRefused for what cannot be wished.

    Those of administration are never among them.
    """
    _refuse_unknown_parties(world, wish)
    return _consented(world, wish)


def _refuse_unknown_parties(world: World, wish: Wish) -> None:
    if absent(world, wish.agent):
        raise GrantRefused("unknown_agent", f"no agent `{wish.agent}` is admitted to the organization")
    if not exists(world, wish.resource):
        raise GrantRefused("unknown_resource", f"no resource `{wish.resource}` in the organization")
    if type_of(wish.resource) not in world.model.delegable:
        raise GrantRefused("not_delegable", f"resources of type `{type_of(wish.resource)}` cannot be delegated")
    audiences = {world.platform.services[name].audience for name in world.organization.services}
    if unknown := (wish.audiences or frozenset()) - audiences:
        raise GrantRefused("unknown_audience", f"no service with the audience `{min(unknown)}` is admitted")


def refuse_times(wish: Wish, limits: Limits) -> None:
    """Raise GrantRefused for a delegation that would never begin, or last longer than any may."""
    if wish.expires_at <= max(wish.at, wish.not_before):
        raise GrantRefused("bad_times", "the delegation would end before it begins")
    if wish.expires_at > wish.at + limits.lifetime:
        raise GrantRefused("too_long", f"a delegation may last {limits.lifetime} seconds at most")


def _consented(world: World, wish: Wish) -> frozenset[str]:
    for role in wish.roles:
        if not can_be_held(world, role, wish.resource):
            raise GrantRefused("unknown_role", f"no role `{role}` can be held on a `{type_of(wish.resource)}`")
    if gives_nothing(world, wish.roles, wish.resource):
        raise GrantRefused("gives_nothing", _wanting(world, wish))
    delegable = contained(world, wish.roles, wish.resource) - world.model.administrative
    if wish.permissions is None:
        return delegable
    if beyond := wish.permissions - delegable:
        raise GrantRefused("not_in_role", f"the roles contain no permission `{min(beyond)}` that can be delegated")
    return wish.permissions


def _wanting(world: World, wish: Wish) -> str:
    held = f"holding {_named(wish.roles)} on `{wish.resource}` gives nothing by itself"
    told = [
        f"`{permission}` wants {_named(besides)} besides" if besides else f"`{permission}` wants more besides"
        for permission, besides in wanting(world, wish.roles, wish.resource).items()
    ]
    return "; ".join([held, *told])


def _named(relations: Iterable[str]) -> str:
    return " and ".join(f"`{relation}`" for relation in sorted(relations))


def recorded(user: str, wish: Wish, consented: frozenset[str], *, id: str) -> Delegation:
    """Return the record of what a user lets an agent do, by the user's own hand."""
    consent: Mapping[str, Any] = {"by": "api"}
    return Delegation(
        id=id,
        user=user,
        agent=wish.agent,
        parent=None,
        resource=wish.resource,
        roles=wish.roles,
        permissions=consented,
        audiences=wish.audiences,
        not_before=wish.not_before,
        expires_at=wish.expires_at,
        depth=wish.depth,
        unattended=wish.unattended,
        purpose=wish.purpose,
        consent=consent,
        status=DelegationStatus.ACTIVE,
        created_at=wish.at,
        created_by=f"user:{user}",
        ended_at=None,
        ended_by=None,
        budget=wish.budget,
    )
