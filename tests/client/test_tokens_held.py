"""Which tokens an agent holds, for how long, and when it asks for the next."""

import asyncio
import logging
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delegation.client import AgentClient, ClientSettings, Receipt, Unavailable, UserToken
from delegation.client.agent.token_cache import TokenCache
from delegation.client.agent.token_request import Wanted, request_for
from tests.client.authorization_server import AuthorizationServer, issued, refused
from tests.client.samples import SECRET, token
from tests.clock import NOON, Clock

pytestmark = pytest.mark.anyio

ANNE = UserToken("anne-token-canary")
APOLLO: Wanted = {
    "resource": "https://documents.example",
    "identifier": "project:apollo",
    "roles": ["editor", "viewer"],
}
MINUTE = timedelta(minutes=1)


OTHERS: list[Wanted] = [
    {**APOLLO, "resource": "https://other.example"},
    {**APOLLO, "identifier": "project:zeus"},
    {**APOLLO, "roles": ["editor"]},
    {**APOLLO, "actions": ["document:edit"]},
    {**APOLLO, "delegation": "dlg_1"},
    {**APOLLO, "organization": "acme"},
]


async def ask(agent: AgentClient, identifier: str = "project:apollo") -> str:
    """Return the token for the resource."""
    wanted: Wanted = {**APOLLO, "identifier": identifier}
    return (await agent.token(ANNE, **wanted)).value


async def test_the_same_question_is_asked_once(agent: AgentClient, server: AuthorizationServer, clock: Clock) -> None:
    """A token is held for whoever asks the same, in whatever order the roles are named."""
    first = await ask(agent)
    clock.advance(4 * MINUTE)
    reordered: Wanted = {**APOLLO, "roles": ("viewer", "editor", "viewer")}
    again = await agent.token(ANNE, **reordered)
    assert first == again.value == "token-1"
    assert len(server.exchanges) == 1


@pytest.mark.parametrize("other", OTHERS)
async def test_another_question_is_another_token(agent: AgentClient, other: Wanted) -> None:
    """Tokens are held by everything that was asked: none serves for a different request."""
    await ask(agent)
    assert (await agent.token(ANNE, **other)).value == "token-2"


async def test_another_subject_is_another_token(agent: AgentClient) -> None:
    """No user's token is handed out for another user, nor one by receipt for one by user token."""
    await ask(agent)
    assert (await agent.token(UserToken("bob"), **APOLLO)).value == "token-2"
    assert (await agent.token(Receipt(ANNE.text), **APOLLO)).value == "token-3"


async def test_concurrent_questions_make_one_exchange(agent: AgentClient, server: AuthorizationServer) -> None:
    """Whoever asks what is being asked already waits for that answer."""
    assert await asyncio.gather(*(ask(agent) for _ in range(30))) == ["token-1"] * 30
    assert len(server.exchanges) == 1


async def test_who_stops_waiting_takes_the_answer_from_nobody(agent: AgentClient, server: AuthorizationServer) -> None:
    """A cancelled caller does not cancel the exchange that others wait for."""
    server.open_gate.clear()
    impatient, patient = asyncio.create_task(ask(agent)), asyncio.create_task(ask(agent))
    await server.arrived.wait()
    impatient.cancel()
    server.open_gate.set()
    assert await patient == "token-1"
    assert impatient.cancelled()
    assert len(server.exchanges) == 1


async def test_a_failure_is_shared_and_not_kept(agent: AgentClient, server: AuthorizationServer) -> None:
    """All who wait for one exchange get its error; the next call asks again."""
    server.scripted.append(refused("invalid_request"))
    outcomes = await asyncio.gather(*(ask(agent) for _ in range(3)), return_exceptions=True)
    assert [str(outcome) for outcome in outcomes] == ["invalid_request"] * 3
    assert await ask(agent) == "token-2"


async def test_a_successor_is_fetched_while_the_token_still_serves(
    agent: AgentClient, server: AuthorizationServer, clock: Clock
) -> None:
    """In its last half minute a token is handed out at once, and its successor is on the way."""
    await ask(agent)
    server.arrived.clear()
    clock.advance(timedelta(seconds=271))
    assert await ask(agent) == "token-1"
    await server.arrived.wait()
    clock.advance(timedelta(seconds=60))
    assert await ask(agent) == "token-2"
    assert len(server.exchanges) == 2


async def test_a_token_about_to_end_is_not_handed_out(agent: AgentClient, clock: Clock) -> None:
    """With less than five seconds left, the caller waits for the next token."""
    await ask(agent)
    clock.advance(timedelta(seconds=295))
    assert await ask(agent) == "token-2"


async def test_a_short_life_does_not_make_every_call_an_exchange(
    agent: AgentClient, server: AuthorizationServer, clock: Clock
) -> None:
    """A token that lives shorter than the usual margin is renewed in its last quarter only."""
    server.lifetime = 28
    for _ in range(3):
        await ask(agent)
        clock.advance(timedelta(seconds=7))
    assert len(server.exchanges) == 1


async def test_a_failed_renewal_lets_the_token_serve_and_is_not_hurried(
    agent: AgentClient,
    server: AuthorizationServer,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """While the service cannot renew it, the token serves on, and one attempt is made in 5 s."""
    caplog.set_level(logging.INFO, "delegation.client")
    await ask(agent)
    clock.advance(timedelta(seconds=271))
    server.scripted.append(issued("t", {"identifier": "project:apollo"}, lifetime=0))
    assert await ask(agent) == "token-1"
    while not caplog.records:  # noqa: ASYNC110 - nothing but the log tells of the failure
        await asyncio.sleep(0.005)
    clock.advance(timedelta(seconds=4))
    assert await ask(agent) == "token-1"
    assert len(server.exchanges) == 2
    assert "project:apollo could not be renewed" in caplog.text


async def test_the_number_of_tokens_held_is_bounded(agent: AgentClient, server: AuthorizationServer) -> None:
    """With room for three, the one unused for longest is asked for anew."""
    for name in ("a", "b", "c", "a", "d"):
        await ask(agent, f"project:{name}")
    assert len(server.exchanges) == 4
    await ask(agent, "project:a")
    assert len(server.exchanges) == 4
    await ask(agent, "project:b")
    assert len(server.exchanges) == 5


@given(names=st.lists(st.integers(0, 9)), capacity=st.integers(1, 4))
async def test_the_last_few_requests_are_those_held(names: list[int], capacity: int) -> None:
    """Whatever the order of use, exactly the most recently used requests are held."""
    cache, recent = TokenCache(capacity), list[int]()
    for name in names:
        request = request_for(ANNE, {**APOLLO, "identifier": f"project:{name}"})
        assert (cache.get(request) is not None) is (name in recent)
        cache.put(request, token(f"token-{name}"))
        recent = [*(other for other in recent if other != name), name][-capacity:]
    assert len(cache) == len(recent)


def test_putting_off_a_token_that_was_dropped_does_not_bring_it_back() -> None:
    """A renewal that fails after a 401 leaves nothing behind."""
    cache, request = TokenCache(1), request_for(ANNE, APOLLO)
    cache.put(request, token("token-1"))
    cache.drop("token-1")
    cache.postpone(request, NOON)
    assert cache.get(request) is None


async def test_forgetting_a_token_leaves_its_successor(
    agent: AgentClient, server: AuthorizationServer, clock: Clock
) -> None:
    """A late complaint about an old token does not cost the new one."""
    old = await agent.token(ANNE, **APOLLO)
    clock.advance(timedelta(seconds=296))
    await ask(agent)
    agent.forget(old)
    assert await ask(agent) == "token-2"
    assert len(server.exchanges) == 2


async def test_a_closed_client_tells_those_who_wait(server: AuthorizationServer, settings: ClientSettings) -> None:
    """Closing ends a question under way with `Unavailable`, not with a cancellation."""
    server.open_gate.clear()
    async with AgentClient(server.issuer, "planner", secret=SECRET, settings=settings) as agent:
        waiting = asyncio.create_task(ask(agent))
        await server.arrived.wait()
    with pytest.raises(Unavailable, match="closed"):
        await waiting
    server.open_gate.set()
