"""The client and a token endpoint that is slow, fails, breaks off or talks nonsense, with the service itself behind."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest
from starlette.responses import Response

from delegation.client import AgentClient, RateLimited, Unavailable, UnexpectedAnswer
from tests.client.between import APOLLO, Fault, House
from tests.client.samples import Pauses

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The service, behind what stands between."""
    house = House(tmp_path_factory.mktemp("house") / "data")
    with house.open():
        yield house


@pytest.fixture
async def house(opened: House) -> AsyncIterator[House]:
    """The service, of which nothing was asked yet and nothing goes wrong."""
    opened.between.faults.clear()
    opened.between.seen.clear()
    async with opened.reached():
        yield opened


async def works(agent: AgentClient, house: House) -> None:
    """Show that the client is as good as new: it gets a token that the service knows."""
    token = await agent.token(house.granted()[1], **APOLLO)
    async with house.documents() as documents:
        assert await documents.introspect(token.value) is not None


async def test_a_token_endpoint_that_never_answers_is_not_waited_for(house: House) -> None:
    """The deadline ends the question for everybody who waits, and the next one is answered."""
    never, (_, receipt) = asyncio.Event(), house.granted()
    async with house.agent(deadline=timedelta(milliseconds=200)) as agent:
        house.between.faults.append(Fault(until=never))
        waiting = [agent.token(receipt, **APOLLO) for _ in range(3)]
        failures = await asyncio.gather(*waiting, return_exceptions=True)
    assert [str(failure) for failure in failures] == ["the authorization service did not answer in time"] * 3
    assert house.between.seen == ["/token"]
    never.set()
    async with house.agent() as agent:
        await works(agent, house)


async def test_the_deadline_is_one_for_all_that_a_token_takes(house: House) -> None:
    """Looking up, asking, and asking again with a nonce have no deadline each."""
    (_, receipt), first, second = house.granted(), asyncio.Event(), asyncio.Event()
    async with house.agent(dpop=True, deadline=timedelta(seconds=2)) as agent:
        # Alone neither takes as long: the first answer brings a nonce when half of the time has gone.
        house.between.faults.extend([Fault(until=first), Fault(until=second)])
        asyncio.get_running_loop().call_later(1.0, first.set)
        asyncio.get_running_loop().call_later(2.6, second.set)
        with pytest.raises(Unavailable, match="in time"):
            await agent.token(receipt, **APOLLO)
        assert house.between.seen == ["/token", "/token"]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        pytest.param(Fault(Response(status_code=500)), Unavailable, id="500"),
        pytest.param(Fault(Response(status_code=503)), Unavailable, id="503 without a time"),
        pytest.param(Fault(Response(status_code=429, headers={"Retry-After": "1"})), RateLimited, id="429"),
        pytest.param(Fault(is_torn=True), Unavailable, id="broken off"),
        pytest.param(Fault(Response(b"<html>", 200)), UnexpectedAnswer, id="garbage"),
        pytest.param(Fault(Response(b"\x00" * 4096, 400)), UnexpectedAnswer, id="garbage with an error's status"),
        pytest.param(Fault(Response(b"[" * 100_000, 200)), UnexpectedAnswer, id="nesting"),
        pytest.param(Fault(Response(status_code=302, headers={"Location": "/x"})), UnexpectedAnswer, id="redirect"),
    ],
)
async def test_a_failure_that_may_have_done_something_is_told_once(
    house: House, fault: Fault, error: type[Exception]
) -> None:
    """The question is not asked again by itself; asked anew, it is answered."""
    house.between.faults.append(fault)
    async with house.agent() as agent:
        with pytest.raises(error):
            await agent.token(house.granted()[1], **APOLLO)
        assert house.between.seen == ["/token"]
        await works(agent, house)


async def test_a_service_that_declines_is_asked_again_when_it_says(house: House) -> None:
    """503 with `Retry-After`, in seconds or as a date (here one gone by), is waited for and ends in a token."""
    times = ("1", "Wed, 01 Jan 2020 12:00:00 GMT")
    house.between.faults.extend(Fault(Response(status_code=503, headers={"Retry-After": time})) for time in times)
    pauses = Pauses()
    async with house.agent(sleep=pauses, chance=lambda: 0.0) as agent:
        await agent.token(house.granted()[1], **APOLLO)
    assert pauses.seconds == [1.0, 0.0]


async def test_a_date_too_far_away_is_told_and_not_waited_for(house: House) -> None:
    """Nobody waits for years; the caller learns that it is long."""
    far = {"Retry-After": "Fri, 01 Jan 2100 12:00:00 GMT"}
    house.between.faults.append(Fault(Response(status_code=503, headers=far)))
    async with house.agent() as agent:
        with pytest.raises(Unavailable) as caught:
            await agent.token(house.granted()[1], **APOLLO)
    assert caught.value.retry_after == timedelta(days=1)


@pytest.mark.parametrize("text", ["tomorrow", "Tue, 01 Jan 2030", "", "Tue, 99 Jan 2030 12:10:02 GMT"])
async def test_a_time_that_is_none_is_not_waited_for(house: House, text: str) -> None:
    """What cannot be read says nothing about when to come back."""
    house.between.faults.append(Fault(Response(status_code=503, headers={"Retry-After": text})))
    async with house.agent() as agent:
        with pytest.raises(Unavailable) as caught:
            await agent.token(house.granted()[1], **APOLLO)
    assert caught.value.retry_after is None


async def test_a_lost_answer_to_what_may_be_repeated_is_asked_for_again(house: House) -> None:
    """Ending and giving back do the same twice as once."""
    delegation, receipt = house.granted()
    async with house.agent() as agent:
        token = await agent.token(receipt, **APOLLO)
        house.between.seen.clear()
        house.between.faults.extend([Fault(Response(status_code=502)), Fault()])
        await agent.revoke(token)
        house.between.faults.append(Fault(is_torn=True))
        await agent.end(delegation, organization="acme")
    assert house.between.seen == ["/revoke"] * 2 + [f"/delegations/{delegation}/end"] * 2
    assert house.tenant.status({"id": delegation}) == "revoked"


async def test_a_token_serves_on_while_its_successor_cannot_be_had(house: House) -> None:
    """A token endpoint that fails is not noticed before the token that is held has ended."""
    _, receipt = house.granted()
    async with house.agent() as agent:
        token = await agent.token(receipt, **APOLLO)
        house.clock.advance(timedelta(seconds=280))
        house.between.faults.append(Fault(Response(status_code=500)))
        assert await agent.token(receipt, **APOLLO) == token
        while len(house.between.seen) < 2:  # noqa: ASYNC110 - nothing else tells
            await asyncio.sleep(0.005)
        assert (await agent.token(receipt, **APOLLO)).value == token.value
        house.clock.advance(timedelta(seconds=20))
        assert (await agent.token(receipt, **APOLLO)).value != token.value


async def test_who_is_cancelled_takes_nothing_along(house: House) -> None:
    """The question goes on for the others, and the client goes on when nobody is left."""
    gate, (_, receipt) = asyncio.Event(), house.granted()
    house.between.faults.append(Fault(until=gate))
    async with house.agent() as agent:
        tasks = [asyncio.create_task(agent.token(receipt, **APOLLO)) for _ in range(100)]
        while not house.between.seen:  # noqa: ASYNC110 - nothing else tells
            await asyncio.sleep(0.005)
        for task in tasks[1:]:
            task.cancel()
        gate.set()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert await agent.token(receipt, **APOLLO) == results[0]
    assert {type(result) for result in results[1:]} == {asyncio.CancelledError}
    assert house.between.seen == ["/token"]


async def test_a_hundred_calls_make_one_exchange(house: House) -> None:
    """The service is asked once for what a hundred tasks want at the same moment."""
    _, receipt = house.granted()
    async with house.agent() as agent:
        tokens = await asyncio.gather(*(agent.token(receipt, **APOLLO) for _ in range(100)))
    assert len({token.value for token in tokens}) == 1
    assert house.between.seen == ["/token"]
