"""How fresh an answer is: of this moment, unless a service prefers facts of a moment ago, and told so."""

from collections.abc import Callable, Iterator

import httpx2
import pytest

from tests.clock import Clock
from tests.databases import execute
from tests.end_to_end.deployment import DOCUMENTS, Agent, Deployment, Service
from tests.end_to_end.sites import Site, Sites
from tests.state.keeping import Stopwatch

pytestmark = pytest.mark.threat("R7")

BY_TOKEN = "by token"
BY_QUESTION = "by question"


class Stage:
    """One organization in which an agent holds a token, and a service asks about it."""

    def __init__(self, site: Site, deployment: Deployment, watch: Stopwatch) -> None:
        """Found it."""
        self.site, self.deployment, self.watch = site, deployment, watch
        deployment.must("POST", "/organizations", {"id": "acme", "name": "Acme"})
        deployment.must("POST", "/organizations/acme/resources", {"resource": "workspace:design"})
        deployment.user("anne")
        deployment.assign("user:anne", "workspace-member", "workspace:design")
        self.service: Service = deployment.service("documents", DOCUMENTS)
        self.agent: Agent = deployment.agent("planner")
        self.delegation = deployment.grant("anne", "planner", "workspace:design", "workspace-member")["id"]
        self.token = deployment.token(self.agent, "anne", "workspace:design", "workspace-member")

    def asked(self, door: str, *, prefer: str | None = None, secret: str | None = None) -> httpx2.Response:
        """Return the answer at one of the two doors."""
        headers = {} if prefer is None else {"Prefer": prefer}
        auth = (self.service.id, secret or self.service.secret)
        if door == BY_TOKEN:
            return self.deployment.http.post("/introspect", data={"token": self.token}, auth=auth, headers=headers)
        question = {
            "subject": {"type": "token", "id": self.token},
            "action": {"name": "workspace:view"},
            "resource": {"type": "workspace", "id": "design"},
        }
        return self.deployment.http.post("/access/v1/evaluation", json=question, auth=auth, headers=headers)

    def allowed(self, door: str, *, prefer: str | None = None) -> bool:
        """Return whether the token is worth something."""
        answer = self.asked(door, prefer=prefer)
        assert answer.status_code == 200, answer.text
        return bool(answer.json()["active" if door == BY_TOKEN else "decision"])


@pytest.fixture
def stage(sites: Sites, clock: Clock) -> Iterator[Stage]:
    """A stage whose monotonic clock stands still."""
    watch = Stopwatch()
    with sites() as site, site.running(clock, monotonic=watch) as deployment:
        yield Stage(site, deployment, watch)


@pytest.fixture(params=[BY_TOKEN, BY_QUESTION])
def door(request: pytest.FixtureRequest) -> str:
    """Each of the two ways to ask."""
    return str(request.param)


@pytest.fixture
def elsewhere(stage: Stage, clock: Clock) -> Iterator[Callable[[], None]]:
    """A second process on the same database, in which the delegation can be revoked."""
    with stage.site.running(clock) as other:
        yield lambda: other.end("anne", stage.delegation)


def test_without_a_preference_nothing_is_old(stage: Stage, door: str, elsewhere: Callable[[], None]) -> None:
    """Right after somebody preferred older facts, all others are answered from the newest, and nothing is told."""
    assert stage.allowed(door, prefer="max-staleness=60")
    elsewhere()
    answer = stage.asked(door)
    assert not stage.allowed(door)
    assert not {"age", "preference-applied"} & set(answer.headers)


def test_older_facts_answer_within_the_bound(stage: Stage, door: str, elsewhere: Callable[[], None]) -> None:
    """A revocation elsewhere may be missed for as long as was preferred, the answer says so; then it is seen."""
    assert stage.allowed(door)
    elsewhere()
    stage.watch.now += 9.5
    answer = stage.asked(door, prefer="max-staleness=10")
    assert (answer.headers["preference-applied"], answer.headers["age"]) == ("max-staleness=10", "10")
    assert answer.json().get("active", answer.json().get("decision")) is True
    stage.watch.now += 0.6
    assert not stage.allowed(door, prefer="max-staleness=10")


def test_a_preference_that_does_not_count_is_not_applied(stage: Stage, door: str) -> None:
    """More than a minute, or what cannot be read, leaves the answer of this moment, without a word about it."""
    for prefer in ("max-staleness=61", "max-staleness=x", "max-staleness=61, max-staleness=5"):
        answer = stage.asked(door, prefer=prefer)
        assert answer.status_code == 200
        assert not {"age", "preference-applied"} & set(answer.headers)


def test_an_expired_token_stays_expired(stage: Stage, door: str, clock: Clock) -> None:
    """Only facts may be old: the time is the present one."""
    assert stage.allowed(door)
    clock.now = clock.now.replace(hour=clock.now.hour + 1)
    assert not stage.allowed(door, prefer="max-staleness=60")


def test_a_database_that_is_away_fails_only_who_needs_it(stage: Stage, door: str) -> None:
    """While the heads cannot be read, who is content with the last ones is answered until they are too old."""
    assert stage.allowed(door)
    execute(stage.site.database_url, "ALTER TABLE heads RENAME TO heads_away")
    assert stage.asked(door).status_code == 503
    assert stage.allowed(door, prefer="max-staleness=10")
    stage.watch.now += 10.1
    late = stage.asked(door, prefer="max-staleness=10")
    assert (late.status_code, late.headers["retry-after"]) == (503, "1")
    execute(stage.site.database_url, "ALTER TABLE heads_away RENAME TO heads")
    assert stage.allowed(door, prefer="max-staleness=10")


def test_a_client_is_refused_on_the_newest_facts_alone(stage: Stage, door: str) -> None:
    """A wrong secret is refused as ever, and the refusal is of this moment: it tells of no age."""
    assert stage.allowed(door)
    answer = stage.asked(door, prefer="max-staleness=60", secret="wrong")
    assert answer.status_code == 401
    assert not {"age", "preference-applied"} & set(answer.headers)


def test_what_is_issued_or_changed_ignores_the_preference(stage: Stage, elsewhere: Callable[[], None]) -> None:
    """Token exchange, revocation and /delegations decide on the newest facts, whatever is preferred."""
    prefer = {"Prefer": "max-staleness=60"}
    http = stage.deployment.http
    assert stage.allowed(BY_TOKEN)
    elsewhere()
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "subject_token": stage.token,
        "subject_token_type": "urn:ietf:params:oauth:token-type:access_token",
    }
    auth = (stage.agent.id, stage.agent.secret or "")
    exchanged = http.post("/token", data=form, auth=auth, headers=prefer)
    assert exchanged.status_code == 400
    revoked = http.post("/revoke", data={"token": stage.token}, auth=auth, headers=prefer)
    assert revoked.status_code == 200
    hand = stage.deployment.user_token("anne", audience=f"{stage.deployment.issuer}/delegations")
    shown = http.get("/delegations?organization=acme", headers={**prefer, "Authorization": f"Bearer {hand}"})
    assert [one["status"] for one in shown.json()["delegations"]] == ["revoked"]
    for answer in (exchanged, revoked, shown):
        assert not {"age", "preference-applied"} & set(answer.headers)
