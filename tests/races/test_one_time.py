"""One-time things: of fifty who present one at the same moment exactly one wins, also across servers and restarts.

The servers are threads of one process; test_hosts.py has the first of these races between processes.
"""

from collections import Counter

import httpx2
import pytest

from delegation.store import Store, Taken, Unit
from tests.clock import Clock
from tests.databases import Make
from tests.end_to_end.deployment import ACCESS_TOKEN, ASSERTION, DOCUMENTS, EXCHANGE, Deployment
from tests.end_to_end.sites import Sites
from tests.end_to_end.tenant import Tenant, documents_service, found
from tests.proving import Prover
from tests.races.replicas import RACERS, Replicas, Send, served
from tests.store.samples import claim, opened
from tests.store.test_races import race

pytestmark = [pytest.mark.threat("33")]

ROUNDS = [5, pytest.param(100, marks=pytest.mark.slow)]


def exchange(tenant: Tenant, assertion: str, user_token: str) -> Send:
    """Return how a token is asked for with a client assertion."""
    form = {
        "grant_type": EXCHANGE,
        "subject_token": user_token,
        "subject_token_type": ACCESS_TOKEN,
        "resource": DOCUMENTS,
        "authorization_details": httpx2.Response(200, json=tenant.details()).text,
        "client_assertion_type": ASSERTION,
        "client_assertion": assertion,
    }
    return lambda http: http.post("/token", data=form)


@pytest.mark.parametrize("rounds", ROUNDS)
def test_of_fifty_presentations_of_one_assertion_one_gets_a_token(
    replicas: Replicas, tenant: Tenant, rounds: int
) -> None:
    """A client assertion authenticates once: of fifty requests at two servers one gets a token, the others 401."""
    agent, house = tenant.agent("keyed", keyed=True), tenant.house
    tenant.grant(agent=agent.id)
    user_token = house.user_token(tenant.anne)
    for _ in range(rounds):
        once = exchange(tenant, agent.assertion(house), user_token)
        answers = replicas.race([once] * RACERS)
        assert Counter(answer.status_code for answer in answers) == {200: 1, 401: RACERS - 1}
        assert {answer.json().get("error") for answer in answers} == {None, "invalid_client"}


@pytest.mark.threat("27")
@pytest.mark.parametrize("rounds", ROUNDS)
def test_of_fifty_presentations_of_one_proof_one_gets_a_token(replicas: Replicas, tenant: Tenant, rounds: int) -> None:
    """A proof of possession is good once: of fifty equal requests at two servers one gets a token, the others 400."""
    house, planner = tenant.house, tenant.planner
    prover, url, basic = Prover(house.clock), f"{house.issuer}/token", (planner.id, planner.secret or "")

    def asked(proof: str) -> Send:
        form = {"grant_type": "client_credentials"}
        return lambda http: http.post("/token", data=form, auth=basic, headers={"DPoP": proof})

    nonce = asked(prover.proof(url))(house.http).headers["DPoP-Nonce"]
    for _ in range(rounds):
        answers = replicas.race([asked(prover.proof(url, nonce=nonce))] * RACERS)
        assert Counter(answer.status_code for answer in answers) == {200: 1, 400: RACERS - 1}
        assert {answer.json().get("error") for answer in answers} == {None, "invalid_dpop_proof"}


def test_an_assertion_of_another_agent_with_the_same_jti_is_another_one(replicas: Replicas, tenant: Tenant) -> None:
    """Agents choose their `jti` by themselves: two that chose the same do not use up each other's."""
    agents, house = [tenant.agent(f"keyed{n}", keyed=True) for n in range(2)], tenant.house
    for agent in agents:
        tenant.grant(agent=agent.id)
    user_token = house.user_token(tenant.anne)
    for number in range(20):
        sends = [
            exchange(tenant, agent.assertion(house, jti=f"{tenant.id}-{number}"), user_token) for agent in agents * 2
        ]
        # Each agent's are sent to both servers.
        answers = replicas.race([sends[0], sends[2], sends[1], sends[3]])
        assert [sorted(answer.status_code for answer in answers[n : n + 2]) for n in (0, 2)] == [[200, 401]] * 2


@pytest.mark.slow
def test_what_was_used_before_a_restart_stays_used(sites: Sites) -> None:
    """An assertion that got a token before all servers were restarted gets none from any of them afterwards."""
    clock = Clock()
    with sites() as site:
        with served(site, clock) as before:
            house = before.houses[0]
            tenant = found(house, "acme", documents_service(house))
            agent = tenant.agent("keyed", keyed=True)
            tenant.grant(agent=agent.id)
            once = [exchange(tenant, agent.assertion(house), house.user_token(tenant.anne)) for _ in range(10)]
            assert [answer.status_code for answer in before.race(once)] == [200] * len(once)
        with site.running(clock, issuer=house.issuer) as one, site.running(clock, issuer=house.issuer) as two:
            assert refused(one, once) == refused(two, once) == [401] * len(once)


def refused(house: Deployment, sends: list[Send]) -> list[int]:
    """Return the statuses with which a server answers."""
    return [send(house.http).status_code for send in sends]


@pytest.mark.anyio
async def test_one_key_under_two_purposes_is_two_things(databases: Make, migrated: str) -> None:
    """Of fifty who claim one key under two purposes through two stores one wins each, in every round."""
    purposes = ("jti", "code")
    with databases(migrated) as url:
        async with opened(url, instance="one") as one, opened(url, instance="two") as two:
            for number in range(20):
                units = [claim(f"k{number}", purpose=purposes[n // 2 % 2]) for n in range(RACERS)]
                won = await winners((one, two), units)
                assert sorted(purposes[n // 2 % 2] for n in won) == sorted(purposes)


async def winners(stores: tuple[Store, Store], units: list[Unit]) -> list[int]:
    """Return the numbers of the units that were done; fails unless all others were told that they came too late."""
    became = await race(stores, units)
    won = [number for number, outcome in enumerate(became) if outcome == {}]
    assert sum(isinstance(outcome, Taken) for outcome in became) == len(units) - len(won)
    return won
