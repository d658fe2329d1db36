"""A lean client: requests as bytes, one connection to each process. What it saves, the servers have."""

import asyncio
import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, Self
from urllib.parse import urlencode

_PATIENCE: Final = 60.0
"""Seconds until an answer that does not come is a failure of the harness."""
_PAUSE: Final = 0.02
"""Seconds before a request is sent again that could not be carried out."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a process said."""

    status: int
    body: dict[str, Any]


class Refused(Exception):
    """A request was refused that has to be granted."""


def bearer(token: str) -> str:
    """Return the header of whoever holds a token."""
    return f"Authorization: Bearer {token}"


def basic(id: str, secret: str) -> str:
    """Return the header of a client with a secret; neither has a character that would have to be encoded."""
    return f"Authorization: Basic {base64.b64encode(f'{id}:{secret}'.encode()).decode()}"


def in_json(method: str, path: str, body: object, credentials: str) -> bytes:
    """Return a request with a JSON body, or with none."""
    text = "" if body is None else json.dumps(body)
    return _request(f"{method} {path}", "application/json", text, credentials)


def in_form(path: str, members: Mapping[str, str], credentials: str) -> bytes:
    """Return a request with a form."""
    return _request(f"POST {path}", "application/x-www-form-urlencoded", urlencode(members), credentials)


def _request(line: str, media_type: str, body: str, credentials: str) -> bytes:
    return (
        f"{line} HTTP/1.1\r\nHost: 127.0.0.1\r\n{credentials}\r\n"
        f"Content-Type: {media_type}\r\nContent-Length: {len(body.encode())}\r\n\r\n{body}"
    ).encode()


class Client:
    """Somebody with a connection to each process, who asks each of them one thing at a time."""

    def __init__(self, streams: Sequence[tuple[asyncio.StreamReader, asyncio.StreamWriter]]) -> None:
        self._streams = streams

    @classmethod
    async def of(cls, ports: Sequence[int]) -> Self:
        """Return a client that is connected to every port."""
        return cls([await asyncio.open_connection("127.0.0.1", port) for port in ports])

    async def ask(self, process: int, request: bytes) -> Answer:
        """Send a request to a process, by its place among the ports, and return the answer."""
        reader, writer = self._streams[process]
        async with asyncio.timeout(_PATIENCE):
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0])
            return Answer(int(head[9:12]), json.loads(await reader.readexactly(length)))

    async def must(self, process: int, request: bytes) -> Answer:
        """Send a request until it succeeds, and return the answer.

        Raises Refused when it fails otherwise than for a while (503).
        """
        while True:
            answer = await self.ask(process, request)
            if answer.status < HTTPStatus.MULTIPLE_CHOICES:
                return answer
            if answer.status != HTTPStatus.SERVICE_UNAVAILABLE:
                raise Refused(f"{request.partition(b' HTTP')[0].decode()}: {answer.status} {answer.body}")
            await asyncio.sleep(_PAUSE)

    def close(self) -> None:
        """Close the connections."""
        for _, writer in self._streams:
            writer.close()
