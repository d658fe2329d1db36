"""The example agent says in words what a person can do."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from joserfc.jwk import ECKey
from starlette.responses import Response

from delegation.client import AgentClient, ClientSettings
from examples.planner import Planner
from tests.client.authorization_server import AuthorizationServer, refused

pytestmark = pytest.mark.anyio

WORK = "work in acme on project:apollo as project-editor"


@pytest.fixture
async def planner(server: AuthorizationServer, settings: ClientSettings) -> AsyncIterator[Planner]:
    """The agent, which holds Anne's token."""
    key = ECKey.generate_key("P-256")
    async with (
        httpx2.AsyncClient() as http,
        AgentClient(server.issuer, "planner", key=key, http=http, settings=settings) as agent,
    ):
        planner = Planner(agent, http, "http://127.0.0.1:1")
        await planner.answer("take user-token anne\n")
        yield planner


async def test_a_token_is_described_by_what_it_allows(planner: Planner, server: AuthorizationServer) -> None:
    """Who reads the answer knows what the agent may do now, and where."""
    answer = await planner.answer(WORK)
    assert answer == ("done: until 12:05:00 UTC I may document:edit on project:apollo and beneath")
    assert server.exchanges[-1].form["subject_token"] == "anne"


async def test_missing_consent_is_answered_with_where_to_grant_it(
    planner: Planner, server: AuthorizationServer
) -> None:
    """The person who reads it has an address to go to."""
    no = refused("invalid_request", error_description="nothing", consent_uri="https://as.example/")
    server.scripted.append(no)
    answer = await planner.answer(WORK)
    assert answer == ("refused invalid_request: nothing; the user can grant it at https://as.example/")


async def test_an_absent_service_is_a_matter_of_time(planner: Planner, server: AuthorizationServer) -> None:
    """An outage is not told as a refusal."""
    server.scripted.append(Response(status_code=500))
    answer = await planner.answer(WORK)
    assert answer == "later: the authorization service answered 500"


async def test_a_service_that_is_away_is_a_matter_of_time_too(planner: Planner) -> None:
    """When nobody listens where the documents are, the agent says so and goes on."""
    await planner.answer(WORK)
    answer = await planner.answer("list app:storefront")
    assert answer == "later: the document service cannot be reached (ConnectError)"


@pytest.mark.parametrize(
    ("task", "answer"),
    [
        ("dance app:storefront", "wrong: I cannot `dance`; I can list, read, edit, comment, delete"),
        ("replay edit app:storefront a b", "wrong: I cannot `replay`; I can"),
        ("", "wrong: I cannot ``; I can"),
        ("list app:storefront", "wrong: a request names a subject, a `resource` and an"),
        ("work on project:apollo", "wrong: say it like this: work in acme on project"),
    ],
)
async def test_a_task_that_cannot_be_done_is_explained(planner: Planner, task: str, answer: str) -> None:
    """An odd task ends in one line of words, and the agent goes on."""
    assert (await planner.answer(task)).startswith(answer)
