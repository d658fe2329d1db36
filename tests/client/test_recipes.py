"""The programs of docs/recipes.md do what they say, with the service itself."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import create_engine, insert
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from delegation.client import (
    AgentClient,
    ConsentRequired,
    DelegatedAccess,
    DelegatedCaller,
    Receipt,
    ServiceClient,
    require,
)
from tests.client.serving import serving
from tests.client.test_with_the_service import DOCUMENTS, Deployment, deployment, prepared
from tests.documentation import DOCS, defined_in

__all__ = ["deployment", "prepared"]

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def recipes() -> dict[str, Any]:
    """What the page's blocks define, run exactly as they stand."""
    return defined_in(DOCS / "recipes.md")


@pytest.fixture
async def helper(deployment: Deployment) -> AsyncIterator[AgentClient]:
    """The agent of the page."""
    async with AgentClient(deployment.issuer, "helper", secret=deployment.secrets["helper"]) as agent:
        yield agent


@pytest.fixture
async def documents(deployment: Deployment) -> AsyncIterator[ServiceClient]:
    """The service of the page."""
    async with deployment.service("documents", DOCUMENTS) as service:
        yield service


async def caller(documents: ServiceClient, token: str) -> DelegatedCaller:
    """Return who presents a token that is good."""
    found = await documents.introspect(token)
    assert found is not None
    return found


async def test_a_receipt_serves_while_the_user_is_away(
    recipes: dict[str, Any], deployment: Deployment, helper: AgentClient
) -> None:
    """Tokens come by the receipt, and none after the delegation was revoked."""
    delegation, receipt = deployment.grant()
    token = await recipes["nightly"](helper, receipt.text)
    assert token.identifier == "project:apollo"
    deployment.ask("DELETE", f"/delegations/{delegation}?organization=acme", deployment.anne("/delegations"))
    helper.forget(token)
    with pytest.raises(ConsentRequired):
        await recipes["nightly"](helper, receipt.text)


async def test_a_tool_that_reads_cannot_write(
    recipes: dict[str, Any], deployment: Deployment, helper: AgentClient, documents: ServiceClient
) -> None:
    """The token of the tool allows what was asked for it, and nothing that the agent has besides."""
    seen: list[frozenset[str]] = []

    @require("document:view", on=lambda _: "app:storefront")
    async def read(request: Request) -> Response:
        known: DelegatedCaller = request.state.delegation
        seen.append(frozenset(map(str, known.details[0]["actions"])))  # type: ignore[arg-type] # JSON
        return PlainTextResponse("Ship in May")

    app = Starlette(
        routes=[Route("/apps/{app}/document", read)], middleware=[Middleware(DelegatedAccess, service=documents)]
    )
    async with serving(lambda _: app) as origin:
        answer = await recipes["read_only"](helper, deployment.grant()[1].text, origin)
    assert (answer.text, seen) == ("Ship in May", [frozenset({"document:view"})])


async def test_a_part_is_handed_over(recipes: dict[str, Any], deployment: Deployment, helper: AgentClient) -> None:
    """The other agent gets a token of its own, in which both are named, for the part alone."""
    if "reader" not in deployment.secrets:
        deployment.register("agents", "reader", {"ceiling": "none"}, secret=True)
    anne = deployment.anne("/delegations")
    wish: dict[str, Any] = {
        "organization": "acme",
        "agent": "helper",
        "resource": "project:apollo",
        "depth": 1,
        "unattended": True,
    }
    made = deployment.ask("POST", "/delegations", anne, **wish, roles=["project-editor"], expires_in=900)
    passed = await recipes["hand_over"](helper, made["id"])
    async with AgentClient(deployment.issuer, "reader", secret=deployment.secrets["reader"]) as reader:
        wanted = {**recipes["WORK"], "identifier": "app:storefront", "roles": ["app-viewer"]}
        token = await reader.token(passed.receipt, **wanted)
    async with deployment.service("documents", DOCUMENTS) as documents:
        known = await caller(documents, token.value)
    assert (known.subject, known.actor, known.earlier_actors) == ("anne", "reader", ("helper",))
    await helper.end(passed.delegation, organization="acme")


async def test_a_person_approves_once(recipes: dict[str, Any], deployment: Deployment, helper: AgentClient) -> None:
    """The person is told where to grant it, once; then the agent goes on by itself."""
    told: list[str] = []

    async def tell(address: str) -> None:
        told.append(address)
        deployment.grant()

    for _ in range(2):
        token = await recipes["for_anne"](helper, deployment.anne(), tell)
        assert token.identifier == "project:apollo"
    assert len(told) == 1
    assert told[0].startswith(deployment.issuer)


async def test_lists_and_rows_show_what_may_be_seen(
    recipes: dict[str, Any], deployment: Deployment, helper: AgentClient, documents: ServiceClient
) -> None:
    """Of documents in two apps those are shown whose app the token reaches, in memory and from the database."""
    receipt: Receipt = deployment.grant()[1]
    token = await helper.token(receipt, **recipes["WORK"])
    known = await caller(documents, token.value)
    rows = [{"app": "storefront", "title": "Roadmap"}, {"app": "billing", "title": "Prices"}]
    assert await recipes["shown"](documents, known, rows) == rows[:1]
    table = recipes["DOCUMENTS"]
    engine = create_engine("sqlite://")
    table.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(insert(table), rows)
        assert await recipes["titles"](documents, known, connection) == ["Roadmap"]
