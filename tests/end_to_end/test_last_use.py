"""When a delegation was last used is shown to its user and to administrators, and decides nothing."""

from datetime import timedelta

import pytest

from tests.clock import Clock
from tests.end_to_end.deployment import JSON, Deployment
from tests.end_to_end.sites import Sites
from tests.end_to_end.tenant import Tenant, documents_service, found

pytestmark = [pytest.mark.semantics("4"), pytest.mark.threat("P26")]


def shown(tenant: Tenant, granted: JSON) -> list[int | None]:
    """Return when a delegation was last used, as its user and as administrators see it."""
    by_hand = tenant.hand(tenant.anne, "GET", granted["id"]).json()["last_used"]
    listed = tenant.must("GET", "/delegations")["delegations"]
    return [by_hand, *(one["last_used"] for one in listed if one["id"] == granted["id"])]


def again(tenant: Tenant, house: Deployment) -> Tenant:
    """Return the organization in a deployment that was started anew."""
    return Tenant(house, tenant.id, tenant.documents, tenant.planner)


@pytest.mark.parametrize("use", ["exchange", "introspect", "evaluate"])
def test_the_last_use_is_known_after_the_process_has_ended(sites: Sites, use: str) -> None:
    """A token issued, an active introspection and an allowed evaluation are uses, and outlast the process."""
    clock = Clock()
    with sites() as site:
        with site.running(clock) as house:
            tenant = found(house, "acme", documents_service(house))
            granted, other = tenant.grant(), tenant.grant(resource="project:zeus")
            token = tenant.token()
            assert shown(tenant, granted) == [None, None]
            clock.advance(timedelta(seconds=30))
            used = tenant.now
            if use == "exchange":
                tenant.token()
            elif use == "introspect":
                assert tenant.actions(token)
            else:
                assert tenant.may(token)
            clock.advance(timedelta(seconds=5))
            tenant.why(token, "project:delete")
        with site.running(clock) as house:
            tenant = again(tenant, house)
            assert shown(tenant, granted) == [used, used]
            assert shown(tenant, other) == [None, None]
