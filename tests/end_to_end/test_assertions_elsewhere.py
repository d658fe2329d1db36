"""Client assertions in several processes on one database, and after a restart: each is good for one use in all."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Final

import httpx2
import pytest

from tests.clock import NOON, Clock
from tests.conformance import rfc
from tests.end_to_end.deployment import ASSERTION, Deployment
from tests.end_to_end.sites import Sites
from tests.end_to_end.tenant import documents_service, found

pytestmark = [rfc("7523", "3", "single-use"), pytest.mark.threat("27")]

ISSUER: Final = "https://as.example"
RACERS: Final = 30


def presented(house: Deployment, assertion: str) -> httpx2.Response:
    """Authenticate by an assertion."""
    form = {"token": "x", "client_assertion_type": ASSERTION, "client_assertion": assertion}
    return house.http.post("/revoke", data=form)


def test_what_one_process_accepted_the_other_refuses(sites: Sites) -> None:
    """Whichever of two processes is asked first, the other takes the assertion for used."""
    clock = Clock()
    with sites() as site, site.running(clock, issuer=ISSUER) as house, site.running(clock, issuer=ISSUER) as beside:
        agent = found(house, "acme", documents_service(house)).agent("keyed", keyed=True)
        for first, second in ((house, beside), (beside, house)):
            assertion = agent.assertion(house)
            assert [presented(each, assertion).status_code for each in (first, second, first)] == [200, 401, 401]


@pytest.mark.threat("I8")
def test_of_racers_in_two_processes_one_wins(sites: Sites) -> None:
    """However many present one assertion to both processes at the same moment, one is answered."""
    clock = Clock()
    with sites() as site, site.running(clock, issuer=ISSUER) as house, site.running(clock, issuer=ISSUER) as beside:
        agent = found(house, "acme", documents_service(house)).agent("keyed", keyed=True)
        assertion = agent.assertion(house)
        with ThreadPoolExecutor(RACERS) as racers:
            answers = racers.map(lambda each: presented(each, assertion).status_code, [house, beside] * (RACERS // 2))
        assert sorted(answers) == [200] + [401] * (RACERS - 1)


def test_a_restart_forgets_no_assertion(sites: Sites) -> None:
    """What was used before a restart is used after it, until it would have expired."""
    clock = Clock()
    with sites() as site:
        with site.running(clock, issuer=ISSUER) as house:
            agent = found(house, "acme", documents_service(house)).agent("keyed", keyed=True)
            assertion = agent.assertion(house, exp=int(NOON.timestamp()) + 3600)
            assert presented(house, assertion).status_code == 200
        with site.running(clock, issuer=ISSUER) as again:
            assert presented(again, assertion).status_code == 401
            assert presented(again, replace(agent).assertion(again)).status_code == 200
