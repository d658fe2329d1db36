"""Decisions are counted once each, under the first term that said no."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.durability.world import APOLLO, PLANNER, SERVICE
from tests.telemetry.conftest import Watched


@contextmanager
def counted(watched: Watched, **labels: str) -> Iterator[None]:
    """Expect exactly one decision more, with these labels, once the block ends."""
    before = watched.scrape()
    yield
    after = watched.scrape()
    name = "delegation_decisions_total"
    assert after.of(name, **labels) - before.of(name, **labels) == 1
    assert after.of(name, asked=labels["asked"]) - before.of(name, asked=labels["asked"]) == 1


def token_of(watched: Watched, user: str) -> tuple[str, str]:
    """Return a delegation of a user and a token on it."""
    granted = watched.world.grant(watched.server.http, user).json()["id"]
    return granted, watched.world.exchange(watched.server.http, user, granted).json()["access_token"]


def introspected(watched: Watched, token: str) -> bool:
    """Return whether a token is active."""
    active: bool = watched.server.http.post("/introspect", data={"token": token}, auth=SERVICE).json()["active"]
    return active


def evaluated(watched: Watched, token: str, action: str = "app:view", resource: str = APOLLO) -> dict[str, Any]:
    """Return what a service is told about a token."""
    kind, _, name = resource.partition(":")
    question = {
        "subject": {"type": "token", "id": token},
        "action": {"name": action},
        "resource": {"type": kind, "id": name, "properties": {"organization": "acme"}},
    }
    told: dict[str, Any] = watched.server.http.post("/access/v1/evaluation", json=question, auth=SERVICE).json()
    return told


def test_what_is_allowed_is_counted(watched_server: Watched) -> None:
    """An exchange, an introspection and an evaluation that say yes are one allowed decision each."""
    watched, http = watched_server, watched_server.server.http
    granted = watched.world.grant(http, "u0").json()["id"]
    with counted(watched, asked="issue", outcome="allowed", term="none"):
        token = watched.world.exchange(http, "u0", granted).json()["access_token"]
    with counted(watched, asked="introspection", outcome="allowed", term="none"):
        assert introspected(watched, token)
    with counted(watched, asked="evaluation", outcome="allowed", term="none"):
        assert evaluated(watched, token, "project:view")["decision"]


@pytest.mark.semantics("5")
def test_a_denial_is_counted_under_its_term(watched_server: Watched) -> None:
    """The term is the one that an evaluation names, and an introspection counts the same though it tells no term."""
    watched, world, http = watched_server, watched_server.world, watched_server.server.http
    granted, token = token_of(watched, "u0")
    with counted(watched, asked="evaluation", outcome="denied", term="user"):
        assert evaluated(watched, token, "organization:delete")["context"]["failing"]["term"] == "user"
    with counted(watched, asked="introspection", outcome="denied", term="token"):
        assert not introspected(watched, "nonsense")
    watched.server.must("PUT", "/organizations/acme/agents/planner", {"ceiling": []})
    with counted(watched, asked="introspection", outcome="denied", term="ceiling"):
        assert not introspected(watched, token)
    with counted(watched, asked="issue", outcome="denied", term="ceiling"):
        assert world.exchange(http, "u0", granted).status_code == 400
    watched.server.must("PUT", "/organizations/acme/agents/planner", {"ceiling": "none"})
    assert world.assignment(http, "DELETE", "u0").is_success
    with counted(watched, asked="introspection", outcome="denied", term="user"):
        assert not introspected(watched, token)
    assert world.assignment(http, "PUT", "u0").is_success
    assert world.hand(http, "u0", "DELETE", f"/delegations/{granted}?organization=acme").is_success
    with counted(watched, asked="introspection", outcome="denied", term="status"):
        assert not introspected(watched, token)
    with counted(watched, asked="issue", outcome="denied", term="status"):
        assert world.exchange(http, "u0", granted).status_code == 400


def test_tokens_are_counted_by_grant_and_refusals_by_code(watched_server: Watched) -> None:
    """Each token is one, by its grant; each refusal is one, by the code that was answered."""
    watched, http = watched_server, watched_server.server.http
    before = watched.scrape()
    assert http.post("/token", data={"grant_type": "client_credentials"}, auth=PLANNER).status_code == 200
    assert http.post("/token", data={"grant_type": "password"}, auth=PLANNER).status_code == 400
    assert http.post("/token", data={"grant_type": "client_credentials"}, auth=(PLANNER[0], "x")).status_code == 401
    after = watched.scrape()
    issued, refused = "delegation_tokens_issued_total", "delegation_tokens_refused_total"
    assert after.of(issued, grant="client_credentials") - before.of(issued, grant="client_credentials") == 1
    for code in ("unsupported_grant_type", "invalid_client"):
        assert after.of(refused, error=code) - before.of(refused, error=code) == 1
