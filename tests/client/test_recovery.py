"""What the agent's client does about a service's 403: nothing by itself, one step where it was let (RFC 6750 §3.1)."""

from collections import deque
from dataclasses import dataclass, field

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from delegation.client import AgentClient, ConsentRequired, UserToken, insufficient_scope
from delegation.client.service.answers import Denied
from delegation.client.service.challenge import beyond_rights
from tests.client.authorization_server import AuthorizationServer, refused
from tests.client.serving import Stage

pytestmark = pytest.mark.anyio

EDIT, DELETE = "document:edit", "document:delete"


@dataclass(slots=True)
class Service:
    """Answers as it was told, then with 200, and notes with what it was called."""

    address: str
    answers: deque[Response] = field(default_factory=deque)
    seen: list[str] = field(default_factory=list)

    def application(self) -> Starlette:
        """Return the application that speaks for this service."""
        return Starlette(routes=[Route("/{path:path}", self._answer, methods=["GET", "PUT", "POST"])])

    async def _answer(self, request: Request) -> Response:
        self.seen.append(request.headers["Authorization"])
        return self.answers.popleft() if self.answers else Response()


@pytest.fixture
def service(second_stage: Stage) -> Service:
    """A service that nobody called yet."""
    service = Service(second_stage.address)
    second_stage.playing = service.application()
    return service


def beyond(permission: str, term: str = "token") -> Response:
    """Return how the middleware answers a call that a term does not let through."""
    denied = Denied(reason="beyond", detail="no", failing={"term": term}, revision=7)
    challenge = beyond_rights("https://documents.example", (permission, "app:storefront"), denied)
    fields = {name.decode(): value.decode() for name, value in challenge.headers(0)}
    return JSONResponse(
        {"permission": permission, "resource": "app:storefront", "detail": challenge.detail},
        403,
        {"WWW-Authenticate": fields["www-authenticate"]},
    )


async def call(agent: AgentClient, service: Service, method: str = "GET", step_up: tuple[str, ...] = ()) -> int:
    """Call the service with a token for viewing, and return the status."""
    auth = agent.auth(
        UserToken("anne"),
        resource=service.address,
        identifier="project:apollo",
        roles=["editor"],
        actions=["document:view"],
        step_up=step_up,
    )
    async with httpx2.AsyncClient(auth=auth) as http:
        return (await http.request(method, service.address)).status_code


@pytest.mark.parametrize("method", ["GET", "PUT"])
async def test_a_step_that_was_let_in_beforehand_is_taken_once(
    agent: AgentClient, service: Service, server: AuthorizationServer, method: str
) -> None:
    """The request goes out again with a token that allows the named permission too, and the next begins narrow."""
    service.answers.append(beyond(EDIT))
    assert await call(agent, service, method, (EDIT, DELETE)) == 200
    assert await call(agent, service, method, (EDIT, DELETE)) == 200
    assert service.seen == ["Bearer token-1", "Bearer token-2", "Bearer token-1"]
    assert [asked.details["actions"] for asked in server.exchanges] == [["document:view"], [EDIT, "document:view"]]


@pytest.mark.parametrize(
    ("answer", "method", "step_up"),
    [
        pytest.param(beyond(EDIT), "GET", (), id="nothing was let in"),
        pytest.param(beyond(EDIT), "GET", (DELETE,), id="something else was let in"),
        pytest.param(beyond(EDIT), "POST", (EDIT,), id="it may have been done in part"),
        pytest.param(beyond(EDIT, "delegation"), "GET", (EDIT,), id="more than the token is missing"),
        pytest.param(beyond("document:view"), "GET", ("document:view",), id="it was asked for already"),
        pytest.param(Response(status_code=403), "GET", (EDIT,), id="a no without a reason"),
        pytest.param(
            Response(
                status_code=400, headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{EDIT}"'}
            ),
            "GET",
            (EDIT,),
            id="no 403",
        ),
    ],
)
async def test_nothing_is_widened_unless_all_of_it_is_so(
    agent: AgentClient,
    service: Service,
    server: AuthorizationServer,
    answer: Response,
    method: str,
    step_up: tuple[str, ...],
) -> None:
    """The answer goes to the caller, and no wider token was asked for."""
    service.answers.append(answer)
    assert await call(agent, service, method, step_up) == answer.status_code
    assert (len(service.seen), len(server.exchanges)) == (1, 1)


async def test_a_service_that_never_has_enough_is_believed(
    agent: AgentClient, service: Service, server: AuthorizationServer
) -> None:
    """One step for one request: a service cannot lead an agent on to all that was let in."""
    service.answers.extend([beyond(EDIT), beyond(DELETE)])
    assert await call(agent, service, "GET", (EDIT, DELETE)) == 403
    assert len(server.exchanges) == 2


async def test_a_step_that_nobody_granted_comes_out_as_missing_consent(
    agent: AgentClient, service: Service, server: AuthorizationServer
) -> None:
    """What was let in by the program is still the user's to grant."""
    await call(agent, service)
    service.answers.append(beyond(EDIT))
    server.scripted.append(refused("invalid_authorization_details", consent_uri="https://as.example/grant"))
    with pytest.raises(ConsentRequired):
        await call(agent, service, "GET", (EDIT,))


async def test_remedies_add_up_to_no_more_than_one_of_each(agent: AgentClient, service: Service) -> None:
    """A dead token, then a step, then a dead token again: the last no is believed."""
    service.answers.extend([Response(status_code=401), beyond(EDIT), Response(status_code=401), Response()])
    assert await call(agent, service, "GET", (EDIT,)) == 401
    assert service.seen == ["Bearer token-1", "Bearer token-2", "Bearer token-3"]


async def test_an_empty_step_is_no_wish_for_everything(agent: AgentClient) -> None:
    """A bare string is a collection of letters."""
    with pytest.raises(ValueError, match="`step_up`"):
        agent.auth(
            UserToken("anne"), resource="https://a.example", identifier="i", roles=["r"], step_up="document:edit"
        )


@pytest.mark.parametrize(("term", "is_tokens"), [("token", True), ("user", False)])
def test_a_refusal_can_be_read_by_the_program(term: str, *, is_tokens: bool) -> None:
    """It learns which permission was missing where, and whether another token would help."""
    answer = beyond(EDIT, term)
    refusal = insufficient_scope(httpx2.Response(403, headers=dict(answer.headers), content=bytes(answer.body)))
    assert refusal is not None
    assert (refusal.permission, refusal.resource, refusal.is_tokens) == (EDIT, "app:storefront", is_tokens)
    assert str(refusal) == "the token does not allow `document:edit` on `app:storefront`: no"


@pytest.mark.parametrize("body", [b"no JSON", b'{"permission": 1, "resource": [], "detail": null}'])
def test_a_body_that_says_nothing_leaves_what_the_challenge_says(body: bytes) -> None:
    """Nothing is made of members that are none."""
    headers = {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{EDIT}"'}
    refusal = insufficient_scope(httpx2.Response(403, headers=headers, content=body))
    assert refusal is not None
    assert (refusal.permission, refusal.resource, refusal.is_tokens) == (EDIT, None, True)


@pytest.mark.parametrize("status", [200, 401, 403])
def test_other_answers_are_no_such_refusal(status: int) -> None:
    """A 403 for other reasons is not a matter of permissions."""
    assert insufficient_scope(httpx2.Response(status, headers={"WWW-Authenticate": 'Bearer realm="r"'})) is None
