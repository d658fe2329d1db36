"""Secrets planted wherever one can be given: none turns up in an answer, the log, the database, a scrape or a trace."""

import base64
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from delegation.oauth.keys import sealed_key
from delegation.tokens import unseal
from tests.durability.server import Server
from tests.durability.world import ACCESS_TOKEN, DOCUMENTS, EXCHANGE, PLANNER, World, founded
from tests.telemetry.collector import Collector, collecting
from tests.telemetry.scraping import Scrape, scraped, watched

JWT: Final = "urn:ietf:params:oauth:token-type:jwt"
ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

pytestmark = pytest.mark.threat("47")


@dataclass
class Aviary:
    """A server with canaries in it, and every answer that none of them may be in."""

    server: Server
    world: World
    canaries: dict[str, str] = field(default_factory=dict)
    answers: list[str] = field(default_factory=list)
    port: int = 0
    """Where its counters are told."""
    scrapes: list[Scrape] = field(default_factory=list)
    collector: Collector = field(default_factory=lambda: Collector(0))
    """Where its traces are sent."""

    def plant(self, name: str) -> str:
        """Return a new canary, long enough to be a secret."""
        self.canaries[name] = f"canary-{name}-{len(self.canaries):02d}-which-nobody-may-see"
        return self.canaries[name]

    def heard(self, answer: httpx2.Response) -> httpx2.Response:
        """Keep an answer that no canary may be in, and return it."""
        self.answers.append(f"{answer.status_code} {answer.headers} {answer.text}")
        return answer

    def manage(self, method: str, path: str, body: object = None) -> httpx2.Response:
        """Send a management request whose answer is kept."""
        return self.heard(self.world.manage(self.server.http, method, path, body))

    def post(self, path: str, **sent: Any) -> httpx2.Response:
        """Send a form whose answer is kept."""
        return self.heard(self.server.http.post(path, **sent))

    def scrape(self) -> None:
        """Keep what the process tells of what it counted."""
        self.scrapes.append(scraped(self.port))

    @property
    def database(self) -> Path:
        """The database file."""
        return self.server.directory / "delegation.db"


def registering(aviary: Aviary) -> None:
    """Give secrets where parties are registered: good ones, bad ones, in the wrong place."""
    secret = aviary.plant("agent")
    assert aviary.manage("POST", "/agents", {"id": "a", "secret": secret}).status_code == 201
    assert aviary.manage("POST", "/agents", {"id": "a", "secret": secret}).status_code == 409
    body = {"id": "s", "audience": "https://s.example", "secret": aviary.plant("service")}
    assert aviary.manage("POST", "/services", body).status_code == 201
    assert aviary.manage("POST", "/services", {**body, "id": "s2"}).status_code == 409
    for bad in (f"{aviary.plant('short')[:20]}", aviary.plant("long") * 9, [aviary.plant("list")]):
        assert aviary.manage("POST", "/agents", {"id": "b", "secret": bad}).status_code == 400
    aviary.canaries["short"] = aviary.canaries["short"][:20]
    assert aviary.manage("POST", f"/agents?id=q&secret={aviary.plant('query')}").status_code == 201
    assert aviary.manage("POST", "/agents", {"id": "c", "secrets": aviary.plant("misspelt")}).status_code == 400


def generating(aviary: Aviary) -> None:
    """Let the service make secrets, which it tells once."""
    for path, body in (("/agents", {"id": "g"}), ("/services", {"id": "h", "audience": "https://h.example"})):
        told = aviary.world.manage(aviary.server.http, "POST", path, {**body, "secret": True})
        aviary.canaries[f"generated at {path}"] = told.json()["client_secret"]
    aviary.manage("PATCH", "/agents/g", {"status": "suspended"})
    aviary.manage("GET", "/organizations/acme")


def registering_keys(aviary: Aviary) -> None:
    """Give private keys where public ones are asked for."""
    for number, (path, field_) in enumerate((("/agents", "id"), ("/identity-providers/p", "issuer"))):
        key = ECKey.generate_key("P-256")
        aviary.canaries[f"private key {number}"] = str(key.as_dict(private=True)["d"])
        body = {field_: "https://p.example", "jwks": {"keys": [key.as_dict(private=True)]}}
        assert aviary.manage("PUT" if number else "POST", path, body).status_code == 400
    oct_key = {"kty": "oct", "k": aviary.plant("symmetric")}
    assert aviary.manage("POST", "/agents", {"id": "o", "jwks": {"keys": [oct_key]}}).status_code == 400


def exchanging(aviary: Aviary) -> None:
    """Exchange, introspect and revoke: with what is right, what is wrong, and what is in the wrong place."""
    world, http = aviary.world, aviary.server.http
    what = {"organization": "acme", "agent": "planner", "resource": "project:apollo", "roles": ["project-editor"]}
    granted = world.hand(http, "u0", "POST", "/delegations", {**what, "expires_in": 600, "unattended": True})
    aviary.canaries["receipt"] = granted.json()["receipt"]
    token = world.exchange(http, "u0", granted.json()["id"]).json()["access_token"]
    user = world.person("u0", aviary.server.issuer)
    aviary.canaries |= {"access token": token, "user token": user, "its signature": token.rpartition(".")[2]}
    details = json.dumps([{"type": "resource_role", "identifier": "project:apollo", "privileges": ["app-viewer"]}])
    form = {"grant_type": EXCHANGE, "resource": DOCUMENTS, "authorization_details": details}
    for type_, subject in ((ACCESS_TOKEN, user), (JWT, aviary.canaries["receipt"]), (JWT, token), (JWT, user)):
        parts = {**form, "subject_token_type": type_, "subject_token": subject}
        assert aviary.post("/token", data=parts, auth=PLANNER).status_code == 400
    for name in ("subject_token", "actor_token", "client_secret", "client_assertion", "scope"):
        parts = {**form, "subject_token_type": JWT, "client_assertion_type": ASSERTION, name: aviary.plant(name)}
        assert aviary.post("/token", data=parts, auth=PLANNER).status_code in {400, 401}
    for path in ("/introspect", "/revoke"):
        aviary.post(path, data={"token": aviary.plant(path[1:])}, auth=PLANNER)
        aviary.post(path, data={"token": token}, auth=("documents", aviary.plant(f"secret at {path[1:]}")))
    assert aviary.post("/revoke", data={"token": token}, auth=PLANNER).status_code == 200


def knocking(aviary: Aviary) -> None:
    """Come with credentials that are wrong, or meant for another door."""
    http = aviary.server.http
    user = aviary.world.person("u0", f"{aviary.server.issuer}/management")
    aviary.canaries["management token"] = user
    key = ECKey.generate_key("P-256")
    strange = jwt.encode({"alg": "ES256", "kid": "k"}, {"iss": "https://strange.example", "sub": "x"}, key)
    aviary.canaries["a stranger's token"] = strange
    bearers = (aviary.plant("bearer"), strange, user, aviary.canaries["access token"], aviary.canaries["receipt"])
    for bearer in bearers:
        for path in ("/organizations/acme", "/delegations?organization=acme", f"/nowhere/{aviary.plant('path')}"):
            aviary.heard(http.get(path, headers={"Authorization": f"Bearer {bearer}"}))
        aviary.heard(http.post("/access/v1/evaluation", json={}, headers={"Authorization": f"Bearer {bearer}"}))
    question = {"subject": {"type": "token", "id": aviary.plant("asked about")}, "action": {"name": "app:view"}}
    resource = {"type": "app", "id": "x", "properties": {"organization": "acme"}}
    aviary.post("/access/v1/evaluation", json={**question, "resource": resource}, auth=("documents", PLANNER[1]))
    aviary.heard(http.get("/readyz", headers={"Cookie": aviary.plant("cookie"), "X-Secret": aviary.plant("header")}))


def failing(aviary: Aviary) -> None:
    """Meet a fault: an organization whose rows make no sense."""
    aviary.manage("POST", "/organizations", {"id": "broken"})
    aviary.manage("PUT", "/organizations/broken/agents/planner", {"ceiling": "none"})
    aviary.scrape()
    aviary.server.kill()
    with closing(sqlite3.connect(aviary.database)) as connection, connection:
        connection.execute("UPDATE admitted_agents SET ceiling = '[{}]' WHERE partition = 'org:broken'")
    aviary.server.start()
    body = {"id": "x", "name": aviary.plant("beside a fault")}
    assert aviary.manage("POST", "/organizations/broken/groups", body).status_code == 500
    assert '"event": "fault"' in aviary.server.said()


def keeping(aviary: Aviary) -> None:
    """Know the secrets that the service keeps for itself."""
    aviary.canaries["administrator"] = aviary.server.secret
    aviary.canaries["master key"] = (aviary.server.directory / "master.key").read_text()
    with closing(sqlite3.connect(aviary.database)) as connection:
        connection.row_factory = sqlite3.Row
        found = connection.execute("SELECT * FROM signing_keys").fetchall()
    master = base64.urlsafe_b64decode(aviary.canaries["master key"])
    for row in found:
        key = unseal(sealed_key({**dict(row), "public": json.loads(row["public"])}), master)
        aviary.canaries[f"signing key {row['purpose']}"] = str(key.private.as_dict(private=True)["d"])


VISITS: Final[tuple[Callable[[Aviary], None], ...]] = (
    registering,
    generating,
    registering_keys,
    exchanging,
    knocking,
    failing,
    keeping,
)


@pytest.fixture(scope="module")
def aviary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aviary]:
    """A server in which every canary was let loose."""
    directory = tmp_path_factory.mktemp("house") / "data"
    with collecting() as collector:
        traces = {"DELEGATION_TRACES": "otlp", "OTEL_EXPORTER_OTLP_ENDPOINT": collector.address}
        with watched(directory, **traces, OTEL_BSP_SCHEDULE_DELAY="50") as (server, port):
            aviary = Aviary(server, founded(server, 1), port=port, collector=collector)
            for visit in VISITS:
                visit(aviary)
            yield aviary


def found_in(aviary: Aviary, text: str) -> list[str]:
    """Return the names of the canaries that are in a text."""
    return [name for name, canary in aviary.canaries.items() if canary in text]


def test_no_secret_is_repeated_in_an_answer(aviary: Aviary) -> None:
    """No answer repeats a credential, whether it was right, wrong or in the wrong place."""
    assert {text[:300]: found for text in aviary.answers if (found := found_in(aviary, text))} == {}


def test_no_secret_is_written_to_the_log(aviary: Aviary) -> None:
    """Nothing the process prints holds a credential, not even the account of a fault."""
    assert found_in(aviary, aviary.server.said()) == []


def test_no_secret_is_counted(aviary: Aviary) -> None:
    """What is told to whoever scrapes holds no credential, in no label of no counter."""
    aviary.scrape()
    assert sum(scrape.of("delegation_requests_total") for scrape in aviary.scrapes) > 50
    assert [found for scrape in aviary.scrapes if (found := found_in(aviary, scrape.text))] == []


def test_no_secret_is_traced(aviary: Aviary) -> None:
    """What is sent to a collector of traces holds no credential, though every request and every fault is in it."""
    aviary.heard(aviary.server.http.put("/the-last"))  # Nobody else puts something where nothing is.
    aviary.collector.until(lambda spans: any(span.name == "PUT" for span in spans))
    names = {span.name for span in aviary.collector.spans}
    assert {"POST /token", "POST /organizations/{organization}/groups", "decision", "store-writer"} <= names
    assert found_in(aviary, b"".join(aviary.collector.bodies).decode("latin-1")) == []


def test_no_secret_is_kept_in_the_database(aviary: Aviary) -> None:
    """No byte of the database files is part of a credential; what has to be known again is kept as a hash or sealed."""
    files = [path for path in aviary.server.directory.iterdir() if path.name.startswith("delegation.db")]
    assert len(files) == 3
    kept = "".join(path.read_bytes().decode("latin-1") for path in files)
    assert found_in(aviary, kept) == []


def test_the_search_finds_what_is_there(aviary: Aviary) -> None:
    """What is no secret and was given is found, so that a search that finds nothing means something."""
    aviary.manage("POST", "/users", {"id": "tweety", "name": "canary-that-may-be-seen"})
    kept = "".join(path.read_bytes().decode("latin-1") for path in aviary.server.directory.glob("delegation.db*"))
    assert "canary-that-may-be-seen" in kept
    assert "/organizations/{organization}" in aviary.server.said()
    assert len(aviary.canaries) > 35
