"""The few words of ASGI that a middleware speaks."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from delegation.client.service.challenge import Challenge

Scope: TypeAlias = MutableMapping[str, Any]  # the ASGI specification leaves the values open
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]


class WatchedSend:
    """Passes messages on, and knows whether the answer has begun."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.has_begun = False

    async def __call__(self, message: Message) -> None:
        """Pass the message on."""
        self.has_begun = True
        await self._send(message)


async def answer_with(challenge: Challenge, send: Send) -> None:
    """Send the challenge as the whole answer."""
    body = challenge.body()
    await send(
        {
            "type": "http.response.start",
            "status": challenge.status.value,
            "headers": challenge.headers(len(body)),
        }
    )
    await send({"type": "http.response.body", "body": body})
