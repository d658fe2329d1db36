"""FastAPI: dependencies that let nobody in but who may, with the answers of the middleware."""

import subprocess
import sys
from contextlib import suppress
from typing import Annotated

import httpx2
import pytest
from fastapi import Depends, FastAPI, Request

from delegation.client import (
    DelegatedAccess,
    DelegatedCaller,
    OfflineVerifier,
    ProofCheck,
    ResourceMetadata,
    ServiceClient,
    demand,
)
from delegation.client.fastapi import DelegatedDependencies
from tests.client.authorization_server import AuthorizationServer, live
from tests.client.protected import BEARER
from tests.client.samples import AUDIENCE
from tests.client.serving import Stage
from tests.clock import Clock
from tests.proving import Prover, ath

pytestmark = pytest.mark.anyio

METADATA = f"{AUDIENCE}/.well-known/oauth-protected-resource"


def application(access: DelegatedDependencies, ran: list[str]) -> FastAPI:
    """Return an application with protected routes and an open one."""
    app = FastAPI()
    access.install(app)
    may_edit = Depends(access.require("document:edit", on="app:{app}"))
    may_view = Depends(access.require("document:view", on=lambda request: f"app:{request.query_params['app']}"))

    @app.get("/open")
    async def everybody() -> str:
        return "hello"

    @app.get("/who")
    async def who(caller: Annotated[DelegatedCaller, Depends(access.caller)]) -> list[str]:
        return [caller.subject, caller.actor, caller.organization]

    @app.put("/apps/{app}/document")
    async def edit(
        app: str,
        caller: Annotated[DelegatedCaller, may_edit],
        again: Annotated[DelegatedCaller, Depends(access.caller)],
    ) -> str:
        ran.append(app)
        assert again is caller
        return caller.subject

    @app.get("/document", dependencies=[may_view])
    async def view(request: Request) -> str:
        caller = await demand(request, "document:comment", "app:two")
        return caller.actor

    return app


@pytest.fixture
def ran() -> list[str]:
    """Which documents were edited."""
    return []


@pytest.fixture
def fast(second_stage: Stage, server: AuthorizationServer, service: ServiceClient, ran: list[str]) -> FastAPI:
    """The application, served, with a server that believes in its tokens."""
    server.introspection = live(server.issuer, AUDIENCE)
    metadata = ResourceMetadata(AUDIENCE, server.issuer, permissions=["document:edit"])
    app = application(DelegatedDependencies(service, metadata=metadata), ran)
    second_stage.playing = app
    return app


@pytest.mark.usefixtures("fast")
async def test_who_may_comes_in_and_is_verified_once(
    http: httpx2.AsyncClient, server: AuthorizationServer, ran: list[str]
) -> None:
    """The route learns who calls; the token is introspected once, however many dependencies want to know."""
    assert (await http.get("/who", headers=BEARER)).json() == ["anne", "planner", "acme"]
    server.asked.clear()
    assert (await http.put("/apps/storefront/document", headers=BEARER)).json() == "anne"
    asked = [each.path for each in server.asked if not each.path.startswith("/.well-known/")]
    assert (asked, ran) == (["/introspect", "/access/v1/evaluation"], ["storefront"])
    assert b'"id": "storefront"' in server.asked[-1].body
    assert (await http.get("/document?app=one", headers=BEARER)).json() == "planner"


@pytest.mark.usefixtures("fast")
async def test_nobody_else_does_and_the_challenge_says_why(
    http: httpx2.AsyncClient, server: AuthorizationServer, ran: list[str]
) -> None:
    """Without a token, with a bad one, or beyond what it allows: the answers of the middleware, and nothing runs."""
    assert (await http.get("/open")).json() == "hello"
    bare = await http.put("/apps/storefront/document")
    assert (bare.status_code, bare.headers["Content-Type"]) == (401, "application/problem+json")
    assert bare.headers["WWW-Authenticate"] == f'Bearer realm="{AUDIENCE}", resource_metadata="{METADATA}"'
    server.evaluation = {"decision": False, "context": {"reason": "not_held", "failing": {"term": "token"}}}
    beyond = await http.put("/apps/billing/document", headers=BEARER)
    assert (beyond.status_code, beyond.json()["resource"]) == (403, "app:billing")
    assert 'scope="document:edit"' in beyond.headers["WWW-Authenticate"]
    server.introspection = {"active": False}
    assert (await http.get("/who", headers=BEARER)).status_code == 401
    server.introspection = {}
    assert (await http.get("/who", headers=BEARER)).status_code == 503
    assert ran == []


@pytest.mark.usefixtures("fast")
@pytest.mark.parametrize("app", ["a:b", "*", "a%20b", "a%23b", "%7Bapp%7D", "a%00b"])
async def test_a_path_names_one_resource_or_none(
    http: httpx2.AsyncClient, server: AuthorizationServer, ran: list[str], app: str
) -> None:
    """What stands in a path becomes the id of the resource as it is, or nothing can be allowed."""
    server.evaluation = {"decision": False, "context": {}}
    assert (await http.put(f"/apps/{app}/document", headers=BEARER)).status_code == 403
    assert ran == []


async def test_what_the_path_converts_is_named_as_the_endpoint_gets_it(
    fast: FastAPI, http: httpx2.AsyncClient, server: AuthorizationServer, service: ServiceClient
) -> None:
    """However a number is written, the permission is asked for on the resource that is used."""
    may_edit = Depends(DelegatedDependencies(service).require("document:edit", on="app:{app}"))

    @fast.get("/numbers/{app:int}", dependencies=[may_edit])
    async def number(app: int) -> int:
        return app

    assert (await http.get("/numbers/007", headers=BEARER)).json() == 7
    assert b'"id": "7"' in server.asked[-1].body


async def test_the_document_shows_what_is_wanted(fast: FastAPI, http: httpx2.AsyncClient) -> None:
    """OpenAPI names the scheme at the routes that want it, and everybody reads the metadata."""
    document = fast.openapi()
    assert document["components"]["securitySchemes"]["DelegatedToken"]["scheme"] == "bearer"
    assert document["paths"]["/who"]["get"]["security"] == [{"DelegatedToken": []}]
    assert "security" not in document["paths"]["/open"]["get"]
    assert (await http.get("/.well-known/oauth-protected-resource")).json()["resource"] == AUDIENCE


async def test_within_the_middleware_nobody_is_verified_twice(
    second_stage: Stage, server: AuthorizationServer, service: ServiceClient, http: httpx2.AsyncClient, clock: Clock
) -> None:
    """Whom the middleware let in by the same verifier the dependencies take over: a proof is good only once."""
    prover = Prover(clock)
    server.introspection = live(server.issuer, AUDIENCE, token_type="DPoP", cnf={"jkt": prover.thumbprint})
    dpop = ProofCheck(second_stage.address)
    app = application(DelegatedDependencies(service, dpop=dpop), [])
    app.add_middleware(DelegatedAccess, service=service, dpop=dpop)
    second_stage.playing = app
    proof = prover.proof(f"{second_stage.address}/who", "GET", ath=ath("token-canary"))
    headers = {"Authorization": "DPoP token-canary", "DPoP": proof}
    assert (await http.get("/who", headers=headers)).status_code == 200
    assert [each.path for each in server.asked].count("/introspect") == 1
    assert (await http.get("/who", headers=headers)).status_code == 401


async def test_who_was_refused_once_is_refused_again(
    fast: FastAPI, http: httpx2.AsyncClient, service: ServiceClient
) -> None:
    """A dependency that lets strangers pass opens nothing to those after it."""
    access = DelegatedDependencies(service)

    async def perhaps(request: Request) -> None:
        with suppress(Exception):
            await access.caller(request)

    fast.get("/both", dependencies=[Depends(perhaps), Depends(access.caller)])(lambda: None)
    assert (await http.get("/both")).status_code == 401
    assert (await http.get("/both", headers=BEARER)).status_code == 200


async def test_whom_another_verifier_let_in_is_verified_again(
    second_stage: Stage, server: AuthorizationServer, service: ServiceClient, http: httpx2.AsyncClient
) -> None:
    """What a route says of its own verifier counts, whatever stands around it."""
    server.introspection = live(server.issuer, AUDIENCE)
    async with OfflineVerifier(server.issuer, audience=AUDIENCE, settings=service.settings) as strict:
        app = application(DelegatedDependencies(service, verifier=strict), [])
        app.add_middleware(DelegatedAccess, service=service)
        second_stage.playing = app
        refused = await http.get("/who", headers=BEARER)
    assert "/introspect" in [each.path for each in server.asked]
    assert refused.status_code == 401


async def test_verified_offline_only_what_is_demanded_is_asked(
    second_stage: Stage, server: AuthorizationServer, service: ServiceClient, http: httpx2.AsyncClient
) -> None:
    """With a verifier of its own nobody is asked about the token; one that it refuses stays out."""
    async with OfflineVerifier(server.issuer, audience=AUDIENCE, settings=service.settings) as offline:
        second_stage.playing = application(DelegatedDependencies(service, verifier=offline), [])
        assert (await http.get("/who", headers=BEARER)).status_code == 401
    assert [each.path for each in server.asked if each.path == "/introspect"] == []


@pytest.mark.parametrize("answering", ["mounted", "around"])
async def test_a_mounted_application_refuses_as_any_other(
    second_stage: Stage,
    server: AuthorizationServer,
    service: ServiceClient,
    http: httpx2.AsyncClient,
    answering: str,
) -> None:
    """The dependencies are installed in the application that is mounted, or the middleware stands around."""
    server.introspection = live(server.issuer, AUDIENCE)
    server.evaluation = {"decision": False, "context": {}}
    access, around, mounted = DelegatedDependencies(service), FastAPI(), FastAPI()
    mounted.get("/{app}", dependencies=[Depends(access.require("document:edit", on="app:{app}"))])(lambda: None)
    around.mount("/apps", mounted)
    if answering == "mounted":
        access.install(mounted)
    else:
        around.add_middleware(DelegatedAccess, service=service)
    second_stage.playing = around
    assert (await http.get("/apps/one")).status_code == 401
    refused = await http.get("/apps/one", headers=BEARER)
    assert (refused.status_code, refused.json()["resource"]) == (403, "app:one")


async def test_both_must_be_for_the_same_audience(service: ServiceClient, server: AuthorizationServer) -> None:
    """A verifier for another audience, or metadata of another resource, is a mistake that is told at once."""
    with pytest.raises(ValueError, match="audiences"):
        DelegatedDependencies(service, verifier=OfflineVerifier(server.issuer, audience="https://mail.example"))
    with pytest.raises(ValueError, match="another resource"):
        DelegatedDependencies(service, metadata=ResourceMetadata("https://mail.example", server.issuer))


def test_the_library_works_without_fastapi_and_says_what_is_missing() -> None:
    """Nobody needs FastAPI for the rest; who asks for its dependencies is told what to install."""
    program = """
import sys
sys.modules["fastapi"] = None
import delegation.client
try:
    import delegation.client.fastapi
except ImportError as missing:
    print(missing)
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == '`delegation.client.fastapi` needs FastAPI: pip install "delegation-service[fastapi]"'
