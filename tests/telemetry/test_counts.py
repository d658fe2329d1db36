"""What is counted inside, seen from outside: commits, reads, pictures, seals, keys, quotas and budgets."""

from collections.abc import Iterator

import pytest

from delegation.app.clock import utc_now
from tests.durability.world import APOLLO, SERVICE, founded
from tests.processes.host import until
from tests.telemetry.conftest import Watched
from tests.telemetry.scraping import Scrape, watched

STRANGERS = 5
SEALED = "delegation_sealed_timestamp_seconds"


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """A server that seals every second and bears few strangers."""
    directory = tmp_path_factory.mktemp("busy") / "data"
    variables = {"DELEGATION_SEAL_INTERVAL": "1", "DELEGATION_STRANGER_LIMIT": str(STRANGERS)}
    with watched(directory, **variables) as (server, port):
        yield Watched(server, founded(server, 1), port)


def more(after: Scrape, before: Scrape, sample: str, **labels: str) -> float:
    """Return by how much a sample grew."""
    return after.of(sample, **labels) - before.of(sample, **labels)


def test_a_commit_is_timed_and_its_units_counted(busy: Watched) -> None:
    """A change is one unit of one transaction that took some time, and its request has waited for a read."""
    before = busy.scrape()
    busy.server.must("POST", "/users", {"id": "one-more"})
    after = busy.scrape()
    assert more(after, before, "delegation_commit_seconds_count") >= 1
    assert more(after, before, "delegation_commit_units_sum") >= more(after, before, "delegation_commit_units_count")
    assert more(after, before, "delegation_commit_seconds_sum") > 0
    assert more(after, before, "delegation_freshness_seconds_count") >= 1
    assert more(after, before, "delegation_requests_total", route="/users", method="POST", status="201") == 1
    assert more(after, before, "delegation_request_seconds_count", route="/users") == 1


def test_a_picture_that_is_behind_is_told_by_how_much(busy: Watched) -> None:
    """The read after a change finds the platform's picture one revision behind, and lets it follow."""
    busy.server.http.get("/jwks.json")
    before = busy.scrape()
    busy.server.must("POST", "/agents", {"id": "and-another", "secret": True})
    busy.server.http.get("/jwks.json")
    after = busy.scrape()
    assert more(after, before, "delegation_picture_lag_revisions_sum") >= 1
    assert more(after, before, "delegation_pictures_total", event="followed") >= 1
    assert after.of("delegation_pictures_total", event="loaded") >= 1


def test_a_spent_budget_is_counted(busy: Watched) -> None:
    """The use of a delegation that has none left is a refusal of its kind, and no failure of the database."""
    world, http = busy.world, busy.server.http
    what = {"organization": "acme", "agent": "planner", "resource": APOLLO, "roles": ["project-editor"]}
    asked = {**what, "expires_in": 600, "budget": {"tokens": 1, "evaluations": 1}}
    granted = world.hand(http, "u0", "POST", "/delegations", asked)
    token = world.exchange(http, "u0", granted.json()["id"]).json()["access_token"]
    before = busy.scrape()
    assert world.exchange(http, "u0", granted.json()["id"]).status_code == 400
    assert [introspected(busy, token) for _ in range(2)] == [True, False]
    after = busy.scrape()
    for kind in ("tokens", "evaluations"):
        assert more(after, before, "delegation_budget_refusals_total", kind=kind) == 1
    assert more(after, before, "delegation_commit_failures_total", reason="spent") == 2
    denied = {"outcome": "denied", "term": "delegation"}
    assert more(after, before, "delegation_decisions_total", asked="introspection", **denied) == 1
    assert more(after, before, "delegation_decisions_total", asked="introspection", outcome="allowed") == 1
    assert more(after, before, "delegation_decisions_total", asked="issue", **denied) == 1


def introspected(watched: Watched, token: str) -> bool:
    """Return whether a token is active."""
    active: bool = watched.server.http.post("/introspect", data={"token": token}, auth=SERVICE).json()["active"]
    return active


def test_the_log_is_told_to_be_sealed(busy: Watched) -> None:
    """Round after round the moment moves on at which the log was found sealed, and no round has failed."""
    before = busy.scrape()
    assert abs(utc_now().timestamp() - before.of(SEALED)) < 60
    until(lambda: busy.scrape().of(SEALED) > before.of(SEALED) + 1)
    assert more(busy.scrape(), before, "delegation_seals_total", outcome="sealed") >= 1
    assert busy.scrape().of("delegation_seals_total", outcome="failed") == 0


def test_every_key_that_signs_is_told_of(busy: Watched) -> None:
    """For each purpose it is told since when a key signs, and that none is about to take over."""
    purposes = {"access-token", "receipt", "introspection", "audit-seal"}
    until(lambda: busy.scrape().labels("delegation_signing_key_timestamp_seconds", "purpose") == purposes)
    scrape = busy.scrape()
    for purpose in purposes:
        assert scrape.of("delegation_signing_key_timestamp_seconds", purpose=purpose) > 1_700_000_000
        assert scrape.of("delegation_signing_key_rotation_timestamp_seconds", purpose=purpose) == 0


def test_memory_and_lag_are_measured(busy: Watched) -> None:
    """Once a second the rows in memory and the lateness of the event loop are measured."""
    before = busy.scrape()
    until(lambda: more(busy.scrape(), before, "delegation_event_loop_lag_seconds_count") >= 2)
    scrape = busy.scrape()
    assert 0 < scrape.of("delegation_rows_in_memory") < scrape.of("delegation_rows_in_memory_limit") == 3_000_000
    assert scrape.of("delegation_commit_waiting") == 0


def test_strangers_beyond_the_quota_are_counted(busy: Watched) -> None:
    """Each request of a stranger that is one too many is one refusal of that quota, and of no other."""
    before = busy.scrape()
    wrong = {"Authorization": "Bearer nonsense"}
    codes = [busy.server.http.get("/organizations/acme", headers=wrong).status_code for _ in range(STRANGERS + 3)]
    after = busy.scrape()
    assert more(after, before, "delegation_quota_refusals_total", quota="strangers") == codes.count(429) >= 1
    assert more(after, before, "delegation_quota_refusals_total") == codes.count(429)
