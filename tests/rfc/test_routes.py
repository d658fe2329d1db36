"""Every route of the application, taken from its own table: who gets in, and what every answer carries."""

import re
from collections.abc import Mapping
from typing import Final

import httpx2
import pytest
from starlette.routing import Route, compile_path

from delegation.app.serving import application
from delegation.settings import Settings
from tests.conformance import rfc
from tests.end_to_end.deployment import ADMINISTRATOR, DOCUMENTS, EXCHANGE, payload
from tests.end_to_end.identity_provider import trusted
from tests.rfc.answers import problem, refusal
from tests.rfc.stage import FORM, Stage, basic

OAUTH: Final = ("/token", "/introspect", "/revoke")
DECISIONS: Final = "/access/v1/"
PUBLIC: Final = {
    "/healthz",
    "/readyz",
    "/audit/jwks.json",
    "/jwks.json",
    "/.well-known/oauth-authorization-server{path:path}",
    "/.well-known/authzen-configuration{path:path}",
    "/development/token",
    "/docs",
    "/openapi.json",
}
PLAIN: Final = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"
STYLED: Final = "default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]{43}='; frame-ancestors 'none'; base-uri 'none'"
HEADERS: Final = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
}
FORGED: Final = {
    "Forwarded": "for=10.0.0.1;host=evil.example;proto=https",
    "X-Forwarded-For": "127.0.0.1",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Port": "1",
    "X-Forwarded-Prefix": "/evil",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Server": "evil.example",
    "X-Original-URL": "/healthz",
    "X-Rewrite-URL": "/healthz",
    "X-HTTP-Method-Override": "GET",
    "X-Real-IP": "127.0.0.1",
}


def _table() -> list[tuple[str, str]]:
    routes = application(Settings(development_identity_provider=True)).routes
    found = [(method, route) for route in routes if isinstance(route, Route) for method in route.methods or ()]
    return sorted((method, route.path) for method, route in found if method != "HEAD")


ROUTES: Final = _table()
GUARDED: Final = [route for route in ROUTES if route[1] not in PUBLIC]
BY_AGENTS: Final = ("/delegations/{id}/children", "/delegations/{id}/end")
"""Where an agent authenticates, by Basic or in its JSON."""
BY_SERVICES: Final = ("/organizations/{organization}/changes",)
BY_BEARER: Final = [
    route
    for route in GUARDED
    if route[1] not in {*OAUTH, *BY_AGENTS, *BY_SERVICES} and not route[1].startswith(DECISIONS)
]


def address(stage: Stage, path: str) -> str:
    """Return the address of something that exists, by a path of the table."""
    values = {
        "organization": stage.tenant.id,
        "id": stage.granted["id"],
        "user": stage.tenant.anne,
        "agent": stage.planner.id,
        "service": stage.documents.id,
        "slug": "project-editor",
        "group": "everyone",
        "member:path": f"user:{stage.tenant.anne}",
        "resource:path": "project:apollo",
        "path:path": "",
    }
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", value)
    assert "{" not in path, f"say in this test what stands in {path}"
    return path


def sent(stage: Stage, method: str, path: str, headers: Mapping[str, str]) -> httpx2.Response:
    """Send a request that is right in everything but its credentials."""
    where = address(stage, path)
    if path in OAUTH:
        return stage.post(where, {"token": "x", **stage.form()}, headers=headers)
    body = {
        "subject": {"type": "user", "id": stage.tenant.anne},
        "action": {"name": "document:edit"},
        "resource": {"type": "app", "id": "storefront", "properties": {"organization": stage.tenant.id}},
    }
    json_ = body if path.startswith(DECISIONS) else None
    if path in BY_AGENTS:
        json_ = {"organization": stage.tenant.id} if path.endswith("/end") else stage.tenant.wish()
        return stage.http.request(method, where, json=json_, headers=headers)
    if path in BY_SERVICES:
        return stage.http.request(method, where, headers=headers)
    return stage.http.request(method, f"{where}?organization={stage.tenant.id}", json=json_, headers=headers)


@pytest.fixture(scope="module")
def credentials(stage: Stage) -> Mapping[str, Mapping[str, str]]:
    """Credentials that are wrong everywhere or meant for another place, by name."""
    login, anne = stage.login, stage.tenant.anne
    stranger = trusted(stage.tenant.house, "removed")
    stage.tenant.house.must("DELETE", "/identity-providers/removed")
    bearers = {
        "nonsense": "x",
        "near the administrator's": ADMINISTRATOR + "x",
        "user token": stage.user_token(),
        "another audience": login.token(anne, aud=f"{stage.issuer}/elsewhere"),
        "two audiences": login.token(anne, aud=[f"{stage.issuer}/delegations", f"{stage.issuer}/management"]),
        "expired": login.token(anne, aud=f"{stage.issuer}/delegations", exp=1),
        "with an actor": login.by_hand(anne, act={"sub": stage.planner.id}),
        "issued to an agent": login.by_hand(anne, client_id=stage.planner.id),
        "an unknown user's": login.by_hand("nobody"),
        "an untrusted provider's": stranger.by_hand(anne),
        "delegated": stage.token(),
        "receipt": stage.granted["receipt"],
        "client assertion": stage.assertion(),
    }
    headers = {name: {"Authorization": f"Bearer {token}"} for name, token in bearers.items()}
    return {
        "none": {},
        "blank": {"Authorization": ""},
        "a service's": {"Authorization": basic(stage.planner.id, stage.documents.secret)},
        "nobody's": {"Authorization": basic("nobody", "x")},
        "a cookie": {"Cookie": f"session={ADMINISTRATOR}"},
        **headers,
    }


CREDENTIALS: Final = (
    "none",
    "blank",
    "a service's",
    "nobody's",
    "a cookie",
    "nonsense",
    "near the administrator's",
    "user token",
    "another audience",
    "two audiences",
    "expired",
    "with an actor",
    "issued to an agent",
    "an unknown user's",
    "an untrusted provider's",
    "delegated",
    "receipt",
    "client assertion",
)


@pytest.mark.threat("E20")
@pytest.mark.parametrize("name", CREDENTIALS)
@pytest.mark.parametrize(("method", "path"), GUARDED)
def test_no_route_answers_without_its_own_credential(
    stage: Stage, credentials: Mapping[str, Mapping[str, str]], method: str, path: str, name: str
) -> None:
    """Absent, wrong and misplaced credentials are 401 at every route but the public ones."""
    answer = sent(stage, method, path, credentials[name])
    told = refusal(answer) if path in OAUTH else problem(answer)
    assert told[0] == 401
    assert answer.headers["www-authenticate"].startswith(("Bearer ", "Basic "))


@pytest.mark.threat("E20")
def test_all_those_attempts_changed_nothing(stage: Stage) -> None:
    """The delegation that they tried to end and the people they tried to remove are all still there."""
    assert stage.redeem().status_code == 200
    assert stage.tenant.must("GET", "")["memberships"].keys() == {stage.tenant.anne, stage.tenant.bob}


@pytest.mark.threat("E20")
@pytest.mark.parametrize(("method", "path"), BY_BEARER)
def test_a_token_for_one_api_is_none_for_the_other(stage: Stage, method: str, path: str) -> None:
    """Administration and a person's own delegations are two audiences."""
    login, anne = stage.login, stage.tenant.anne
    wrong = login.to_manage(anne) if path.startswith("/delegations") else login.by_hand(anne)
    answer = sent(stage, method, path, {"Authorization": f"Bearer {wrong}"})
    assert problem(answer) == (401, "invalid_token")


@pytest.mark.threat("E20")
@pytest.mark.parametrize(("method", "path"), [route for route in BY_BEARER if not route[1].startswith("/delegations")])
def test_whoever_administers_nothing_manages_nothing(stage: Stage, method: str, path: str) -> None:
    """A member's own token for the management API opens none of its routes, for lack of rights or of a body."""
    bearer = stage.login.to_manage(stage.tenant.anne)
    answer = sent(stage, method, path, {"Authorization": f"Bearer {bearer}"})
    assert problem(answer)[0] in {400, 403, 404}


@pytest.mark.parametrize(("method", "path"), [route for route in ROUTES if route[1] in PUBLIC and route[0] == "GET"])
def test_public_routes_are_open(stage: Stage, method: str, path: str) -> None:
    """Health, keys and metadata are there for everybody, and a credential changes nothing about them."""
    plain = stage.http.request(method, address(stage, path))
    with_token = stage.http.request(method, address(stage, path), headers={"Authorization": "Bearer x"})
    assert plain.status_code == with_token.status_code == 200
    assert plain.content == with_token.content


@rfc("9457", "3", "media-type")
@rfc("9700", "4.16", "framing")
@pytest.mark.threat("42")
@pytest.mark.parametrize(("method", "path"), [*ROUTES, ("GET", "/nowhere"), ("PUT", "/token"), ("POST", "/healthz")])
def test_every_answer_carries_the_headers_that_protect_browsers(stage: Stage, method: str, path: str) -> None:
    """No answer can be framed, sniffed or read across origins, nor kept by a cache that was not told it may."""
    headers = stage.http.request(method, address(stage, path)).headers
    expected = {**HEADERS, "content-security-policy": STYLED if path == "/docs" else PLAIN}
    assert all(re.fullmatch(pattern, headers.get(name, "")) for name, pattern in expected.items())
    assert headers["x-request-id"]
    assert headers["cache-control"] == "no-store" or (method == "GET" and path in PUBLIC)
    assert not any(name.startswith("access-control-") for name in headers)
    assert "set-cookie" not in headers


@rfc("9700", "4.13", "proxy-headers")
@pytest.mark.threat("43")
@pytest.mark.threat("S29")
@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1:1@evil.example/healthz?", ""])
@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_what_a_request_says_about_hosts_changes_no_answer(stage: Stage, method: str, path: str, host: str) -> None:
    """Status, body and challenges are those of the plain request; only a host that is none may be refused."""
    plain = sent(stage, method, path, {})
    forged = sent(stage, method, path, {**FORGED, "Host": host})
    kept = ("www-authenticate", "location", "cache-control", "content-type")
    assert (forged.status_code, forged.content) == (plain.status_code, plain.content)
    assert [forged.headers.get(name) for name in kept] == [plain.headers.get(name) for name in kept]


@pytest.mark.threat("43")
def test_tokens_and_grants_are_the_same_whatever_host_was_asked(stage: Stage) -> None:
    """Issuer, audience and addresses in answers come from the configuration."""
    forged = {**FORGED, "Host": "evil.example"}
    answer = stage.post("/token", stage.form(), by=stage.planner, headers=forged)
    claims = payload(answer.json()["access_token"])
    assert (claims["iss"], claims["aud"], claims["act"]["iss"]) == (stage.issuer, DOCUMENTS, stage.issuer)
    refused = stage.post("/token", stage.form(), by=stage.stranger, headers=forged)
    assert refused.json()["consent_uri"] == f"{stage.issuer}/delegations"
    headers = {**forged, "Authorization": f"Bearer {stage.login.by_hand(stage.tenant.anne)}"}
    made = stage.http.post("/delegations", json=stage.tenant.wish(agent=stage.stranger.id), headers=headers)
    assert made.headers["location"] == f"/delegations/{made.json()['id']}"


@pytest.mark.threat("41")
@pytest.mark.parametrize("path", sorted({path for _, path in ROUTES}))
def test_a_method_that_an_address_does_not_know_is_405(stage: Stage, path: str) -> None:
    """The answer names all the methods that there are, to everybody."""
    here = address(stage, path)
    known = {method for method, other in ROUTES if compile_path(other)[0].match(here)}
    known |= {"HEAD"} if "GET" in known else set()
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"} - known:
        answer = stage.http.request(method, here)
        assert problem(answer) == (405, "method_not_allowed")
        assert set(answer.headers["allow"].split(", ")) == known


@rfc("9700", "4.12", "no-307")
@pytest.mark.threat("41")
@pytest.mark.parametrize(
    "path",
    [
        "/Token",
        "/token/",
        "/token;x",
        "/token%20",
        "/token.json",
        "//token",
        "/tok%65n/x",
        "/.well-known/",
        "/.well-known/openid-configuration",
        "/.git/config",
        "/docs/",
        "/openapi.yaml",
        "/metrics",
        "/debug",
        "/admin",
        "/authorize",
        "/register",
        "/userinfo",
        "/%00",
        "/☃",
        "/" + "x" * 5000,
        "/delegations/a/b",
        "/%2e%2e/token",
    ],
)
def test_an_address_that_is_no_route_is_404(stage: Stage, path: str) -> None:
    """There is nothing beside the routes of the table, and nobody is redirected anywhere."""
    for method in ("GET", "POST"):
        answer = stage.http.request(method, path, headers={"Content-Type": FORM}, content=f"grant_type={EXCHANGE}")
        assert problem(answer) == (404, "not_found")
