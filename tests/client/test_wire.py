"""Time limits and repetition: what is asked again, when, and what is not."""

from collections import deque
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import timedelta

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from delegation.client import AgentClient, ClientSettings, Unavailable, UserToken
from tests.client.authorization_server import AuthorizationServer
from tests.client.samples import SECRET, Pauses
from tests.client.serving import Stage, serving
from tests.conformance import rfc
from tests.ports import free_port

pytestmark = pytest.mark.anyio


async def ask(agent: AgentClient) -> str:
    """Return a token."""
    token = await agent.token(
        UserToken("anne"),
        resource="https://a.example",
        identifier="project:apollo",
        roles=["editor"],
    )
    return token.value


def overloaded(seconds: str | None) -> Response:
    """Return the answer of a service that declines for now."""
    return Response(status_code=503, headers={} if seconds is None else {"Retry-After": seconds})


async def test_a_refused_connection_is_tried_again_with_growing_pauses(
    settings: ClientSettings, pauses: Pauses
) -> None:
    """Nothing was sent, so it is safe; the pauses double, each spread by chance."""
    issuer = f"http://127.0.0.1:{free_port()}"
    async with AgentClient(issuer, "planner", secret=SECRET, settings=settings) as agent:
        with pytest.raises(Unavailable, match="cannot be reached"):
            await ask(agent)
    assert pauses.seconds == [0.1, 0.2]


async def test_a_service_that_starts_meanwhile_is_found() -> None:
    """A client that was started first waits a little and then works."""
    port = free_port()
    issuer = f"http://127.0.0.1:{port}"
    async with AsyncExitStack() as running:

        async def start_it(_: float) -> None:
            server = AuthorizationServer(issuer)
            await running.enter_async_context(serving(lambda _: server.application(), port))

        settings = ClientSettings(sleep=start_it)
        async with AgentClient(issuer, "planner", secret=SECRET, settings=settings) as agent:
            assert await ask(agent) == "token-1"


async def test_a_declined_request_is_repeated_after_the_pause_asked_for(
    agent: AgentClient, server: AuthorizationServer, pauses: Pauses
) -> None:
    """503 with `Retry-After` says that nothing was done and when to come back."""
    server.scripted = deque([overloaded("2"), overloaded("3")])
    assert await ask(agent) == "token-3"
    assert pauses.seconds == [2.1, 3.2]


@rfc("7523", "3", "single-use")
async def test_a_repeated_request_carries_a_new_proof(server: AuthorizationServer, settings: ClientSettings) -> None:
    """An assertion may be used once, so each attempt has one of its own (RFC 7523 §3)."""
    key = ECKey.generate_key("P-256")
    server.scripted.append(overloaded("0"))
    async with AgentClient(server.issuer, "planner", key=key, settings=settings) as agent:
        await ask(agent)
    first, second = (
        jwt.decode(asked.form["client_assertion"], key, algorithms=["ES256"]).claims["jti"]
        for asked in server.exchanges
    )
    assert first != second


async def test_attempts_are_bounded(agent: AgentClient, server: AuthorizationServer) -> None:
    """After the third refusal the caller is told, and when to come back."""
    server.scripted = deque(overloaded("1") for _ in range(3))
    with pytest.raises(Unavailable, match="answered 503") as caught:
        await ask(agent)
    assert caught.value.retry_after == timedelta(seconds=1)
    assert len(server.exchanges) == 3


@pytest.mark.parametrize(
    ("answer", "retry_after"),
    [
        (overloaded(None), None),
        (overloaded("soon"), None),
        (overloaded("-1"), None),
        (overloaded("99999999999"), None),
        (overloaded("Mon, 1 Jan 99999999999999999999 00:00:00 GMT"), None),
        (overloaded("Mon, 1 Jan 2030 00:00:00 +99999999999999999999"), None),
        (overloaded("6"), timedelta(seconds=6)),
        (Response(status_code=500), None),
        (Response(status_code=502, headers={"Retry-After": "1"}), timedelta(seconds=1)),
        (Response(status_code=429, headers={"Retry-After": "1"}), timedelta(seconds=1)),
    ],
)
async def test_what_may_have_been_done_is_not_repeated(
    agent: AgentClient,
    server: AuthorizationServer,
    pauses: Pauses,
    answer: Response,
    retry_after: timedelta | None,
) -> None:
    """Other failures, and pauses too long to wait for, go to the caller at once."""
    server.scripted.append(answer)
    with pytest.raises(Unavailable) as caught:
        await ask(agent)
    assert caught.value.retry_after == retry_after
    assert (len(server.exchanges), pauses.seconds) == (1, [])


@pytest.mark.parametrize(
    "limit",
    [
        lambda: ClientSettings(answer_timeout=timedelta(milliseconds=50)),
        lambda: ClientSettings(deadline=timedelta(milliseconds=200)),
    ],
    ids=["answer", "deadline"],
)
async def test_a_silent_service_does_not_hold_the_caller(
    server: AuthorizationServer, limit: Callable[[], ClientSettings]
) -> None:
    """An answer that does not come in time is an error, and the question is not repeated."""
    server.open_gate.clear()
    async with AgentClient(server.issuer, "planner", secret=SECRET, settings=limit()) as agent:
        with pytest.raises(Unavailable, match=r"did not answer in time|ReadTimeout"):
            await ask(agent)
    server.open_gate.set()
    assert len(server.exchanges) == 1


async def test_credentials_follow_no_redirect(server: AuthorizationServer, settings: ClientSettings) -> None:
    """A borrowed pool's habit of following redirects does not carry a secret elsewhere."""
    redirect = Response(status_code=307, headers={"Location": f"{server.issuer}/revoke"})
    server.scripted.append(redirect)
    async with httpx2.AsyncClient(follow_redirects=True) as pool:
        agent = AgentClient(server.issuer, "planner", secret=SECRET, http=pool, settings=settings)
        with pytest.raises(Exception, match="not well-formed JSON"):
            await ask(agent)
        await agent.close()
        assert not pool.is_closed
    assert server.asked[-1].path == "/token"


@pytest.mark.parametrize(
    "limits",
    [
        {"attempts": 0},
        {"cached_tokens": 0},
        {"deadline": timedelta(0)},
        {"connect_timeout": timedelta(seconds=-1)},
        {"backoff": timedelta(seconds=-1)},
    ],
)
def test_limits_that_cannot_be_kept_are_refused(limits: dict[str, int]) -> None:
    """A setting that makes no sense is an error where it is set."""
    with pytest.raises(ValueError, match=r"positive|negative|at least 1"):
        ClientSettings(**limits)  # type: ignore[arg-type]  # the table holds several kinds


async def test_no_proxy_reads_what_goes_to_this_machine(
    server: AuthorizationServer, second_stage: Stage, settings: ClientSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy that the environment names for plain HTTP is elsewhere, and would get the secret."""
    seen: list[str] = []

    async def proxy(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["path"])
        await Response(status_code=502)(scope, receive, send)

    second_stage.playing = proxy
    for name in ("HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, second_stage.address)
        monkeypatch.setenv(name.lower(), second_stage.address)
    async with AgentClient(server.issuer, "planner", secret=SECRET, settings=settings) as agent:
        assert await ask(agent) == "token-1"
    assert seen == []
