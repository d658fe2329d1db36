"""Credentials that change while the service runs: never neither works, and never both for ever."""

import hmac
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

import httpx2
import pytest
from joserfc.jwk import ECKey

from tests.clock import Clock
from tests.directory.log import last
from tests.end_to_end.deployment import JSON, Agent, Service
from tests.end_to_end.sites import Sites
from tests.end_to_end.tenant import Tenant, documents_service, found

DAY: Final = 86_400
OWN: Final = "a secret that an administrator made up elsewhere"


@pytest.fixture
def tenant(sites: Sites) -> Iterator[Tenant]:
    """An organization in a deployment of its own, whose clock the test moves."""
    with sites() as site, site.running(Clock()) as house:
        yield found(house, "acme", documents_service(house))


def changed(tenant: Tenant, agent: str, **fields: Any) -> JSON:
    """Give an agent other credentials."""
    return tenant.house.must("POST", f"/agents/{agent}/credentials", fields)


def lets_in(tenant: Tenant, agent: Agent) -> bool:
    """Tell whether an agent can authenticate."""
    form, basic = agent.authentication(tenant.house)
    answer = tenant.house.http.post("/revoke", data={"token": "x", **form}, auth=basic or httpx2.USE_CLIENT_DEFAULT)
    assert answer.status_code in {200, 401}
    return answer.status_code == 200


def in_body(tenant: Tenant, agent: Agent) -> bool:
    """Tell whether an agent can authenticate by a secret in the body."""
    form = {"token": "x", "client_id": agent.id, "client_secret": agent.secret or ""}
    return tenant.house.http.post("/revoke", data=form).status_code == 200


def asks(tenant: Tenant, service: Service) -> bool:
    """Tell whether a service can introspect."""
    pair = (service.id, service.secret)
    return tenant.house.http.post("/introspect", data={"token": "x"}, auth=pair).status_code == 200


@pytest.mark.threat("K12")
def test_the_old_secret_of_an_agent_stays_good_for_a_day(tenant: Tenant) -> None:
    """Both secrets work until the last second of the overlap, by header and by body; then the new one alone does."""
    old = tenant.planner
    answer = changed(tenant, old.id, secret=True)
    new = Agent(old.id, answer["client_secret"])
    assert answer["previous_secret_until"] == tenant.now + DAY
    tenant.house.clock.advance(timedelta(seconds=DAY - 1))
    assert [lets_in(tenant, each) for each in (old, new)] == [True, True]
    assert [in_body(tenant, each) for each in (old, new)] == [True, True]
    tenant.house.clock.advance(timedelta(seconds=1))
    assert [lets_in(tenant, each) for each in (old, new)] == [False, True]
    assert [in_body(tenant, each) for each in (old, new)] == [False, True]


def test_the_old_secret_of_a_service_stays_good_for_a_while(tenant: Tenant) -> None:
    """A service's secrets overlap for as long as was asked."""
    old = tenant.documents
    answer = tenant.house.must("POST", f"/services/{old.id}/secrets", {"keep_previous": 60})
    new = Service(old.id, answer["client_secret"], old.audience)
    assert [asks(tenant, each) for each in (old, new)] == [True, True]
    tenant.house.clock.advance(timedelta(seconds=60))
    assert [asks(tenant, each) for each in (old, new)] == [False, True]


def test_an_overlap_may_be_none(tenant: Tenant) -> None:
    """A secret that somebody else has is replaced at once."""
    answer = changed(tenant, tenant.planner.id, secret=OWN, keep_previous=0)
    assert answer.keys() == {"id", "client_id", "revision"}
    assert not lets_in(tenant, tenant.planner)
    assert lets_in(tenant, Agent(tenant.planner.id, OWN))
    tenant.house.must("POST", f"/services/{tenant.documents.id}/secrets", {"secret": OWN, "keep_previous": 0})
    assert not asks(tenant, tenant.documents)
    assert asks(tenant, Service(tenant.documents.id, OWN, tenant.documents.audience))


def test_two_secrets_at_most_are_good(tenant: Tenant) -> None:
    """A third secret ends the first, and no second one outlives its own overlap by that."""
    first = tenant.planner
    second, third = (Agent(first.id, changed(tenant, first.id, secret=True)["client_secret"]) for _ in range(2))
    assert [lets_in(tenant, each) for each in (first, second, third)] == [False, True, True]
    tenant.house.clock.advance(timedelta(seconds=DAY))
    assert [lets_in(tenant, each) for each in (first, second, third)] == [False, False, True]


def test_an_agent_has_one_kind_of_credentials(tenant: Tenant) -> None:
    """Who gets keys loses every secret at once, and who gets a secret loses the keys: there is no weaker way beside."""
    secretive = tenant.planner
    key = ECKey.generate_key("P-256")
    keyed = Agent(secretive.id, None, key)
    changed(tenant, secretive.id, secret=OWN)
    changed(tenant, secretive.id, jwks={"keys": [key.as_dict(private=False)]})
    assert [lets_in(tenant, each) for each in (secretive, Agent(secretive.id, OWN), keyed)] == [False, False, True]
    back = Agent(secretive.id, changed(tenant, secretive.id, secret=True)["client_secret"])
    assert [lets_in(tenant, each) for each in (secretive, keyed, back)] == [False, False, True]


def test_keys_are_replaced_by_keys(tenant: Tenant) -> None:
    """An agent's key set is replaced whole: a key that is left out is good no longer."""
    old, new = (ECKey.generate_key("P-256") for _ in range(2))
    agents = [Agent("signer.acme", None, key, serial) for key, serial in ((old, 0), (new, 100))]
    tenant.house.must("POST", "/agents", {"id": "signer.acme", "jwks": {"keys": [old.as_dict(private=False)]}})
    both = {"keys": [key.as_dict(private=False) for key in (old, new)]}
    changed(tenant, "signer.acme", jwks=both)
    assert [lets_in(tenant, each) for each in agents] == [True, True]
    changed(tenant, "signer.acme", jwks={"keys": both["keys"][1:]})
    assert [lets_in(tenant, each) for each in agents] == [False, True]


def test_a_service_that_was_deleted_gets_no_secret(tenant: Tenant) -> None:
    """What was deleted is gone for ever, and so is what does not exist."""
    tenant.house.must("DELETE", f"/services/{tenant.documents.id}")
    tenant.house.must("DELETE", f"/agents/{tenant.planner.id}")
    for path in (f"/services/{tenant.documents.id}/secrets", "/services/nobody/secrets"):
        assert tenant.house.manage("POST", path, {}).status_code == 404
    for path in (f"/agents/{tenant.planner.id}/credentials", "/agents/nobody/credentials"):
        assert tenant.house.manage("POST", path, {"secret": True}).status_code == 404


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"keep_previous": 1},
        {"secret": True, "jwks_uri": "https://keys.example/"},
        {"secret": OWN, "keep_previous": -1},
        {"secret": OWN, "keep_previous": 30 * DAY + 1},
        {"secret": "too short"},
        {"secret": False},
        {"jwks": {"keys": []}},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": "http://keys.example/"},
        {"jwks_uri": "https://user@keys.example/"},
        {"jwks_uri": "https://" + "a" * 500 + ".example/"},
        {"dpop_bound": "yes"},
    ],
)
def test_credentials_that_are_none_are_refused(tenant: Tenant, fields: JSON) -> None:
    """One kind of credentials in its proper form, or nothing changes."""
    answer = tenant.house.manage("POST", f"/agents/{tenant.planner.id}/credentials", fields)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")
    assert lets_in(tenant, tenant.planner)


def test_whether_tokens_are_bound_is_changed_by_itself(tenant: Tenant) -> None:
    """Nothing else about the agent's credentials changes with it."""
    changed(tenant, tenant.planner.id, dpop_bound=True)
    assert lets_in(tenant, tenant.planner)


@pytest.mark.threat("47")
def test_the_log_tells_of_the_change_and_of_no_secret(tenant: Tenant) -> None:
    """Who changed whose credentials when is recorded; the secret is in no record."""
    answer = changed(tenant, tenant.planner.id, secret=True)
    record = last(tenant.house, "platform")
    assert (record["action"], record["actor"]) == ("create-agent-credentials", "administrator:bootstrap")
    assert record["detail"]["id"] == tenant.planner.id
    assert answer["client_secret"] not in str(record)


@pytest.mark.threat("46")
def test_a_client_that_nobody_knows_takes_the_same_work(monkeypatch: pytest.MonkeyPatch, tenant: Tenant) -> None:
    """As many hashes are compared for an unknown client as for one with two secrets, whichever is right."""
    compared: list[str] = []
    genuine = hmac.compare_digest

    def counting(one: str, other: str) -> bool:
        compared.append(other)
        return genuine(one, other)

    new = Agent(tenant.planner.id, changed(tenant, tenant.planner.id, secret=True)["client_secret"])
    monkeypatch.setattr(hmac, "compare_digest", counting)
    counts = []
    for agent in (new, tenant.planner, Agent(tenant.planner.id, "wrong"), Agent("nobody", "wrong")):
        compared.clear()
        lets_in(tenant, agent)
        counts.append(len(compared))
    assert counts == [2, 2, 2, 2]
