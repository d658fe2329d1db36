"""Agents that publish their keys: fetched when an assertion names the agent, and no more often than that needs."""

import socket
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from typing import Final

import httpx2
import pytest
from joserfc.jwk import ECKey

from tests.clock import Clock
from tests.conformance import rfc
from tests.end_to_end.deployment import ASSERTION, JWT, Agent
from tests.end_to_end.sites import Sites
from tests.end_to_end.tenant import documents_service, found
from tests.rfc.answers import refusal, told
from tests.rfc.key_server import KeyServer, keys, page, serving
from tests.rfc.stage import Stage, set_up

OLD: Final = ECKey.generate_key("P-256")
NEW: Final = ECKey.generate_key("P-256")
INTERVAL: Final = timedelta(seconds=30)
STRANGERS: Final = 20
_SERIAL: Final = count()


def publishing(stage: Stage, server: KeyServer, key: ECKey = OLD) -> Agent:
    """Register an agent whose keys are at the server."""
    id_ = stage.tenant.own(f"publisher-{next(_SERIAL)}")
    stage.tenant.house.must("POST", "/agents", {"id": id_, "jwks_uri": server.url})
    return Agent(id_, None, key)


def by(stage: Stage, agent: Agent, key: ECKey | None = None) -> httpx2.Response:
    """Authenticate as the agent, with its own key or with another."""
    signer = Agent(agent.id, None, key or agent.key, next(_SERIAL) * 1000)
    return stage.signed("/revoke", {"token": "x"}, signer.assertion(stage.tenant.house))


def passes(stage: Stage, agent: Agent, key: ECKey | None = None) -> bool:
    """Tell whether the agent is let in; fails when the answer is neither yes nor an unknown client."""
    answer = by(stage, agent, key)
    assert answer.status_code == 200 or refusal(answer) == (401, "invalid_client")
    return answer.status_code == 200


def later(stage: Stage, step: timedelta) -> None:
    """Let time go by."""
    stage.tenant.house.clock.advance(step)


def test_the_keys_are_fetched_once_when_they_are_needed(stage: Stage) -> None:
    """Registration fetches nothing; the first assertion does, and those after it do not."""
    with serving(keys(OLD)) as server:
        agent = publishing(stage, server)
        assert server.asked == []
        assert [passes(stage, agent) for _ in range(5)] == [True] * 5
        assert len(server.asked) == 1


@rfc("7523", "3", "registered-keys")
@pytest.mark.threat("60")
def test_a_new_key_is_learnt_and_an_old_one_forgotten(stage: Stage) -> None:
    """An agent rotates by publishing: the new key is good at its first use, the old one for five minutes at most."""
    with serving(keys(OLD)) as server:
        agent = publishing(stage, server)
        assert passes(stage, agent)
        later(stage, INTERVAL)
        server.behaviour = keys(OLD, NEW)
        assert [passes(stage, agent, key) for key in (NEW, OLD)] == [True, True]
        server.behaviour = keys(NEW)
        later(stage, timedelta(seconds=300))
        assert [passes(stage, agent, key) for key in (OLD, NEW)] == [False, True]


@pytest.mark.threat("K9")
@pytest.mark.threat("44")
def test_a_stranger_does_not_make_us_ask_more_often(stage: Stage) -> None:
    """However many unknown keys are named in an agent's name, its address is asked once in thirty seconds."""
    with serving(keys(OLD)) as server:
        agent = publishing(stage, server)
        assert passes(stage, agent)
        for minutes in range(3):
            later(stage, INTERVAL)
            with ThreadPoolExecutor(STRANGERS) as strangers:
                strange = [ECKey.generate_key("P-256") for _ in range(STRANGERS)]
                assert not any(strangers.map(lambda key: passes(stage, agent, key), strange))
            assert len(server.asked) == 2 + minutes
            assert passes(stage, agent)


@pytest.mark.threat("K9")
def test_many_who_come_at_once_wait_for_one_answer(stage: Stage) -> None:
    """The first question is asked once, and everybody who waits for it is let in."""
    with serving(keys(OLD)) as server:
        agent = publishing(stage, server)
        with ThreadPoolExecutor(STRANGERS) as racers:
            assert all(racers.map(lambda _: passes(stage, agent), range(STRANGERS)))
        assert len(server.asked) == 1


@pytest.mark.threat("44")
@pytest.mark.threat("46")
def test_an_error_is_not_remembered(stage: Stage) -> None:
    """While the keys cannot be had, the client is as unknown as any; five seconds later they are asked for again."""
    with serving(page(b"out of order", 500)) as server:
        agent = publishing(stage, server)
        failed = told(by(stage, agent))
        assert failed == told(by(stage, Agent("nobody", None, OLD)))
        server.behaviour = keys(OLD)
        assert not passes(stage, agent)
        later(stage, timedelta(seconds=5))
        assert passes(stage, agent)


def test_what_is_known_serves_for_a_while(stage: Stage) -> None:
    """An address that is down for less than an hour keeps nobody out whose key is known."""
    with serving(keys(OLD)) as server:
        agent = publishing(stage, server)
        assert passes(stage, agent)
    later(stage, timedelta(minutes=59))
    assert passes(stage, agent)
    later(stage, timedelta(minutes=2))
    assert not passes(stage, agent)


def test_other_credentials_end_the_published_keys(stage: Stage) -> None:
    """An agent that is given keys or another address here is known by its old address no longer."""
    with serving(keys(OLD)) as server, serving(keys(NEW)) as elsewhere:
        agent = publishing(stage, server)
        assert passes(stage, agent)
        stage.tenant.house.must("POST", f"/agents/{agent.id}/credentials", {"jwks_uri": elsewhere.url})
        assert [passes(stage, agent, key) for key in (OLD, NEW)] == [False, True]


def test_the_keys_serve_for_actor_tokens_too(stage: Stage) -> None:
    """What proves the actor is verified with the same keys, fetched when it alone needs them."""
    with serving(keys(OLD)) as server:
        agent = publishing(stage, server)
        stage.tenant.admit(agent)
        lent = stage.tenant.grant(agent=agent.id, unattended=True)
        form = stage.form(subject_token=lent["receipt"], subject_token_type=JWT, authorization_details=None)
        actor = Agent(agent.id, None, OLD, 500).assertion(stage.tenant.house)
        proof = Agent(agent.id, None, OLD, 600).assertion(stage.tenant.house)
        answer = stage.signed("/token", {**form, "actor_token": actor, "actor_token_type": JWT}, proof)
        assert answer.status_code == 200, answer.text


@pytest.mark.threat("44")
def test_a_service_in_production_asks_nobody_inside(sites: Sites) -> None:
    """Behind a public issuer, an agent's address on this machine is not connected to unless the deployment says so."""
    issuer = "https://as.example"
    with sites() as site, socket.create_server(("127.0.0.1", 0)) as sink, serving(keys(OLD)) as server:
        sink.settimeout(0)
        with site.running(Clock(), issuer=issuer) as house:
            stage = set_up(found(house, "acme", documents_service(house)))
            for url in (f"http://127.0.0.1:{sink.getsockname()[1]}/", f"https://localhost:{sink.getsockname()[1]}/"):
                agent = Agent(stage.tenant.own(f"inside-{next(_SERIAL)}"), None, OLD)
                house.must("POST", "/agents", {"id": agent.id, "jwks_uri": url})
                assert not passes(stage, agent)
            known = publishing(stage, server)
            assert not passes(stage, known)
        with pytest.raises(BlockingIOError):
            sink.accept()
        assert server.asked == []
        with site.running(Clock(), issuer=issuer, private_key_addresses="10.0.0.0/8, 127.0.0.0/8") as house:
            again = Agent(known.id, None, OLD, 900_000).assertion(house)
            form = {"token": "x", "client_assertion_type": ASSERTION, "client_assertion": again}
            assert house.http.post("/revoke", data=form).status_code == 200
