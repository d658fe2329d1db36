"""MCP calls of which each carries a token for just that call: for `httpx2`, and so for every client built on it."""

from collections.abc import AsyncGenerator, Callable, Collection, Generator, Mapping
from contextlib import aclosing
from typing import TypedDict

import httpx2
from typing_extensions import Unpack, override

from delegation.client.agent.client import AgentClient
from delegation.client.agent.token_request import Subject, Wanted, request_for
from delegation.client.errors import ClientError
from delegation.client.issuer.json_text import JSON
from delegation.client.mcp.messages import NotPlanned, ToolCall, call_in


class Need(TypedDict):
    """What one call needs: permissions (`actions`) of roles, on one resource."""

    identifier: str
    roles: Collection[str]
    actions: Collection[str]


Plan = Callable[[str, Mapping[str, JSON]], Need | None]
"""What a call needs, by the tool's name and its arguments; None for a call that is not to be made."""


class DelegatedCalls(httpx2.Auth):
    """Puts on each message the token that it needs, and lets none leave that was not planned.

    A call of a tool carries a token for what the plan says that the call needs; every other message, that which opens
    the connection among them, carries the token of `base`. All are for one agent and one user, to whom the server ties
    the connection. Whoever answers 401 gets a new token once.
    """

    def __init__(
        self, agent: AgentClient, subject: Subject, plan: Plan, *, origin: str | None = None, **base: Unpack[Wanted]
    ) -> None:
        """Plan for one user. `origin` is where tokens go, `resource` of the base unless it is told.

        Raises ValueError for a base that asks for nothing definite.
        """
        request_for(subject, base)
        self._agent, self._subject, self._plan = agent, subject, plan
        self._origin, self._base = origin, base

    @override
    async def async_auth_flow(self, request: httpx2.Request) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        auth = self._auth(call_in(await request.aread()))
        async with aclosing(auth.async_auth_flow(request)) as flow:
            try:
                outgoing = await anext(flow)
                while True:
                    outgoing = await flow.asend((yield outgoing))  # codespell:ignore asend
            except StopAsyncIteration:
                return

    @override
    def sync_auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        raise TypeError("MCP clients are asynchronous: this authentication is for `httpx2.AsyncClient`")

    def _auth(self, call: ToolCall | None) -> httpx2.Auth:
        """Return what puts its token on a message; raises NotPlanned."""
        if call is None:
            return self._agent.auth(self._subject, origin=self._origin, **self._base)
        try:
            need = self._plan(call.name, call.arguments)
            wanted: Wanted | None = None if need is None else {**self._base, **need}
            auth = None if wanted is None else self._agent.auth(self._subject, origin=self._origin, **wanted)
        except ClientError:
            raise
        except Exception as wrong:
            # The arguments are the model's, and what is raised here ends the connection, with all calls under way.
            kind = type(wrong).__name__
            raise NotPlanned(f"the plan makes nothing of these arguments of `{call.name}`: {kind}") from wrong
        if auth is None:
            raise NotPlanned(f"the plan does not know the tool `{call.name}`")
        return auth
