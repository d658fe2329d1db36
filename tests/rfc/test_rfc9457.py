"""RFC 9457: refusals outside OAuth are problem documents, and say nothing of the inside."""

from collections.abc import Iterator
from typing import Any, Final

import httpx2
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from delegation.web import health
from tests.clock import Clock
from tests.conformance import rfc
from tests.end_to_end.deployment import ADMINISTRATOR, Deployment
from tests.end_to_end.sites import Sites
from tests.rfc.answers import problem
from tests.rfc.stage import Stage

BEARER: Final = {"Authorization": f"Bearer {ADMINISTRATOR}"}
CANARY: Final = "canary-of-a-secret"


async def _broken(_: Request) -> Response:
    raise RuntimeError(CANARY)


@pytest.fixture
def faulty(sites: Sites, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployment]:
    """A service that was built with a route that fails in a way nobody foresaw."""
    monkeypatch.setattr(health, "ROUTES", [*health.ROUTES, Route("/broken", _broken, methods=["GET"])])
    with sites() as site, site.running(Clock()) as deployment:
        yield deployment


@rfc("9457", "3", "media-type")
@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "expected"),
    [
        ("GET", "/nowhere", None, {}, (404, "not_found")),
        ("GET", "/", None, {}, (404, "not_found")),
        ("GET", "/delegations/", None, BEARER, (404, "not_found")),
        ("GET", "//delegations", None, BEARER, (404, "not_found")),
        ("GET", "/organizations/acme/../acme/resources", None, BEARER, (405, "method_not_allowed")),
        ("GET", "/%2e%2e/etc/passwd", None, {}, (404, "not_found")),
        ("DELETE", "/healthz", None, {}, (405, "method_not_allowed")),
        ("GET", "/delegations", None, {}, (401, "unauthorized")),
        ("GET", "/organizations/no-such", None, BEARER, (404, "not_found")),
        ("POST", "/organizations", "{", BEARER, (400, "malformed")),
        ("POST", "/organizations", "[]", BEARER, (400, "malformed")),
        ("POST", "/organizations", "{}", BEARER, (400, "malformed")),
        ("POST", "/users", "x" * 70_000, BEARER, (413, "too_large")),
        ("POST", "/users", '{"id": "a b"}', BEARER, (400, "malformed")),
        ("PUT", "/roles/r", '{"type": "no-such", "permissions": []}', BEARER, (422, "invalid")),
        ("PUT", "/roles/project-editor", '{"type": "app", "permissions": []}', BEARER, (409, "conflict")),
        ("POST", "/access/v1/evaluation", "{}", {}, (400, "malformed")),
    ],
)
def test_every_refusal_is_a_problem_document(
    stage: Stage, method: str, path: str, body: str | None, headers: dict[str, str], expected: tuple[int, str]
) -> None:
    """Type, title, status, a stable code and one sentence are told, whichever layer refuses."""
    typed = {"Content-Type": "application/json", **headers}
    answer = stage.http.request(method, path, content=body, headers=typed)
    assert problem(answer) == expected


def test_whoever_is_lost_is_told_where_to_look(stage: Stage) -> None:
    """An address that there is not leads to the reference, and one that knows other methods names them."""
    assert stage.http.get("/").json()["detail"] == "nothing has this address; /docs shows what there is"
    assert stage.http.get("/docs").is_success
    answer = stage.http.delete("/healthz")
    assert answer.json()["detail"] == f"this address knows {answer.headers['allow']} and no other method"


@rfc("9457", "3", "media-type")
def test_a_grant_that_cannot_be_made_is_a_problem_too(stage: Stage) -> None:
    """What a person asks in vain is refused with a code of its own."""
    answer = stage.tenant.ask(stage.tenant.anne, agent="nobody")
    assert problem(answer) == (422, "unknown_agent")


@rfc("9457", "5", "no-internals")
@pytest.mark.threat("E22")
@pytest.mark.threat("47")
def test_a_fault_tells_nothing_but_the_id_it_is_recorded_under(
    faulty: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    """What went wrong is in the log, without the secrets of the request; the caller learns that it did."""
    headers = {"X-Request-ID": "trace-me", "Authorization": f"Bearer {CANARY}-bearer"}
    answer = faulty.http.get("/broken", headers=headers)
    logged = capsys.readouterr()
    assert problem(answer) == (500, "internal")
    assert CANARY not in answer.text
    assert answer.headers["x-request-id"] == "trace-me"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "RuntimeError" in logged.out + logged.err
    assert f"{CANARY}-bearer" not in logged.out + logged.err


@rfc("9457", "5", "no-internals")
@pytest.mark.threat("47")
def test_no_refusal_repeats_a_secret(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    """A secret sent to the wrong place, or in the wrong form, is neither answered nor logged."""
    secret = f"{CANARY} ' "
    wrong: list[dict[str, Any]] = [{"secret": secret}, {"id": 1, "secret": secret}, {"id": "x", "secret": [secret]}]
    answers = [stage.tenant.house.manage("POST", "/agents", body) for body in wrong]
    answers += [stage.http.get(f"/organizations/x?secret={CANARY}", headers={"Authorization": f"Bearer {CANARY}"})]
    answers += [stage.post("/token", {"client_id": "x", "client_secret": CANARY, "grant_type": CANARY})]
    logged = capsys.readouterr()
    assert all(answer.status_code in {400, 401} for answer in answers)
    assert not any(CANARY in answer.text for answer in answers)
    assert CANARY not in logged.out + logged.err


def test_the_client_sees_what_the_tests_see(stage: Stage) -> None:
    """The helpers of these tests read real answers: one that is no problem is told from one that is."""
    with pytest.raises((AssertionError, KeyError)):
        problem(httpx2.Response(404, json={"detail": "Not Found"}))
    with pytest.raises(AssertionError):
        problem(stage.http.get("/healthz"))
