"""Answers that are longer than anybody needs: whoever is asked cannot fill the memory of who asks."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Callable

import pytest
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from delegation.client import AgentClient, ClientSettings, Unavailable
from delegation.client.issuer.wire import LONGEST_ANSWER
from tests.client.samples import SECRET
from tests.client.serving import serving

pytestmark = pytest.mark.anyio


def metadata(address: str, padding: int = 0) -> bytes:
    """Return what a service says of itself, with so much that nobody asked for."""
    return json.dumps(
        {"resource": address, "authorization_servers": ["https://issuer.example"], "padding": " " * padding}
    ).encode()


def packed(text: bytes) -> Response:
    """Return an answer that is sent packed."""
    return Response(gzip.compress(text), media_type="application/json", headers={"Content-Encoding": "gzip"})


async def _endless() -> AsyncIterator[bytes]:
    while True:
        yield b" " * 65_536
        # Nobody waits to write into a connection that is closed: who asked would never be seen to be gone.
        await asyncio.sleep(0)


async def found(answer: Callable[[str], Response]) -> str:
    """Return what a service is called by whoever looks it up; all that it is asked is answered by `answer`."""

    def build(address: str) -> ASGIApp:
        async def application(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http":
                await answer(address)(scope, receive, send)

        return application

    async with (
        serving(build) as address,
        AgentClient("https://issuer.example", "planner", secret=SECRET, settings=ClientSettings()) as agent,
    ):
        return (await agent.discover(address)).resource.replace(address, "itself")


@pytest.mark.parametrize(
    "answer",
    [
        lambda _: StreamingResponse(_endless(), media_type="application/json"),
        lambda address: Response(metadata(address, LONGEST_ANSWER), media_type="application/json"),
        lambda address: packed(metadata(address, 8 * LONGEST_ANSWER)),
    ],
    ids=["endless", "long", "packed"],
)
async def test_an_answer_that_is_too_long_is_none(answer: Callable[[str], Response]) -> None:
    """It is not read to its end, whether it says how long it is, does not end, or was packed."""
    with pytest.raises(Unavailable, match="longer than any that makes sense"):
        await found(answer)


@pytest.mark.parametrize("answer", [packed, lambda text: Response(text, media_type="application/json")])
async def test_a_long_answer_is_read_whole(answer: Callable[[bytes], Response]) -> None:
    """What is within the bound is understood, packed or not."""
    assert await found(lambda address: answer(metadata(address, LONGEST_ANSWER - 1_000))) == "itself"
