"""The few words of ASGI that a middleware speaks."""

from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any, TypeAlias

from delegation.client.service.challenge import Challenge

Scope: TypeAlias = MutableMapping[str, Any]  # the ASGI specification leaves the values open
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]


class WatchedSend:
    """Passes messages on, and knows whether the answer has begun.

    An answer of 500 is held back until `release`: an application within, a mounted one say, gives it to a refusal that
    it does not know, and raises that on. So it is not too late to `replace` it.
    """

    def __init__(self, send: Send) -> None:
        self._send = send
        self._held: list[Message] = []
        self.has_begun = False

    async def __call__(self, message: Message) -> None:
        """Pass the message on, or hold it."""
        self._held.append(message)
        # An answer that comes in several parts is made on purpose.
        if self._held[0].get("status") != HTTPStatus.INTERNAL_SERVER_ERROR or message.get("more_body", False):
            await self.release()

    async def release(self) -> None:
        """Pass on what is held."""
        while self._held:
            self.has_begun = True
            await self._send(self._held.pop(0))

    async def replace(self, challenge: Challenge) -> None:
        """Send the challenge as the whole answer, in place of what is held."""
        body = challenge.body()
        start = {"status": challenge.status.value, "headers": challenge.headers(len(body))}
        self._held = [{"type": "http.response.start", **start}, {"type": "http.response.body", "body": body}]
        await self.release()
