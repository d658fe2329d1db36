"""Clocks that jump by an hour under a whole service: nothing is judged by them, and nothing is revived."""

from datetime import timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from delegation.app.timekeeping import LIMIT
from tests.databases import rows
from tests.end_to_end.deployment import Deployment, running
from tests.end_to_end.sites import Sites
from tests.end_to_end.tenant import APOLLO, EDITOR, Tenant, documents_service, found
from tests.life.clocks import HOUR, Machine, Shifted

ISSUER = "https://as.example"
PATIENCE = 30.0
JUMPS = pytest.mark.parametrize("jump", [HOUR, -HOUR], ids=["forward", "back"])
ENTRIES = "SELECT chain, sequence FROM heads WHERE chain <> 'seals' ORDER BY chain"


def statuses(house: Deployment, tenant: Tenant, token: str, anne: str) -> dict[str, int]:
    """Return the status of the answer to each kind of request."""
    service = (tenant.documents.id, tenant.documents.secret)
    entry = {"type": "resource_role", "identifier": APOLLO, "privileges": [EDITOR], "organization": tenant.id}
    question: dict[str, Any] = {
        "subject": {"type": "token", "id": token},
        "action": {"name": "project:edit"},
        "resource": {"type": "project", "id": "apollo"},
    }
    return {
        "readiness": house.http.get("/readyz").status_code,
        "introspection": house.http.post("/introspect", data={"token": token}, auth=service).status_code,
        "evaluation": house.http.post("/access/v1/evaluation", json=question, auth=service).status_code,
        "exchange": house.exchange(tenant.planner, anne, details=[entry]).status_code,
        "change": house.manage("POST", "/users", {"id": f"u{monotonic()}"}).status_code,
    }


SERVES = {"readiness": 200, "introspection": 200, "evaluation": 200, "exchange": 200, "change": 201}
REFUSES = dict.fromkeys(SERVES, 503)


def until_ready(house: Deployment) -> None:
    """Return when a process says that it is ready."""
    end = monotonic() + PATIENCE
    while house.http.get("/readyz").status_code != 200:
        assert monotonic() < end, house.http.get("/readyz").text
        sleep(0.05)


def until_refusing(house: Deployment) -> str:
    """Return what a process says as soon as it is not ready."""
    end = monotonic() + PATIENCE
    while (answer := house.http.get("/readyz")).status_code != 503:
        assert monotonic() < end, answer.text
        sleep(0.05)
    return str(answer.json()["detail"])


@pytest.mark.threat("53")
@JUMPS
def test_a_process_whose_clock_jumps_serves_nothing_until_it_is_right(sites: Sites, jump: timedelta) -> None:
    """After a jump no answer is given and nothing is written, and all is as before when the clock is back."""
    clock = Shifted()
    with sites() as site, site.running(clock, skew=LIMIT, issuer=ISSUER) as house:
        tenant = found(house, "acme", documents_service(house))
        tenant.grant()
        token, anne = tenant.token(), tenant.house.user_token(tenant.anne)
        assert statuses(house, tenant, token, anne) == SERVES
        before = rows(site.database_url, ENTRIES)
        clock.shift = jump
        assert statuses(house, tenant, token, anne) == REFUSES
        assert house.http.get("/healthz").status_code == 200
        assert " s ahead" in house.http.get("/readyz").text or " s behind" in house.http.get("/readyz").text
        assert rows(site.database_url, ENTRIES) == before
        clock.shift = timedelta()
        until_ready(house)
        assert statuses(house, tenant, token, anne) == SERVES


@pytest.mark.threat("53")
def test_what_has_expired_is_not_revived_by_a_clock_that_is_set_back(tmp_path: Path) -> None:
    """A token that has expired is not active while the clock says an hour before, and not afterwards either."""
    clock = Machine()
    with running(tmp_path / "data", clock, skew=LIMIT, monotonic=clock.elapsed) as house:
        tenant = found(house, "acme", documents_service(house))
        tenant.grant()
        token, anne = tenant.token(), tenant.house.user_token(tenant.anne)
        clock.go_on(timedelta(seconds=301))
        assert house.introspect(tenant.documents, token) == {"active": False}
        clock.advance(-HOUR)
        assert statuses(house, tenant, token, anne) == REFUSES
        clock.advance(HOUR)
        assert house.introspect(tenant.documents, token) == {"active": False}


@pytest.mark.threat("53")
@pytest.mark.threat("K15")
@JUMPS
def test_of_two_processes_only_the_one_with_the_right_clock_serves(sites: Sites, jump: timedelta) -> None:
    """On one database a process that is an hour off issues and believes nothing, and others do not notice."""
    right, wrong = Shifted(), Shifted()
    with (
        sites() as site,
        site.running(right, skew=LIMIT, issuer=ISSUER) as one,
        site.running(wrong, skew=LIMIT, issuer=ISSUER) as two,
    ):
        tenant = found(one, "acme", documents_service(one))
        tenant.grant()
        wrong.shift = jump
        token, anne = tenant.token(), tenant.house.user_token(tenant.anne)
        assert statuses(one, tenant, token, anne) == SERVES
        assert statuses(two, tenant, token, anne) == REFUSES
        wrong.shift = timedelta()
        until_ready(two)
        assert statuses(two, tenant, token, anne) == SERVES
