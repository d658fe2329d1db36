"""A delegated token on an agent's requests to a service."""

from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from delegation.client import AgentClient, ConsentRequired, DelegatedAuth, UserToken, Wanted, WrongTarget
from tests.client.authorization_server import AuthorizationServer, refused
from tests.client.serving import Stage, serving
from tests.conformance import rfc

pytestmark = pytest.mark.anyio


@dataclass(slots=True)
class Service:
    """Notes what it gets and answers with the statuses it was told, then with 200."""

    address: str = ""
    statuses: deque[int] = field(default_factory=deque)
    seen: list[tuple[str, bytes]] = field(default_factory=list)

    def application(self) -> Starlette:
        """Return the application that speaks for this service."""
        return Starlette(routes=[Route("/{path:path}", self._answer, methods=["GET", "POST"])])

    async def _answer(self, request: Request) -> Response:
        self.seen.append((request.headers.get("Authorization", ""), await request.body()))
        return PlainTextResponse("", self.statuses.popleft() if self.statuses else 200)


@pytest.fixture
def service(second_stage: Stage) -> Service:
    """A service on loopback that saw nothing yet."""
    service = Service(second_stage.address)
    second_stage.playing = service.application()
    return service


@pytest.fixture
async def http(agent: AgentClient, service: Service) -> AsyncIterator[httpx2.AsyncClient]:
    """The agent's HTTP client for that service."""
    auth = auth_for(agent, service.address)
    async with httpx2.AsyncClient(auth=auth, base_url=service.address) as http:
        yield http


def auth_for(agent: AgentClient, address: str) -> DelegatedAuth:
    """Return what puts the editor's token for apollo on requests to the address."""
    return agent.auth(UserToken("anne"), resource=address, identifier="project:apollo", roles=["editor"])


@rfc("6750", "2", "one-method")
async def test_each_request_carries_the_token(
    http: httpx2.AsyncClient, service: Service, server: AuthorizationServer
) -> None:
    """One token serves all requests to the service (RFC 6750 §2.1)."""
    await http.get("/a")
    await http.post("/b", content=b"text")
    assert service.seen == [("Bearer token-1", b""), ("Bearer token-1", b"text")]
    assert server.exchanges[0].form["resource"] == service.address


async def test_a_dead_token_is_replaced_and_the_request_sent_again_whole(
    http: httpx2.AsyncClient, service: Service
) -> None:
    """After a 401 the token is dropped, and the same body goes out once more with a new one."""

    async def body() -> AsyncIterator[bytes]:
        yield b"one "
        yield b"two"

    service.statuses.append(401)
    response = await http.post("/", content=body())
    assert response.status_code == 200
    assert service.seen == [("Bearer token-1", b"one two"), ("Bearer token-2", b"one two")]


async def test_recovery_is_tried_once(http: httpx2.AsyncClient, service: Service) -> None:
    """A service that refuses the new token too is believed."""
    service.statuses.extend([401, 401, 401])
    response = await http.get("/")
    assert (response.status_code, len(service.seen)) == (401, 2)


@pytest.mark.parametrize("status", [400, 403, 500, 503])
async def test_other_refusals_are_the_callers_to_read(http: httpx2.AsyncClient, service: Service, status: int) -> None:
    """A 403 says that the token is good and does not reach: a new one would not either."""
    service.statuses.append(status)
    response = await http.get("/")
    assert (response.status_code, len(service.seen)) == (status, 1)


async def test_a_revoked_delegation_comes_out_as_missing_consent(
    http: httpx2.AsyncClient, service: Service, server: AuthorizationServer
) -> None:
    """Where the new token is refused, the caller of the service gets that refusal."""
    await http.get("/")
    service.statuses.append(401)
    server.scripted.append(refused("invalid_request", consent_uri="https://as.example/grant"))
    with pytest.raises(ConsentRequired):
        await http.get("/")


async def test_a_token_goes_nowhere_but_to_its_service(
    http: httpx2.AsyncClient, service: Service, server: AuthorizationServer
) -> None:
    """A request to another origin raises before it leaves, and before a token is asked for."""
    stranger = Service()
    async with serving(lambda _: stranger.application()) as elsewhere:
        with pytest.raises(WrongTarget):
            await http.get(f"{elsewhere}/{service.address}")
    assert stranger.seen == []
    assert server.exchanges == []


async def test_a_redirect_does_not_carry_the_token_away(agent: AgentClient, second_stage: Stage) -> None:
    """A service that redirects to another origin does not make the token go there."""
    stranger, auth = Service(), auth_for(agent, second_stage.address)
    async with (
        serving(lambda _: stranger.application()) as elsewhere,
        httpx2.AsyncClient(auth=auth, follow_redirects=True) as http,
    ):
        redirect = Response(status_code=307, headers={"Location": elsewhere})
        second_stage.playing = Starlette(routes=[Route("/", lambda _: redirect)])
        await http.get(second_stage.address)
    assert stranger.seen == [("", b"")]


async def test_an_audience_that_is_no_address_needs_the_origin_said(agent: AgentClient, service: Service) -> None:
    """The audience is a name; where it differs from the address, the address is given."""
    auth = agent.auth(
        UserToken("anne"),
        origin=service.address,
        resource="https://documents.example",
        identifier="project:apollo",
        roles=["editor"],
    )
    async with httpx2.AsyncClient(auth=auth) as http:
        await http.get(service.address)
    assert service.seen == [("Bearer token-1", b"")]


@pytest.mark.parametrize("origin", ["http://documents.example", "urn:documents", "documents", ""])
async def test_a_token_is_not_promised_to_an_unprotected_place(agent: AgentClient, origin: str) -> None:
    """A bearer token goes over https, or nowhere beyond this machine (RFC 6750 §5.3)."""
    with pytest.raises((WrongTarget, ValueError)):
        auth_for(agent, origin)


def test_a_synchronous_client_is_told_so() -> None:
    """The wrong kind of HTTP client fails with a word of explanation, not without a token."""
    agent = AgentClient("https://as.example", "planner", secret="secret")
    with (
        httpx2.Client(auth=auth_for(agent, "https://documents.example")) as http,
        pytest.raises(TypeError, match="AsyncClient"),
    ):
        http.get("https://documents.example")


@pytest.mark.parametrize("answer", [401, 403])
@pytest.mark.parametrize("is_foreign", [True, False])
async def test_what_was_done_is_not_done_again_for_what_a_redirect_answers(
    agent: AgentClient, second_stage: Stage, server: AuthorizationServer, answer: int, *, is_foreign: bool
) -> None:
    """A 303 says that the work is done: a no to the look at its result, here or elsewhere, costs no token either."""
    done: list[str] = []
    challenge = {"WWW-Authenticate": 'Bearer error="insufficient_scope", scope="document:edit"'}

    async def work(request: Request) -> Response:
        done.append(request.url.path)
        return RedirectResponse(f"{server.issuer if is_foreign else second_stage.address}/token", 303)

    def refuse(_: Request) -> Response:
        return Response(status_code=answer, headers=challenge)

    second_stage.playing = Starlette(routes=[Route("/orders", work, methods=["POST"]), Route("/token", refuse)])
    wanted: Wanted = {
        "resource": second_stage.address,
        "identifier": "project:apollo",
        "roles": ["editor"],
        "actions": ["document:view"],
    }
    held = await agent.token(UserToken("anne"), **wanted)
    auth = agent.auth(UserToken("anne"), step_up=["document:edit"], **wanted)
    server.scripted.append(Response(status_code=answer, headers=challenge))
    async with httpx2.AsyncClient(auth=auth, follow_redirects=True) as http:
        assert (await http.post(f"{second_stage.address}/orders")).status_code == answer
    server.scripted.clear()
    assert done == ["/orders"]
    assert await agent.token(UserToken("anne"), **wanted) == held


async def test_a_request_that_was_sent_on_as_it_is_recovers(
    agent: AgentClient, second_stage: Stage, service: Service
) -> None:
    """A redirect that keeps the method did nothing itself: a dead token is replaced behind it too."""

    async def on(_: Request) -> Response:
        return RedirectResponse("/here/", 307)

    second_stage.playing = Starlette(routes=[Route("/here", on, methods=["POST"]), *service.application().routes])
    service.statuses.append(401)
    async with httpx2.AsyncClient(auth=auth_for(agent, service.address), follow_redirects=True) as http:
        assert (await http.post(f"{service.address}/here", content=b"text")).status_code == 200
    assert service.seen == [("Bearer token-1", b"text"), ("Bearer token-2", b"text")]
