"""Which delegation covers what an agent asks: the one named, or the only one in force that does."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from authz_core import Holding, Object, parse_object, type_of
from delegation.authority.bounds import Bound, all_carried, of_delegation
from delegation.authority.chain import chain_of, not_in_force
from delegation.authority.holding import can_be_held, contained, exists
from delegation.authority.refusal import Refusal, Term
from delegation.oauth.errors import InvalidDetails, InvalidRequest, InvalidScope, ProtocolError
from delegation.oauth.exchange_request import ExchangeRequest
from delegation.oauth.subjects import Subject
from delegation.oauth.terms import Terms
from delegation.state.entities import Agent, Delegation, Service
from delegation.state.world import World
from delegation.tokens import AccessToken


@dataclass(frozen=True, slots=True)
class Case:
    """Who asks, for whom, for what, and the world in which it is decided."""

    world: World
    agent: Agent
    subject: Subject
    request: ExchangeRequest
    now: int
    """Epoch seconds."""
    made: Delegation | None = None
    """A delegation that an administrator's policy makes for what is asked, on record once the token is."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of one delegation: roles on a resource, and the permissions that makes."""

    identifier: Object
    privileges: frozenset[str]
    permissions: frozenset[str]

    @property
    def holding(self) -> Holding:
        """What is asked to be held."""
        return Holding(self.identifier, self.privileges)


def covering_delegation(case: Case, terms: Terms) -> tuple[Delegation, Asked]:
    """Return the one delegation in force that covers what is asked, and what that is."""
    world = case.world
    held = _held(case)
    faults = {link.id: not_in_force(world, chain_of(world, link), case.now) for link in held}
    in_force = [link for link in held if faults[link.id] is None]
    if not in_force:
        blamed = Term.STATUS if faults else Term.DELEGATION
        raise InvalidRequest(_none_in_force(faults), consent_uri=terms.consent_uri).blaming(blamed)
    covering = [(link, asked) for link in in_force if (asked := _covered(case, link)) is not None]
    if not covering:
        raise _beyond(case, in_force, terms)
    # Those for other services do not cover this; when there are no others, the target is what is refused.
    covering = [(link, asked) for link, asked in covering if _serves(case, link)] or covering[:1]
    if len(covering) > 1:
        raise InvalidRequest(
            "several delegations cover this; name one as `delegation_id`",
            delegations=sorted(link.id for link, _ in covering),
        )
    return covering[0]


def _serves(case: Case, delegation: Delegation) -> bool:
    """Return whether a delegation is for the service asked for, as far as one is asked for."""
    service = service_named(case)
    return delegation.audiences is None or service is None or service.audience in delegation.audiences


def service_named(case: Case) -> Service | None:
    """Return the service a request names, by its audience or its id; None when it names none that is known."""
    named = case.request.target or (case.request.details.location if case.request.details else None)
    platform = case.world.platform
    return None if named is None else platform.service_for(named) or platform.services.get(named)


def _beyond(case: Case, in_force: list[Delegation], terms: Terms) -> ProtocolError:
    """Return the refusal of what no delegation covers; it blames the scope when all else is covered."""
    unscoped = replace(case, request=replace(case.request, scope=None))
    by_scope = case.request.scope is not None and any(covers(unscoped, link) for link in in_force)
    error = InvalidScope if by_scope else InvalidDetails
    wrong = "this goes beyond what the user granted; ask for less, or ask the user to grant it"
    return error(wrong, consent_uri=terms.consent_uri).blaming(Term.DELEGATION)


def _held(case: Case) -> tuple[Delegation, ...]:
    """Return the delegations that come into question: the one named, or all of this user to this agent."""
    held = case.world.organization.delegations.between(case.subject.user, case.agent.id)
    if case.subject.derived_from is not None:
        held = _derivable(case, case.subject.derived_from, held)
    if case.made is not None:
        held = (*held, case.made)
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


def _derivable(case: Case, token: AccessToken, held: tuple[Delegation, ...]) -> tuple[Delegation, ...]:
    """Return the delegations for which something can be derived from a token of ours.

    The agent that has it stays with its delegation; another needs one made out of that, directly or hop by hop.
    """
    own = token.details.delegation_id
    if case.agent.id == token.client_id:
        return tuple(link for link in held if link.id == own)
    return tuple(link for link in held if any(above.id == own for above in chain_of(case.world, link)))


def _none_in_force(faults: Mapping[str, Refusal | None]) -> str:
    for fault in faults.values():
        if fault is not None:
            return f"{fault.detail}; the user can grant a new delegation"
    return "nobody has let this agent act here for the user; the user can grant it, or an agent of the chain pass it on"


def covers(case: Case, delegation: Delegation) -> bool:
    """Return whether a delegation lets through all that is asked."""
    return _covered(case, delegation) is not None


def _covered(case: Case, delegation: Delegation) -> Asked | None:
    """Return what is asked of a delegation that lets all of it through; None for any other."""
    try:
        asked = _asked_of(case, delegation)
    except InvalidDetails:
        return None
    carried = all_carried(case.world, of_delegation(delegation), asked.holding, asked.permissions, case.now)
    return asked if asked.permissions and carried == asked.permissions else None


def _asked_of(case: Case, delegation: Delegation) -> Asked:
    """Return what is asked of a delegation; what the request leaves open is the delegation's own."""
    world, request = case.world, case.request
    identifier, privileges = _place(case, delegation)
    if not exists(world, identifier):
        raise InvalidDetails(f"no resource `{identifier}` in the organization")
    if request.details and not all(can_be_held(world, slug, identifier) for slug in privileges):
        raise InvalidDetails(f"`privileges` names a role that cannot be held on a `{type_of(identifier)}`")
    holding = Holding(identifier, privileges)
    given = all_carried(world, Bound(holding, None), holding, contained(world, privileges, identifier), case.now)
    if not given:
        raise InvalidDetails(f"the privileges give nothing on `{identifier}`")
    if request.actions is not None:
        if not request.actions <= given:
            raise InvalidDetails("the privileges do not contain all the actions asked for")
        return Asked(identifier, privileges, request.actions)
    # Asking for the delegation's own roles by name asks for what was consented to, not for what they became.
    if privileges <= delegation.roles:
        given &= delegation.permissions
    return Asked(identifier, privileges, given)


def _place(case: Case, delegation: Delegation) -> tuple[Object, frozenset[str]]:
    """Return where which roles are asked: as the request says, else as the subject's token, else as the delegation."""
    if case.request.details is not None:
        return case.request.details.identifier, case.request.details.privileges
    token = case.subject.derived_from
    if token is not None and token.details.delegation_id == delegation.id:
        return parse_object(token.details.identifier), frozenset(token.details.privileges)
    return delegation.resource, delegation.roles
