"""The agent's client for programs without an event loop: one implementation, asked from any thread."""

import asyncio
import gc
import inspect
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx2
import pytest
from joserfc.jwk import ECKey

from delegation.client import (
    AgentClient,
    ClientSettings,
    ConsentRequired,
    SyncAgentClient,
    Unavailable,
    UserToken,
    Wanted,
    WrongTarget,
)
from tests.client.authorization_server import AuthorizationServer, refused
from tests.client.samples import SECRET
from tests.client.serving import Stage
from tests.client.test_bearer import Service
from tests.client.test_wire import overloaded

pytestmark = pytest.mark.anyio

ANNE = UserToken("anne")
WANTED: Wanted = {"resource": "https://a.example", "identifier": "project:apollo", "roles": ["editor"]}
OTHER: Wanted = {**WANTED, "actions": ["document:view"]}


@asynccontextmanager
async def opened(server: AuthorizationServer, settings: ClientSettings) -> AsyncIterator[SyncAgentClient]:
    """Give a synchronous client of the server, and close it in a thread: the server is in this one."""
    client = SyncAgentClient(server.issuer, "planner", secret=SECRET, settings=settings)
    yield client
    await asyncio.to_thread(client.close)


@pytest.fixture
async def blocking(server: AuthorizationServer, settings: ClientSettings) -> AsyncIterator[SyncAgentClient]:
    """The agent `planner`, asked synchronously."""
    async with opened(server, settings) as client:
        yield client


def test_whatever_one_client_can_the_other_can() -> None:
    """Each public method of the asynchronous client has a twin with the same parameters."""
    apart = {"__aenter__", "__aexit__", "held"}
    methods = {name: each for name, each in vars(AgentClient).items() if inspect.isfunction(each)}
    public = {name: each for name, each in methods.items() if not name.startswith("_") and name not in apart}
    assert set(public) >= {"token", "auth", "narrow", "delegate", "discover", "end", "revoke", "own_token", "close"}
    for name, method in public.items():
        twin = inspect.signature(getattr(SyncAgentClient, name))
        assert list(twin.parameters.values()) == list(inspect.signature(method).parameters.values()), name


async def test_a_token_that_is_held_is_answered_in_the_thread_that_asks(
    server: AuthorizationServer, settings: ClientSettings
) -> None:
    """It needs nothing of the client's own thread: it is answered even there, where every other question is refused."""
    seen: list[str] = []
    elsewhere: Wanted = {**WANTED, "resource": "https://b.example"}

    async def meanwhile(_: float) -> None:
        seen.append(client.token(ANNE, **WANTED).value)
        with pytest.raises(RuntimeError, match="from within its own work"):
            client.token(ANNE, **elsewhere)

    async with opened(server, replace(settings, sleep=meanwhile)) as client:
        await asyncio.to_thread(client.token, ANNE, **WANTED)
        server.scripted.append(overloaded("1"))
        await asyncio.to_thread(client.token, ANNE, **OTHER)
    assert seen == ["token-1"]


async def test_many_threads_make_one_exchange(blocking: SyncAgentClient, server: AuthorizationServer) -> None:
    """A hundred threads that want the same token at once wait for one request."""
    server.open_gate.clear()
    with ThreadPoolExecutor(100) as pool:
        asked = [
            asyncio.get_running_loop().run_in_executor(pool, lambda: blocking.token(ANNE, **WANTED)) for _ in range(100)
        ]
        await server.arrived.wait()
        server.open_gate.set()
        tokens = await asyncio.gather(*asked)
    assert {token.value for token in tokens} == {"token-1"}
    assert len(server.exchanges) == 1


async def test_a_refusal_is_the_same_error(blocking: SyncAgentClient, server: AuthorizationServer) -> None:
    """What was raised in the client's thread reaches whoever asked, in its class and with what it names."""
    server.scripted.append(refused("invalid_request", consent_uri="https://as.example/grant"))
    with pytest.raises(ConsentRequired) as caught:
        await asyncio.to_thread(blocking.token, ANNE, **WANTED)
    assert caught.value.consent_uri == "https://as.example/grant"


async def test_each_request_of_a_synchronous_http_client_carries_the_token(
    blocking: SyncAgentClient, second_stage: Stage, server: AuthorizationServer
) -> None:
    """A dead token is replaced once and the body goes out again whole; a token goes nowhere else."""
    service = Service(second_stage.address)
    second_stage.playing = service.application()
    service.statuses.append(401)
    here: Wanted = {**WANTED, "resource": service.address}

    def work() -> int:
        with httpx2.Client(auth=blocking.auth(ANNE, **here)) as http:
            with pytest.raises(WrongTarget):
                http.get(server.issuer)
            return http.post(service.address, content=iter([b"one ", b"two"])).status_code

    assert await asyncio.to_thread(work) == 200
    assert service.seen == [("Bearer token-1", b"one two"), ("Bearer token-2", b"one two")]


async def test_the_wrong_kind_of_http_client_is_told_so(blocking: SyncAgentClient, second_stage: Stage) -> None:
    """An asynchronous client would be held up by tokens that are waited for."""
    here: Wanted = {**WANTED, "resource": second_stage.address}
    auth = blocking.auth(ANNE, **here)
    async with httpx2.AsyncClient(auth=auth) as http:
        with pytest.raises(TypeError, match=r"`httpx2\.Client`"):
            await http.get(second_stage.address)


async def test_a_key_is_proved_by_every_request(
    server: AuthorizationServer, settings: ClientSettings, second_stage: Stage
) -> None:
    """Tokens are bound to the key here too, and go out with its proof."""
    service = Service(second_stage.address)
    second_stage.playing = service.application()
    here: Wanted = {**WANTED, "resource": service.address}
    client = SyncAgentClient(server.issuer, "planner", secret=SECRET, dpop=True, settings=settings)

    def work() -> bool:
        with client, httpx2.Client(auth=client.auth(ANNE, **here)) as http:
            http.get(service.address)
            return client.token(ANNE, **WANTED).is_bound

    assert await asyncio.to_thread(work)
    assert [authorization for authorization, _ in service.seen] == ["DPoP token-1"]


async def test_the_other_questions_are_asked_too(blocking: SyncAgentClient) -> None:
    """A token is narrowed, given back and forgotten; an own token is got."""

    def work() -> tuple[str, str]:
        token = blocking.token(ANNE, **WANTED)
        narrowed = blocking.narrow(token, **OTHER)
        blocking.revoke(token)
        blocking.forget(narrowed)
        own = blocking.own_token()
        return own.value, blocking.narrow(token, **OTHER).value

    assert await asyncio.to_thread(work) == ("token-3", "token-4")


async def test_closing_frees_those_who_wait(blocking: SyncAgentClient, server: AuthorizationServer) -> None:
    """Whoever waits in whatever question gets Unavailable, whoever asks later is told; the thread has ended."""
    server.open_gate.clear()
    waiting = [
        asyncio.create_task(asyncio.to_thread(blocking.token, ANNE, **WANTED)),
        asyncio.create_task(asyncio.to_thread(blocking.own_token)),
    ]
    while len(server.exchanges) < 2:  # noqa: ASYNC110 - nothing else tells
        await asyncio.sleep(0.005)
    await asyncio.to_thread(blocking.close)
    await asyncio.to_thread(blocking.close)
    server.open_gate.set()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(result) for result in results] == [Unavailable, Unavailable]
    with pytest.raises(RuntimeError, match="closed"):
        blocking.token(ANNE, **WANTED)


async def test_a_client_that_is_gone_takes_its_thread_along(
    server: AuthorizationServer, settings: ClientSettings
) -> None:
    """A program that makes many clients and closes none is not left with their threads."""
    client = SyncAgentClient(server.issuer, "planner", secret=SECRET, settings=settings)
    before = set(threading.enumerate())
    await asyncio.to_thread(client.own_token)
    [thread] = [each for each in set(threading.enumerate()) - before if each.name == "delegation-client"]
    del client
    gc.collect()
    await asyncio.to_thread(thread.join, 30)
    assert not thread.is_alive()


async def test_a_loop_that_cannot_be_made_leaves_nobody_waiting(
    blocking: SyncAgentClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the system gives no loop whoever asks hears so, and the next who asks finds one again."""

    def refuse() -> asyncio.AbstractEventLoop:
        raise OSError("too many open files")

    with monkeypatch.context() as patch:
        patch.setattr(asyncio.events, "new_event_loop", refuse)
        async with asyncio.timeout(10):
            with pytest.raises(OSError, match="too many open files"):
                await asyncio.to_thread(blocking.own_token)
    assert (await asyncio.to_thread(blocking.own_token)).value == "token-1"


def test_a_credential_is_judged_when_the_client_is_made() -> None:
    """Nothing has to be asked before it is known that it could not be; keys are not shown."""
    with pytest.raises(ValueError, match="`secret` or `key`"):
        SyncAgentClient("https://as.example", "planner")
    client = SyncAgentClient("https://as.example", "planner", key=ECKey.generate_key("P-256"), dpop=True)
    assert repr(client) == "SyncAgentClient(issuer='https://as.example', client_id='planner')"
    client.close()
