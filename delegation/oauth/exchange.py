"""Token exchange: from a person's token or a receipt to a token for one agent, one role, one subtree, one service.

RFC 8693; semantics: token exchange. A plain function of the request and the newest pictures.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from authz_core import Holding, Object, type_of
from delegation.authority.bounds import Bound, all_within, of_delegation
from delegation.authority.chain import chain_of, not_in_force
from delegation.authority.effective import Presented, effective
from delegation.authority.refusal import Refusal
from delegation.oauth.errors import InvalidDetails, InvalidRequest, InvalidScope, InvalidTarget, ProtocolError
from delegation.oauth.exchange_request import ExchangeRequest
from delegation.oauth.presented import bound_of
from delegation.oauth.subjects import Subject
from delegation.oauth.terms import Terms
from delegation.state.entities import Agent, Delegation, Service, Standing
from delegation.state.world import World
from delegation.tokens import AccessToken, Ancestor, Grant


@dataclass(frozen=True, slots=True)
class Case:
    """Who asks, for whom, for what, and the world in which it is decided."""

    world: World
    agent: Agent
    subject: Subject
    request: ExchangeRequest
    now: int
    """Epoch seconds."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked of one delegation: roles on a resource, and the permissions that makes."""

    identifier: Object
    privileges: frozenset[str]
    permissions: frozenset[str]


def exchange(case: Case, *, terms: Terms, jti: str) -> AccessToken:
    """Return the token an agent gets. Raises ProtocolError when it gets none."""
    world, subject, now = case.world, case.subject, case.now
    delegation = _delegation(case, terms)
    service = _service(case, delegation)
    _refuse_beyond_subject(case, delegation, service)
    asked = _within_subject(_asked(case, delegation), case)
    chain = chain_of(world, delegation)
    ends = (subject.expires_at, *(link.expires_at for link in chain))
    expires_at = min(now + terms.lifetime, *ends)
    ancestors = _ancestors(subject)
    own = Bound(Holding(asked.identifier, asked.privileges), asked.permissions)
    presented = Presented(
        user=subject.user,
        agent=case.agent.id,
        delegation=delegation.id,
        bounds=(own, *map(bound_of, ancestors)),
        tokens=frozenset(),
        not_before=now,
        expires_at=expires_at,
    )
    granted = effective(world, presented, asked.permissions, asked.identifier, now)
    if not granted:
        raise InvalidDetails(f"nothing of what was asked is effective on `{asked.identifier}` now")
    return AccessToken(
        issuer=terms.issuer,
        subject=subject.user,
        audience=service.audience,
        issued_at=_moment(now),
        not_before=_moment(now),
        expires_at=_moment(expires_at),
        jti=jti,
        organization=world.organization.id,
        actors=tuple(link.agent for link in reversed(chain)),
        details=Grant(asked.identifier, tuple(sorted(asked.privileges)), granted, delegation.id),
        asked=asked.permissions,
        scope=" ".join(sorted(granted)) if case.request.scope is not None else None,
        ancestors=ancestors,
    )


def _ancestors(subject: Subject) -> tuple[Ancestor, ...]:
    """Return the restriction that a user token puts on what is derived from it."""
    if subject.details is None:
        return ()
    details = subject.details
    privileges = tuple(sorted(details.privileges))
    return (Ancestor(subject.jti, details.identifier, privileges, details.actions),)


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _delegation(case: Case, terms: Terms) -> Delegation:
    """Return the one delegation in force that covers what is asked."""
    world = case.world
    held = _held(case)
    faults = {link.id: not_in_force(world, chain_of(world, link), case.now) for link in held}
    in_force = [link for link in held if faults[link.id] is None]
    if not in_force:
        raise InvalidRequest(_none_in_force(faults), consent_uri=terms.consent_uri)
    covering = [link for link in in_force if _covers(case, link)]
    if not covering:
        raise _beyond(case, in_force, terms)
    if len(covering) > 1:
        raise InvalidRequest(
            "several delegations cover this; name one as `delegation_id`",
            delegations=sorted(link.id for link in covering),
        )
    return covering[0]


def _beyond(case: Case, in_force: list[Delegation], terms: Terms) -> ProtocolError:
    """Return the refusal of what no delegation covers; it blames the scope when all else is covered."""
    unscoped = replace(case, request=replace(case.request, scope=None))
    by_scope = case.request.scope is not None and any(_covers(unscoped, link) for link in in_force)
    error = InvalidScope if by_scope else InvalidDetails
    wrong = "this goes beyond what the user granted; ask for less, or ask the user to grant it"
    return error(wrong, consent_uri=terms.consent_uri)


def _held(case: Case) -> tuple[Delegation, ...]:
    """Return the delegations that come into question: the one named, or all of this user to this agent."""
    held = case.world.organization.delegations.between(case.subject.user, case.agent.id)
    by_receipt = case.subject.delegation
    by_request = case.request.details.delegation if case.request.details else None
    if by_receipt is not None and by_request not in {None, by_receipt}:
        raise InvalidDetails("`delegation_id` is not the delegation of the receipt")
    named = by_receipt or by_request
    if named is None:
        return held
    found = tuple(link for link in held if link.id == named and (link.unattended or by_receipt is None))
    if not found and by_receipt is None:
        raise InvalidDetails("`delegation_id` names no delegation of this user to this agent")
    return found


def _none_in_force(faults: Mapping[str, Refusal | None]) -> str:
    for fault in faults.values():
        if fault is not None:
            return f"{fault.detail}; the user can grant a new delegation"
    return "the user has not let this agent act; the user can grant it"


def _covers(case: Case, delegation: Delegation) -> bool:
    try:
        asked = _asked(case, delegation)
    except InvalidDetails:
        return False
    bound = of_delegation(delegation)
    within = all_within(case.world, bound, asked.permissions, asked.identifier, case.now)
    return bool(asked.permissions) and within == asked.permissions


def _asked(case: Case, delegation: Delegation) -> _Asked:
    """Return what is asked of a delegation; what the request leaves open is the delegation's own."""
    world, request = case.world, case.request
    identifier = request.details.identifier if request.details else delegation.resource
    privileges = request.details.privileges if request.details else delegation.roles
    if identifier not in world.organization.resources:
        raise InvalidDetails(f"no resource `{identifier}` in the organization")
    if request.details and not all(_fits(world, slug, identifier) for slug in privileges):
        raise InvalidDetails(f"`privileges` names a role that cannot be held on a `{type_of(identifier)}`")
    own = Bound(Holding(identifier, privileges), None)
    contained = all_within(world, own, _contained(world, privileges), identifier, case.now)
    if not contained:
        raise InvalidDetails(f"the privileges give nothing on `{identifier}`")
    if request.actions is not None:
        if not request.actions <= contained:
            raise InvalidDetails("the privileges do not contain all the actions asked for")
        return _Asked(identifier, privileges, request.actions)
    # Asking for the delegation's own roles by name asks for what was consented to, not for what they became.
    if privileges <= delegation.roles:
        contained &= delegation.permissions
    return _Asked(identifier, privileges, contained)


def _fits(world: World, slug: str, identifier: Object) -> bool:
    role = world.model.roles.get(slug)
    return role is not None and role.type == type_of(identifier)


def _contained(world: World, roles: frozenset[str]) -> frozenset[str]:
    known = (world.model.roles[slug].permissions for slug in roles if slug in world.model.roles)
    return frozenset[str]().union(*known)


def _within_subject(asked: _Asked, case: Case) -> _Asked:
    """Return what is asked, kept within a restricted subject token; named permissions are never trimmed."""
    restriction, actions = case.subject.scope, case.request.actions
    if restriction is None:
        return asked
    if actions is not None and not actions <= restriction:
        raise InvalidScope("the subject token is restricted to fewer permissions")
    allowed = asked.permissions & restriction
    if not allowed:
        raise InvalidScope("the subject token is restricted to other permissions")
    return _Asked(asked.identifier, asked.privileges, allowed)


def _service(case: Case, delegation: Delegation) -> Service:
    """Return the one service the token is for; it must be named, admitted, and among the delegation's."""
    world, request = case.world, case.request
    target = request.target or (request.details.location if request.details else None)
    if target is None and delegation.audiences and len(delegation.audiences) == 1:
        (target,) = delegation.audiences
    if target is None:
        raise InvalidTarget("name the service the token is for as `resource`")
    service = world.platform.service_for(target) or world.platform.services.get(target)
    known = service is not None and service.status is Standing.ACTIVE
    if service is None or not known or service.id not in world.organization.services:
        raise InvalidTarget("no such service is admitted to the organization")
    if delegation.audiences is not None and service.audience not in delegation.audiences:
        raise InvalidTarget("the delegation is for other services")
    if request.details and request.details.location not in {None, service.audience}:
        raise InvalidDetails("`locations` names another service than `resource`")
    return service


def _refuse_beyond_subject(case: Case, delegation: Delegation, service: Service) -> None:
    """Refuse what a user token restricted by authorization details is not for. Raises ProtocolError."""
    limits = case.subject.details
    if limits is None:
        return
    if limits.organization not in {None, case.world.organization.id} or limits.delegation not in {None, delegation.id}:
        raise InvalidRequest("`subject_token` is restricted to another organization or delegation")
    if limits.location not in {None, service.audience}:
        raise InvalidTarget("`subject_token` is restricted to another service")
