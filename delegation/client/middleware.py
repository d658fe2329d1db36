"""ASGI middleware that lets nobody in but delegated tokens that are live at this moment."""

import logging
import re
from typing import Final

from delegation.client.asgi import Application, Receive, Scope, Send, WatchedSend, answer_with
from delegation.client.challenge import (
    AccessRefused,
    bad_token,
    cannot_tell,
    malformed,
    no_token,
)
from delegation.client.delegated_caller import DelegatedCaller
from delegation.client.errors import ClientError
from delegation.client.service import ServiceClient

CALLER: Final = "delegation"  # in the request's state
SERVICE: Final = "delegation.service"  # in the scope

_log = logging.getLogger("delegation.client")
_BEARER: Final = re.compile(rb"bearer +([A-Za-z0-9._~+/-]+=*)", re.IGNORECASE)  # RFC 6750 §2.1
_IN_QUERY: Final = re.compile(rb"(^|&)access_token=")
_LONGEST_TOKEN: Final = 16 * 1024
_POLICY_VIOLATION: Final = 1008


class DelegatedAccess:
    """Authenticates every request by introspection and answers for `require` within.

    Inside, `request.state.delegation` is the `DelegatedCaller`. Whoever has no good token gets 401,
    a malformed attempt 400, and nobody gets in while the authorization service cannot be asked
    (503). Websockets are refused.
    """

    def __init__(self, app: Application, *, service: ServiceClient) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI connection."""
        match scope["type"]:
            case "http":
                await self._guard(scope, receive, WatchedSend(send))
            case "lifespan":
                await self._app(scope, receive, send)
            case _:
                await receive()
                await send({"type": "websocket.close", "code": _POLICY_VIOLATION})

    async def _guard(self, scope: Scope, receive: Receive, send: WatchedSend) -> None:
        try:
            caller = await self._admit(scope)
            scope.setdefault("state", {})[CALLER] = caller
            scope[SERVICE] = self._service
            await self._app(scope, receive, send)
        except AccessRefused as refused:
            if send.has_begun:
                raise
            await answer_with(refused.challenge, send)

    async def _admit(self, scope: Scope) -> DelegatedCaller:
        token = _presented(scope, self._service.audience)
        try:
            caller = await self._service.introspect(token)
        except ClientError as error:
            _log.error("a token could not be introspected: %s", error)
            raise AccessRefused(cannot_tell()) from None
        if caller is None:
            raise AccessRefused(bad_token(self._service.audience))
        return caller


def _presented(scope: Scope, realm: str) -> str:
    """Return the one token that the request presents; raises AccessRefused (RFC 6750 §3.1)."""
    values = [value for name, value in scope["headers"] if name == b"authorization"]
    if _IN_QUERY.search(scope.get("query_string", b"")):
        raise AccessRefused(malformed(realm, "a token does not belong in an address"))
    if len(values) > 1:
        raise AccessRefused(malformed(realm, "there is more than one Authorization header"))
    if not values or values[0].split(b" ")[0].lower() != b"bearer":
        raise AccessRefused(no_token(realm))
    matched = _BEARER.fullmatch(values[0])
    if matched is None:
        raise AccessRefused(malformed(realm, "the Authorization header holds no bearer token"))
    if len(matched[1]) > _LONGEST_TOKEN:
        raise AccessRefused(bad_token(realm))
    return matched[1].decode("ascii")
