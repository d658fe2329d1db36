"""Whether a service may follow an organization, and whom it has to be told of there."""

from delegation.state.entities import Service, Standing
from delegation.state.organization import Organization
from delegation.state.views import View


def follower(view: View, service: str) -> Service | None:
    """Return the service that may follow the organization of a view; None where none of that name may."""
    organization, known = view.organization, view.platform.services.get(service)
    if known is None or known.status is not Standing.ACTIVE:
        return None
    lets = organization is not None and organization.active and organization.services.get(service, False)
    return known if lets else None


def concerned(organization: Organization, now: float) -> frozenset[str]:
    """Return the users whose standing decides there: of delegations that have not ended, and authors of policies.

    `now` in epoch seconds.
    """
    delegators = (user for user, until in organization.delegators.items() if until > now)
    return organization.authors.union(delegators)
