"""Who asks too much is told to wait; nobody else notices, and nobody can use up what is another's."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import httpx2
import pytest

from delegation.quotas import COUNTERS, METER, WINDOW, Exhausted, Meter, Quota, Quotas, count_client, count_person
from tests.clock import Clock
from tests.conformance import rfc
from tests.end_to_end.deployment import ADMINISTRATOR, EXCHANGE, Deployment, Service
from tests.end_to_end.sites import Sites
from tests.end_to_end.tenant import documents_service, found
from tests.rfc.answers import problem
from tests.rfc.stage import FORM, Stage, basic, set_up

TOO_MANY: Final = (429, "too_many_requests")
CALLER: Final = 12
ORGANIZATION: Final = 20
STRANGER: Final = 5
ROWS: Final = 100_000
DOORS: Final = ("/token", "/introspect", "/revoke", "/access/v1/evaluation", "/delegations", "/users")


@dataclass
class Watch:
    """A clock in seconds that moves when it is told to."""

    now: float = 1000.0

    def __call__(self) -> float:
        """Return the seconds."""
        return self.now


@dataclass
class Place:
    """A deployment with narrow limits, two organizations in it, and the watch that it counts by."""

    house: Deployment
    watch: Watch
    ours: Stage = field(init=False)
    theirs: Stage = field(init=False)

    def rest(self) -> None:
        """Let all windows end."""
        self.watch.now += WINDOW


@pytest.fixture(scope="module")
def place(sites: Sites) -> Iterator[Place]:
    """Two organizations under limits of their own."""
    watch = Watch()
    limits = {"caller_limit": CALLER, "organization_limit": ORGANIZATION, "stranger_limit": STRANGER}
    with sites() as site, site.running(Clock(), monotonic=watch, **limits) as house:
        place, documents = Place(house, watch), documents_service(house)
        place.ours, place.theirs = (_staged(place, name, documents) for name in ("ours", "theirs"))
        yield place


def _staged(place: Place, name: str, documents: Service) -> Stage:
    stage = set_up(found(place.house, name, documents))
    place.rest()
    return stage


@pytest.fixture(autouse=True)
def rested(place: Place) -> None:
    """Each test begins with quotas that nobody has used."""
    place.rest()


def introspects(stage: Stage, **changed: Any) -> httpx2.Response:
    """Ask about nothing in particular, as the service of one organization unless told otherwise."""
    return stage.post("/introspect", {"token": changed.pop("token", "x")}, by=stage.billing, **changed)


def until_refused(ask: Callable[[], httpx2.Response], most: int = 200) -> int:
    """Return how often something is answered before it is refused as too much."""
    for count in range(most):
        if (answer := ask()).status_code == 429:
            assert problem(answer) == TOO_MANY
            assert 1 <= int(answer.headers["retry-after"]) <= WINDOW
            assert answer.headers["cache-control"] == "no-store"
            return count
    return most


@pytest.mark.threat("57")
def test_a_client_that_asks_too_much_is_told_to_wait(place: Place) -> None:
    """It gets its limit in a window, then 429 until the window ends, and then its limit again."""
    assert until_refused(lambda: introspects(place.ours)) == CALLER
    place.watch.now += WINDOW - 0.5
    assert introspects(place.ours).headers["retry-after"] == "1"
    place.watch.now += 0.5
    assert until_refused(lambda: introspects(place.ours)) == CALLER


@pytest.mark.threat("57")
def test_each_caller_has_a_quota_of_its_own(place: Place) -> None:
    """Agents, services and people do not use up each other's."""
    assert until_refused(lambda: introspects(place.ours)) == CALLER
    assert place.ours.redeem().status_code == 200
    assert introspects(place.theirs).status_code == 200
    token = place.ours.login.by_hand(place.ours.tenant.anne)
    headers = {"Authorization": f"Bearer {token}"}
    path = f"/delegations?organization={place.ours.tenant.id}"
    assert until_refused(lambda: place.ours.http.get(path, headers=headers)) == CALLER
    assert place.ours.redeem().status_code == 200


@pytest.mark.threat("57")
def test_a_noisy_organization_harms_no_other(place: Place) -> None:
    """What its agents and services ask together is limited; the service that two share still answers the other."""
    ours, theirs = place.ours, place.theirs
    token, other = ours.token(), theirs.token()
    place.rest()
    shared = ours.documents
    assert until_refused(lambda: ours.post("/introspect", {"token": token}, by=shared)) == CALLER
    assert until_refused(ours.redeem) == ORGANIZATION - CALLER
    assert ours.post("/introspect", {"token": other}, by=shared).json()["active"] is True
    assert theirs.redeem().status_code == 200


@pytest.mark.threat("57")
def test_whoever_would_stop_an_agent_does_not_wait_for_it(place: Place) -> None:
    """While its agents have used up what an organization has, its people end delegations."""
    ours = place.ours
    token, made = ours.token(), ours.tenant.grant()
    place.rest()
    until_refused(lambda: ours.post("/introspect", {"token": token}, by=ours.documents))
    until_refused(ours.redeem)
    assert ours.redeem().status_code == 429
    headers = {"Authorization": f"Bearer {ours.login.by_hand(ours.tenant.anne)}"}
    path = f"/delegations/{made['id']}?organization={ours.tenant.id}"
    assert ours.http.request("DELETE", path, headers=headers).json()["status"] == "revoked"


@pytest.mark.threat("57")
def test_nobody_uses_up_the_quota_of_who_does_not_know_him(place: Place) -> None:
    """A client that asks about organizations that do not admit it is counted for itself alone."""
    ours, theirs = place.ours, place.theirs
    foreign = theirs.token()
    place.rest()
    assert until_refused(lambda: introspects(ours, token=foreign)) == CALLER
    answered = until_refused(lambda: theirs.post("/introspect", {"token": foreign}, by=theirs.documents))
    assert answered == min(CALLER, ORGANIZATION)


@pytest.mark.threat("46")
@pytest.mark.threat("57")
def test_a_wrong_secret_locks_nobody_out(place: Place) -> None:
    """Who sends the id of a client with a wrong secret is a stranger, whom the client itself does not suffer from."""
    wrong = {"Authorization": basic(place.ours.billing.id, "wrong")}
    assert until_refused(lambda: place.ours.post("/introspect", {"token": "x"}, headers=wrong)) == STRANGER
    assert introspects(place.ours).status_code == 200
    assert until_refused(lambda: introspects(place.ours)) == CALLER - 1


@rfc("6749", "2.3.1", "guessing")
@pytest.mark.threat("57")
@pytest.mark.parametrize(
    "path", ["/token", "/introspect", "/revoke", "/access/v1/evaluation", "/delegations", "/users"]
)
def test_strangers_are_counted_together_whatever_they_call_themselves(place: Place, path: str) -> None:
    """Another id or another token for each request does not escape, at any door."""
    names = iter(range(1000))

    def ask() -> httpx2.Response:
        headers = {"Authorization": basic(f"nobody-{next(names)}", "x"), "Content-Type": "application/json"}
        if path in {"/delegations", "/users"}:
            return place.ours.http.post(path, headers={"Authorization": f"Bearer x{next(names)}"})
        if path.startswith("/access"):
            question = b'{"subject":{"type":"a","id":"a"},"action":{"name":"a"},"resource":{"type":"a","id":"a"}}'
            return place.ours.http.post(path, content=question, headers=headers)
        return place.ours.post(path, {"token": "x", "grant_type": EXCHANGE}, headers={**headers, "Content-Type": FORM})

    assert until_refused(ask) == STRANGER


def test_what_is_refused_as_too_much_has_not_been_done(place: Place) -> None:
    """Nothing is recorded of it, no delegation is made, and an assertion is not spent."""
    ours = place.ours
    headers = {"Authorization": f"Bearer {ours.login.by_hand(ours.tenant.anne)}"}
    until_refused(lambda: ours.http.post("/delegations", json=ours.tenant.wish(), headers=headers))
    before = ours.revision()
    assert ours.http.post("/delegations", json=ours.tenant.wish(), headers=headers).status_code == 429
    assert ours.revision() == before
    assertion = ours.assertion()
    until_refused(lambda: ours.signed("/revoke", {"token": "x"}, ours.assertion()))
    assert ours.signed("/revoke", {"token": "x"}, assertion).status_code == 429
    place.rest()
    assert ours.signed("/revoke", {"token": "x"}, assertion).status_code == 200


def test_the_bootstrap_administrator_is_not_counted(place: Place) -> None:
    """The credential for emergencies works in emergencies."""
    headers = {"Authorization": f"Bearer {ADMINISTRATOR}"}
    path = f"/organizations/{place.ours.tenant.id}"
    answers = {place.ours.http.get(path, headers=headers).status_code for _ in range(CALLER + ORGANIZATION)}
    assert answers == {200}


@pytest.mark.threat("57")
def test_what_anybody_may_read_is_not_counted(place: Place) -> None:
    """Keys, metadata and health are there for whoever asks, also for strangers who have asked too much."""
    until_refused(lambda: place.ours.post("/introspect", {"token": "x"}))
    answers = {place.ours.http.get("/jwks.json").status_code for _ in range(STRANGER + CALLER)}
    assert answers == {200}


# --- the counters themselves ---


def quota(limit: int, watch: Watch | None = None) -> Quota:
    """Return a quota by a watch that stands."""
    return Quota("a caller", limit, watch or Watch())


@pytest.mark.threat("57")
def test_counters_of_names_without_end_take_no_more_room() -> None:
    """Of 100,000 names the newest are counted; the one that goes on asking is."""
    counted = quota(2)
    for number in range(ROWS):
        counted.take(f"name-{number}")
    assert len(counted) == COUNTERS
    counted.take(f"name-{ROWS - 1}")
    with pytest.raises(Exhausted):
        counted.take(f"name-{ROWS - 1}")


def test_a_limit_of_nothing_is_none() -> None:
    """With 0, nothing is refused and nothing is kept."""
    counted = quota(0)
    for _ in range(1000):
        counted.take("anybody")
    assert len(counted) == 0


def test_a_window_begins_with_its_first_request() -> None:
    """The limit holds from the first request on, for as long as a window, whatever was before."""
    watch = Watch()
    counted = quota(2, watch)
    for began in (0.0, 3.0, WINDOW + 3.0, 4 * WINDOW + 0.5):
        watch.now = 2000.0 + 100 * began
        counted.take("one")
        watch.now += WINDOW - 0.001
        counted.take("one")
        with pytest.raises(Exhausted) as refused:
            counted.take("one")
        assert refused.value.retry_after == 1


def test_a_request_is_counted_once() -> None:
    """What is decided several times in one request counts once; what is no request does not count."""
    quotas = Quotas(quota(1), quota(1), quota(1))
    for _ in range(5):
        count_client("agent:planner", "acme")
    token = METER.set(Meter(quotas))
    try:
        for _ in range(5):
            count_client("agent:planner", "acme")
            count_person("anne", "login")
        METER.set(Meter(quotas))
        with pytest.raises(Exhausted):
            count_client("agent:planner", "acme")
        with pytest.raises(Exhausted):
            count_client("agent:other", "acme")
        with pytest.raises(Exhausted):
            count_person("anne", "login")
        count_person("anne", "another")
    finally:
        METER.reset(token)
