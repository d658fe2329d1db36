"""Tokens bound to a key as subjects: their own agent alone may go on with them, by their own key, and stays bound."""

import json
from typing import Any, Final

import httpx2
import pytest

from tests.clock import Clock
from tests.conformance import rfc
from tests.databases import rows
from tests.end_to_end.deployment import ACCESS_TOKEN, DOCUMENTS, EXCHANGE, Agent, Deployment, payload
from tests.end_to_end.sites import Sites
from tests.end_to_end.tenant import Tenant, documents_service, found
from tests.proving import Prover

pytestmark = [pytest.mark.semantics("6"), pytest.mark.threat("29")]

ISSUER: Final = "https://as.example"


@pytest.fixture
def prover(tenant: Tenant) -> Prover:
    """Whoever has the key of the planner's tokens."""
    return Prover(tenant.house.clock)


def send(house: Deployment, form: dict[str, str], agent: Agent, proof: str | None) -> httpx2.Response:
    """Ask for a token with a proof, or without one."""
    body, basic = agent.authentication(house)
    headers = {} if proof is None else {"DPoP": proof}
    return house.http.post("/token", data={**form, **body}, auth=basic or httpx2.USE_CLIENT_DEFAULT, headers=headers)


def exchanged(
    tenant: Tenant, subject: str, prover: Prover | None, agent: Agent | None = None, **form: str
) -> httpx2.Response:
    """Exchange a subject token, proving a key with the nonce that the server asks for."""
    asked = {
        "grant_type": EXCHANGE,
        "subject_token": subject,
        "subject_token_type": ACCESS_TOKEN,
        "resource": DOCUMENTS,
        "authorization_details": httpx2.Response(200, json=tenant.details()).text,
        **form,
    }
    house, by = tenant.house, agent or tenant.planner
    return send(house, asked, by, None if prover is None else proven(house, prover, by))


def proven(house: Deployment, prover: Prover, agent: Agent) -> str:
    """Return a proof that is good now."""
    demanded = send(house, {"grant_type": "client_credentials"}, agent, prover.proof(f"{house.issuer}/token"))
    assert demanded.json()["error"] == "use_dpop_nonce"
    return prover.proof(f"{house.issuer}/token", nonce=demanded.headers["DPoP-Nonce"])


def token(answer: httpx2.Response) -> str:
    """Return the token of an answer that has to have one."""
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


def key_of(text: str) -> str | None:
    """Return the thumbprint of the key that a token is bound to."""
    confirmed: dict[str, str] = payload(text).get("cnf", {})
    return confirmed.get("jkt")


@pytest.fixture
def bound(tenant: Tenant, prover: Prover) -> str:
    """The planner's token for apollo, bound to the prover's key."""
    tenant.grant(depth=1, unattended=True)
    return token(exchanged(tenant, tenant.house.user_token(tenant.anne), prover))


def test_its_own_agent_goes_on_with_it_by_its_key(tenant: Tenant, prover: Prover, bound: str) -> None:
    """What is derived from a bound token is bound to the same key, time and again."""
    narrowed = token(exchanged(tenant, bound, prover))
    again = token(exchanged(tenant, narrowed, prover))
    assert [key_of(each) for each in (bound, narrowed, again)] == [prover.thumbprint] * 3
    assert tenant.house.introspect(tenant.documents, again)["cnf"] == {"jkt": prover.thumbprint}


@rfc("9700", "4.9.1", "counterfeit")
def test_without_a_proof_it_is_worth_nothing(tenant: Tenant, bound: str) -> None:
    """The binding cannot be exchanged away, not even by the agent itself."""
    answer = exchanged(tenant, bound, None)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_dpop_proof")


def test_another_key_of_the_same_agent_is_another_key(tenant: Tenant, bound: str) -> None:
    """A proof by another key does not move the binding."""
    answer = exchanged(tenant, bound, Prover(tenant.house.clock))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_dpop_proof")


def test_another_agent_gets_nothing_for_it(tenant: Tenant, prover: Prover, bound: str) -> None:
    """Not even one to which a child of the delegation exists, and not even with the key: it uses its receipt."""
    helper = tenant.agent("helper")
    body = tenant.wish(agent=helper.id, expires_in=600, unattended=True)
    parent = payload(bound)["authorization_details"][0]["delegation_id"]
    basic = (tenant.planner.id, tenant.planner.secret or "")
    child = tenant.house.http.post(f"/delegations/{parent}/children", json=body, auth=basic)
    assert child.status_code == 201, child.text
    for by in (None, prover, Prover(tenant.house.clock)):
        answer = exchanged(tenant, bound, by, helper)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    jwt = ACCESS_TOKEN.replace("access_token", "jwt")
    assert exchanged(tenant, child.json()["receipt"], None, helper, subject_token_type=jwt).status_code == 200


def test_a_bearer_token_may_become_bound_and_never_the_reverse(tenant: Tenant, prover: Prover) -> None:
    """A proof beside a bearer token binds what is derived from it, and from then on there is no way back."""
    tenant.grant()
    bearer = tenant.token()
    now_bound = token(exchanged(tenant, bearer, prover))
    assert (key_of(bearer), key_of(now_bound)) == (None, prover.thumbprint)
    assert exchanged(tenant, now_bound, None).status_code == 400


def test_an_agents_own_bound_token_proves_it_beside_its_key_alone(tenant: Tenant, prover: Prover) -> None:
    """As `actor_token` it needs a proof by its key; no proof and another key are refused."""
    tenant.grant()
    house, planner = tenant.house, tenant.planner
    own = token(send(house, {"grant_type": "client_credentials"}, planner, proven(house, prover, planner)))
    user = house.user_token(tenant.anne)
    said: dict[str, Any] = {"actor_token": own, "actor_token_type": ACCESS_TOKEN}
    answers = [exchanged(tenant, user, by, **said) for by in (prover, None, Prover(house.clock))]
    assert [answer.status_code for answer in answers] == [200, 400, 400]
    assert {answer.json()["error"] for answer in answers[1:]} == {"invalid_dpop_proof"}


def test_a_bound_token_is_given_up_without_a_proof(tenant: Tenant, bound: str) -> None:
    """Ending a token is never made harder than it was."""
    assert tenant.give_up(bound).status_code == 200
    assert tenant.actions(bound) == []


def test_what_was_bound_is_on_record(tenant: Tenant, prover: Prover, bound: str) -> None:
    """The audit record of a token names the key, and a refused proof leaves a record that says why."""
    assert exchanged(tenant, bound, None).status_code == 400
    query = "SELECT body FROM log WHERE chain LIKE 'process:%' ORDER BY sequence DESC LIMIT 2"
    refused, issued = (json.loads(body) for (body,) in rows(tenant.house.settings.database, query))
    assert (issued["action"], issued["detail"]["key"]) == ("token.issued", prover.thumbprint)
    assert (refused["action"], refused["detail"]["error"]) == ("token.refused", "invalid_dpop_proof")


def asked_with(house: Deployment, agent: Agent, proof: str) -> httpx2.Response:
    """Ask for an agent's own token with a proof."""
    return send(house, {"grant_type": "client_credentials"}, agent, proof)


@pytest.mark.threat("27")
@rfc("9449", "11.1", "single-use")
def test_what_one_process_accepted_the_other_refuses(sites: Sites) -> None:
    """Nonces of either process are good at both, and a proof that one of them accepted is used at both."""
    clock = Clock()
    with sites() as site, site.running(clock, issuer=ISSUER) as house, site.running(clock, issuer=ISSUER) as beside:
        agent, prover = found(house, "acme", documents_service(house)).planner, Prover(clock)
        for first, second in ((house, beside), (beside, house)):
            proof = proven(first, prover, agent)
            answers = [asked_with(each, agent, proof) for each in (second, first, second)]
            assert [answer.status_code for answer in answers] == [200, 400, 400]
            assert {answer.json()["error"] for answer in answers[1:]} == {"invalid_dpop_proof"}


@pytest.mark.threat("27")
@rfc("9449", "11.1", "single-use")
def test_a_restart_forgets_neither_proofs_nor_bindings(sites: Sites) -> None:
    """What was used before a restart is used after it, a nonce stays good, and a bound token stays bound."""
    clock = Clock()
    with sites() as site:
        with site.running(clock, issuer=ISSUER) as house:
            tenant, prover = found(house, "acme", documents_service(house)), Prover(clock)
            tenant.grant()
            used, kept = proven(house, prover, tenant.planner), proven(house, prover, tenant.planner)
            assert asked_with(house, tenant.planner, used).status_code == 200
            bound = token(exchanged(tenant, house.user_token(tenant.anne), prover))
        with site.running(clock, issuer=ISSUER) as again:
            after = Tenant(again, tenant.id, tenant.documents, tenant.planner)
            assert asked_with(again, tenant.planner, used).status_code == 400
            assert asked_with(again, tenant.planner, kept).status_code == 200
            assert again.introspect(tenant.documents, bound)["cnf"] == {"jkt": prover.thumbprint}
            assert [exchanged(after, bound, by).status_code for by in (None, prover)] == [400, 200]
