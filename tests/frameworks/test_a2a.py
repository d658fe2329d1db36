"""An agent passes a part of what it may do on to another, over A2A, and that serves the two of them alone."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from a2a.client import AuthInterceptor, create_client
from a2a.server.routes import create_agent_card_routes
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from delegation.client import AgentClient, Passed, UserToken
from examples.frameworks.a2a_planner import PASSED_ON, CallersToken, ask
from examples.frameworks.a2a_researcher import card
from examples.frameworks.stage import Stage
from tests.client.serving import serving
from tests.frameworks.lines import BEYOND, REVOKED, of_two_agents
from tests.frameworks.seen import Issued, asked, issued, reached, recorded, refused
from tests.frameworks.test_programs import told

pytestmark = [pytest.mark.slow, pytest.mark.semantics("4"), pytest.mark.anyio]


def test_a_part_is_passed_on_for_one_task_and_ended_after_it(stage: Stage) -> None:
    """Researcher reads the one app it was let read, for planner, for Anne, and nothing once planner has ended it."""
    assert told(stage.run("a2a_planner"), 0) == of_two_agents(stage.scene.issuer)
    assert issued(stage) == [
        Issued(["planner"], stage.scene.documents, "app:storefront", ["document:edit"]),
        Issued(["planner"], stage.researcher, "app:storefront", ["app:view", "document:view"]),
        Issued(["researcher", "planner"], stage.scene.documents, "app:storefront", ["document:view"]),
    ]
    assert refused(stage) == [("agent:researcher", BEYOND), ("agent:researcher", REVOKED)]
    assert [body["actor"] for body in recorded(stage, "delegation.revoked")] == ["agent:planner"]


def test_the_document_service_is_told_of_the_whole_chain(stage: Stage) -> None:
    """In `act` researcher stands first, and planner within it; what each may do is no more than its call needs."""
    told(stage.run("a2a_planner"), 0)
    planner = {"iss": stage.scene.issuer, "sub": "planner", "sub_profile": "ai_agent"}
    researcher = {"iss": stage.scene.issuer, "sub": "researcher", "sub_profile": "ai_agent", "act": planner}
    assert reached(stage) == [
        (planner, "anne: document:edit on app:storefront"),
        (researcher, "anne: document:view on app:storefront"),
    ]
    assert asked(stage) == [("document:edit", "storefront", True), ("document:view", "storefront", True)]


@pytest.fixture
async def http() -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the researcher by hand."""
    async with httpx2.AsyncClient() as http:
        yield http


async def passed_on(stage: Stage) -> Passed:
    """Return what planner passes on to researcher."""
    user = UserToken(stage.secrets["USER_TOKEN"])
    async with AgentClient(stage.scene.issuer, "planner", secret=stage.secrets["PLANNER_SECRET"]) as planner:
        token = await planner.token(
            user,
            resource=stage.researcher,
            organization="acme",
            identifier="app:storefront",
            roles=["app-viewer"],
        )
        return await planner.delegate(token.delegation or "", **PASSED_ON)


def message(text: str) -> dict[str, Any]:
    """Return a request to an agent, as JSON-RPC has it."""
    parts = {"messageId": "1", "role": "ROLE_USER", "parts": [{"text": text}]}
    return {"jsonrpc": "2.0", "id": 1, "method": "SendMessage", "params": {"message": parts}}


async def test_what_is_passed_on_stays_out_of_the_message(stage: Stage) -> None:
    """What lies in a task's history and before a model holds no receipt and no token; both go along in headers."""
    came: list[Request] = []

    async def answered(request: Request) -> Response:
        came.append(request)
        text = {"messageId": "2", "role": "ROLE_AGENT", "parts": [{"text": "done"}]}
        return JSONResponse({"jsonrpc": "2.0", "id": (await request.json())["id"], "result": {"message": text}})

    def researcher(address: str) -> Starlette:
        asked = Route("/a2a/", answered, methods=["POST"])
        return Starlette(routes=[*create_agent_card_routes(card(address)), asked])

    planner = AgentClient(stage.scene.issuer, "planner", secret=stage.secrets["PLANNER_SECRET"])
    passed = await passed_on(stage)
    caller = AuthInterceptor(CallersToken(planner, UserToken(stage.secrets["USER_TOKEN"]), stage.researcher))
    async with serving(researcher) as address, await create_client(address, interceptors=[caller]) as client, planner:
        assert await ask(client, "storefront roadmap", passed) == "done"
    [request] = came
    assert passed.receipt is not None
    assert request.headers["Delegation-Receipt"] == passed.receipt.text
    assert request.headers["Authorization"].startswith("Bearer eyJ")
    assert b"storefront roadmap" in await request.body()
    assert b"eyJ" not in await request.body()


async def test_a_receipt_serves_who_passed_it_on_and_nobody_else(stage: Stage, http: httpx2.AsyncClient) -> None:
    """Another agent that got hold of the receipt, and may talk to researcher for Anne, is refused."""
    stage.start("a2a_researcher")
    receipt = (await passed_on(stage)).receipt
    secret = stage.administrator.register("agents", {"id": "mallory", "secret": True}, {"ceiling": "none"})
    stage.anne.grant(agent="mallory", resource="app:storefront", roles=["app-viewer"])
    async with AgentClient(stage.scene.issuer, "mallory", secret=secret, http=http) as mallory:
        auth = mallory.auth(
            UserToken(stage.secrets["USER_TOKEN"]),
            resource=stage.researcher,
            organization="acme",
            identifier="app:storefront",
            roles=["app-viewer"],
        )
        headers = {"Delegation-Receipt": receipt.text if receipt else "", "A2A-Version": "1.0"}
        task = message("storefront roadmap")
        answer = await http.post(f"{stage.researcher}/a2a/", json=task, headers=headers, auth=auth)
    assert answer.json()["result"]["message"]["parts"] == [
        {"text": "refused: a receipt serves who passed it on, and nobody else"}
    ]
    assert asked(stage) == []


async def test_nobody_asks_without_a_token_for_the_agent(stage: Stage, http: httpx2.AsyncClient) -> None:
    """A receipt alone opens nothing, and the card says what would."""
    stage.start("a2a_researcher")
    receipt = (await passed_on(stage)).receipt
    headers = {"Delegation-Receipt": receipt.text if receipt else "", "A2A-Version": "1.0"}
    answer = await http.post(f"{stage.researcher}/a2a/", json=message("storefront roadmap"), headers=headers)
    card = (await http.get(f"{stage.researcher}/.well-known/agent-card.json")).json()
    assert answer.status_code == 401
    assert card["securityRequirements"] == [{"schemes": {"delegated": {}}}]
