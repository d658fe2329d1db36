"""Token exchange: from a person's token or a receipt to a token for one agent, one role, one subtree, one service.

RFC 8693; semantics: token exchange. A plain function of the request and the newest pictures.
"""

from datetime import UTC, datetime

from delegation.authority.bounds import all_carried
from delegation.authority.budgets import Kind, spends_of
from delegation.authority.chain import chain_of
from delegation.authority.effective import Ground, Presented, effective_on
from delegation.authority.refusal import Term
from delegation.authority.tally import failing_term
from delegation.oauth.covering import Asked, Case, covering_delegation
from delegation.oauth.deriving import ancestors_of
from delegation.oauth.errors import InvalidDetails, InvalidRequest, InvalidScope, InvalidTarget
from delegation.oauth.presented import bound_of, own_bound
from delegation.oauth.terms import Terms
from delegation.state.entities import Delegation, Service, Standing
from delegation.tokens import AccessToken, Ancestor, Grant


def exchange(case: Case, *, terms: Terms, jti: str, key: str | None = None) -> AccessToken:
    """Return the token an agent gets, bound to a key if it proved one. Raises ProtocolError when it gets none."""
    world, subject, now = case.world, case.subject, case.now
    delegation, wanted = covering_delegation(case, terms)
    service = _service(case, delegation)
    _refuse_beyond_subject(case, delegation, service)
    asked = _within_subject(wanted, case)
    _refuse_elsewhere(case, asked)
    chain = chain_of(world, delegation)
    ends = (subject.expires_at, *(link.expires_at for link in chain))
    expires_at = min(now + terms.lifetime, *ends)
    ancestors = ancestors_of(subject, asked)
    granted = _granted(case, chain, asked, ancestors, expires_at)
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
        key=key,
        budgeted=bool(spends_of(chain, Kind.EVALUATIONS)),
    )


def _granted(
    case: Case, chain: tuple[Delegation, ...], asked: Asked, ancestors: tuple[Ancestor, ...], expires_at: int
) -> frozenset[str]:
    """Return what of the things asked is effective now. Raises InvalidDetails when nothing is."""
    presented = Presented(
        user=case.subject.user,
        agent=case.agent.id,
        delegation=chain[-1].id,
        # The token's own bound is what is asked, which is no more than its privileges were just found to give here.
        bounds=tuple(map(bound_of, ancestors)),
        tokens=frozenset(),
        not_before=case.now,
        expires_at=expires_at,
    )
    granted = effective_on(Ground(case.world, presented, chain, case.now), asked.permissions, asked.identifier)
    if not granted:
        blamed = failing_term(case.world, presented, asked.permissions, asked.identifier, case.now)
        raise InvalidDetails(f"nothing of what was asked is effective on `{asked.identifier}` now").blaming(blamed)
    return granted


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _within_subject(asked: Asked, case: Case) -> Asked:
    """Return what is asked, kept within a restricted subject token; named permissions are never trimmed."""
    restriction, actions = case.subject.scope, case.request.actions
    if restriction is None:
        return asked
    if actions is not None and not actions <= restriction:
        raise InvalidScope("the subject token is restricted to fewer permissions").blaming(Term.TOKEN)
    allowed = asked.permissions & restriction
    if not allowed:
        raise InvalidScope("the subject token is restricted to other permissions").blaming(Term.TOKEN)
    return Asked(asked.identifier, asked.privileges, allowed)


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


def _refuse_elsewhere(case: Case, asked: Asked) -> None:
    """Refuse a place that a token of ours, from which something is to be derived, does not reach."""
    token = case.subject.derived_from
    if token is None:
        return
    if all_carried(case.world, own_bound(token), asked.holding, asked.permissions, case.now) != asked.permissions:
        raise InvalidDetails("this goes beyond `subject_token`; ask for less, or use another one").blaming(Term.TOKEN)


def _refuse_beyond_subject(case: Case, delegation: Delegation, service: Service) -> None:
    """Refuse what a user token restricted by authorization details is not for. Raises ProtocolError.

    What is derived from a token of ours may be for another service than that, but for none that a user token forbids.
    """
    limits, token = case.subject.details, case.subject.derived_from
    if token is not None and any(each.location not in {None, service.audience} for each in token.ancestors):
        raise InvalidTarget("`subject_token` comes from a user token that is restricted to another service")
    if limits is None:
        return
    if limits.organization not in {None, case.world.organization.id} or limits.delegation not in {None, delegation.id}:
        raise InvalidRequest("`subject_token` is restricted to another organization or delegation").blaming(Term.TOKEN)
    if limits.location not in {None, service.audience}:
        raise InvalidTarget("`subject_token` is restricted to another service")
