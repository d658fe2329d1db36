"""Requests repeated at another server, after a restart, the next day, or when the first answer was lost."""

import json
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import httpx2
import pytest
from sqlalchemy import NullPool, create_engine, inspect

from tests.clock import Clock
from tests.databases import execute, rows
from tests.end_to_end.deployment import ADMINISTRATOR, JSON, Deployment
from tests.end_to_end.repeating import code, post, same
from tests.end_to_end.sites import Site, Sites
from tests.races.replicas import RACERS, served

DAY: Final = timedelta(hours=24)
SECOND: Final = timedelta(seconds=1)

pytestmark = pytest.mark.threat("R6")


@dataclass
class Street:
    """One database, and as many servers on it as a test starts."""

    site: Site
    clock: Clock


@pytest.fixture
def street(sites: Sites, clock: Clock) -> Iterator[Street]:
    """Return a database of the test's own."""
    with sites() as site:
        yield Street(site, clock)


AGENT: Final[JSON] = {"id": "planner", "secret": True}


def test_an_answer_is_kept_for_a_day(deployment: Deployment, clock: Clock) -> None:
    """For 24 hours the answer is the same; then the key is free, and the same request is another one."""
    deployment.must("POST", "/organizations", {"id": "acme"})
    first = post(deployment, "/agents", AGENT, "k")
    clock.advance(DAY)
    assert same([first, post(deployment, "/agents", AGENT, "k")])

    clock.advance(SECOND)
    assert code(post(deployment, "/agents", AGENT, "k")) == (409, "conflict")
    assert post(deployment, "/users", {"id": "u"}, "k").status_code == 201
    assert code(post(deployment, "/agents", AGENT, "k")) == (422, "idempotency_key_reused")


def test_an_answer_is_the_same_from_another_server_and_after_a_restart(street: Street) -> None:
    """What one process answered another repeats, and one that was started later, though the first is gone."""
    with street.site.running(street.clock) as one, street.site.running(street.clock) as other:
        answers = [post(house, "/agents", AGENT, "k") for house in (one, other, one)]
    with street.site.running(street.clock) as later:
        answers.append(post(later, "/agents", AGENT, "k"))
        refused = post(later, "/agents", {"id": "other", "secret": True}, "k")

    assert same(answers)
    assert answers[0].json()["client_secret"]
    assert code(refused) == (422, "idempotency_key_reused")


@pytest.mark.threat("33")
def test_fifty_racers_with_one_key_make_one_thing_and_get_one_answer(street: Street) -> None:
    """Fifty requests at the same moment to two servers: one agent, one delegation, one answer to each."""
    with served(street.site, street.clock) as replicas:
        one = replicas.houses[0]
        one.must("POST", "/organizations", {"id": "acme"})
        one.must("POST", "/organizations/acme/resources", {"resource": "workspace:design"})
        one.user("anne")
        one.assign("user:anne", "workspace-member", "workspace:design")
        one.agent("writer")
        wish = {
            "organization": "acme",
            "agent": "writer",
            "resource": "workspace:design",
            "roles": ["workspace-member"],
        }
        person = one.user_token("anne", audience=f"{one.issuer}/delegations")

        def race(path: str, body: JSON, bearer: str, key: str) -> list[httpx2.Response]:
            headers = {"Authorization": f"Bearer {bearer}", "Idempotency-Key": key}
            return replicas.race([lambda http: http.post(path, json=body, headers=headers)] * RACERS)

        for n in range(3):
            assert same(race("/agents", {"id": f"a{n}", "secret": True}, ADMINISTRATOR, f"k{n}"))
            assert same(race("/delegations", {**wish, "expires_in": 600, "unattended": True}, person, f"k{n}"))
        made = one.must("GET", "/organizations/acme/delegations")["delegations"]
        assert len(made) == 3


def test_an_answer_that_was_lost_on_the_way_is_told_when_asked_again(street: Street) -> None:
    """When the connection ends before the answer, the change may be there; repeating tells it, after a restart too."""
    with street.site.running(street.clock) as house:
        body = json.dumps(AGENT)
        lines = (
            "POST /agents HTTP/1.1",
            "Host: localhost",
            f"Authorization: Bearer {ADMINISTRATOR}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            "Idempotency-Key: k",
            "",
            body,
        )
        url = httpx2.URL(house.http.base_url)
        with socket.create_connection((url.host, url.port or 80)) as connection:
            connection.sendall("\r\n".join(lines).encode())
        deadline = time.monotonic() + 60
        while not rows(street.site.database_url, "SELECT 1 FROM agents") and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(rows(street.site.database_url, "SELECT 1 FROM agents")) == 1, "it was never carried out"
        first = post(house, "/agents", AGENT, "k")
    with street.site.running(street.clock) as later:
        again = post(later, "/agents", AGENT, "k")
        secret = str(first.json()["client_secret"])
        known = later.http.post("/revoke", data={"token": "x"}, auth=("planner", secret))

    assert same([first, again])
    assert known.status_code == 200
    assert len(rows(street.site.database_url, "SELECT 1 FROM agents")) == 1


@pytest.mark.parametrize(
    "spoil",
    [
        "UPDATE answers SET answer = 'x'",
        "UPDATE answers SET answer = (SELECT sealed FROM signing_keys LIMIT 1)",
        "UPDATE answers SET answer = (SELECT answer FROM answers ORDER BY until DESC LIMIT 1)",
    ],
    ids=["destroyed", "a signing key", "another's answer"],
)
def test_an_answer_that_cannot_be_opened_is_made_up_for_by_nothing(street: Street, spoil: str) -> None:
    """Where a seal does not open, as under a new master key, the client is told to look; nothing is made."""
    with street.site.running(street.clock) as house:
        post(house, "/agents", AGENT, "k")
        street.clock.advance(SECOND)
        post(house, "/agents", {"id": "other", "secret": True}, "l")
        execute(street.site.database_url, spoil)
        before = rows(street.site.database_url, "SELECT * FROM heads WHERE chain = 'platform'")
        answer = post(house, "/agents", AGENT, "k")

        assert code(answer) == (409, "answer_lost")
        assert "look at what was made" in answer.json()["detail"]
        assert rows(street.site.database_url, "SELECT * FROM heads WHERE chain = 'platform'") == before


@pytest.mark.threat("47")
def test_nothing_that_was_answered_is_plain_in_the_database(acme: Deployment) -> None:
    """Neither secrets nor receipts nor keys can be read anywhere in the database while their answers are kept."""
    key = "an-idempotency-key-that-nobody-may-see"
    secret = post(acme, "/agents", AGENT, key).json()["client_secret"]
    acme.must("PUT", "/organizations/acme/agents/planner", {"ceiling": "none"})
    token = acme.user_token("anne", audience=f"{acme.issuer}/delegations")
    wish = {"organization": "acme", "agent": "planner", "resource": "project:apollo", "roles": ["project-editor"]}
    answer = post(acme, "/delegations", {**wish, "expires_in": 60, "unattended": True}, key, bearer=token)
    receipt = answer.json()["receipt"]

    url = acme.settings.database
    tables = inspect(create_engine(url, poolclass=NullPool)).get_table_names()
    kept = "".join(str(rows(url, f'SELECT * FROM "{table}"')) for table in tables)  # noqa: S608 - its own names
    assert len(rows(url, "SELECT * FROM answers")) == 2
    assert [word for word in (secret, receipt, key) if word in kept] == []
