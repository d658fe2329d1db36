"""`tools/list` without the tools of which a caller could use nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext

from delegation.client.mcp.access_token import permissions_of
from delegation.client.service.deciding import Decider
from delegation.client.service.delegated_caller import DelegatedCaller


@dataclass(frozen=True, slots=True)
class Demand:
    """A permission that a tool demands, on some resource of a type."""

    permission: str
    type: str


@dataclass(frozen=True, slots=True)
class Hiding:
    """Middleware of an MCP server that leaves out of its list what the caller's token allows nowhere at this moment.

    What is hidden protects nothing: a tool that is called decides for itself.
    """

    decider: Decider
    caller: Callable[[], DelegatedCaller]
    demands: Mapping[str, Demand]
    """By the names of the functions; a tool that is not among them is shown."""

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Answer one message."""
        result = await call_next(ctx)
        if ctx.method != "tools/list" or not isinstance(result, dict):
            return result
        caller, useful = self.caller(), dict[Demand, bool]()
        for demand in self.demands.values():
            if demand not in useful:
                useful[demand] = await self._is_useful(caller, demand)
        hidden = {name for name, demand in self.demands.items() if not useful[demand]}
        return {**result, "tools": [tool for tool in result.get("tools", ()) if tool["name"] not in hidden]}

    async def _is_useful(self, caller: DelegatedCaller, demand: Demand) -> bool:
        """Return whether there is anything of the type on which the caller has the permission."""
        if demand.permission in permissions_of(caller):
            return True
        async for _ in self.decider.search_resources(caller, demand.permission, demand.type):
            return True
        return False
