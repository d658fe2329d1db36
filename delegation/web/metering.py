"""Counting requests: each has a meter, and who fails to authenticate is counted by the address."""

from http import HTTPStatus
from ipaddress import IPv6Address, ip_network

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from delegation.quotas import METER, Exhausted, Meter, Quotas
from delegation.web.errors import too_many


class Metered:
    """Gives each request a meter. Of strangers too many get 429 in the place of 401.

    Whoever proves who it is has its answer, however many others at its address fail to: the address may be that of
    a proxy, or of a whole company.
    """

    def __init__(self, app: ASGIApp, quotas: Quotas) -> None:
        """Wrap an application."""
        self._app = app
        self._quotas = quotas

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a meter of its own."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refused: Exhausted | None = None

        async def answer(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start" and message["status"] == HTTPStatus.UNAUTHORIZED:
                refused = self._too_many(scope)
            if refused is None:
                await send(message)
            elif message["type"] == "http.response.start":
                await too_many(refused)(scope, receive, send)

        METER.set(Meter(self._quotas))
        await self._app(scope, receive, answer)

    def _too_many(self, scope: Scope) -> Exhausted | None:
        try:
            self._quotas.strangers.take(_origin(scope))
        except Exhausted as error:
            return error
        return None


def _origin(scope: Scope) -> str:
    """Return where a request comes from; whoever has an IPv6 address has all of its network."""
    host = scope["client"][0] if scope.get("client") else ""
    if ":" not in host:
        return host
    try:
        return str(ip_network((IPv6Address(host.partition("%")[0]), 64), strict=False))
    except ValueError:
        return host
