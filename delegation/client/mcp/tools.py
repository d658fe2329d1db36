"""Tools that run only for whoever may do, at this moment, what they do."""

import inspect
import logging
from collections.abc import Awaitable, Callable
from functools import partial, wraps
from string import Formatter
from typing import Any, Final, ParamSpec, Protocol, runtime_checkable
from uuid import UUID

from anyio import to_thread
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.provider import AccessToken
from mcp.server.auth.settings import AuthSettings
from typing_extensions import override

from delegation.client.errors import ClientError
from delegation.client.mcp.access_token import access_token_of, caller_of
from delegation.client.mcp.listing import Demand, Hiding
from delegation.client.mcp.refusal import ToolRefused, refusal_of
from delegation.client.service.challenge import AccessRefused, bad_token, cannot_tell
from delegation.client.service.deciding import Decider, Verifier
from delegation.client.service.delegated_caller import DelegatedCaller, Meant
from delegation.client.service.middleware import Access, guard_of

Named = Callable[..., str]
Arguments = ParamSpec("Arguments")

_log: Final = logging.getLogger("delegation.client")


@runtime_checkable
class _Issued(Protocol):
    @property
    def issuer(self) -> str: ...


class DelegatedTools:
    """Verifies the tokens of an MCP server, and answers for what its tools demand.

    `service` and `verifier` are those of `DelegatedAccess`; the audience is the address of the MCP server.
    Hand it to the server: `MCPServer(..., token_verifier=access, auth=access.auth)`. Without a token clients are told
    where to get one, and a session is good for the agent and the user alone that began it.

    The SDK shows a verifier the token and no more of the request, so tokens that are bound to a key are refused:
    nobody could check the proof.
    """

    def __init__(self, service: Access | Decider, *, verifier: Verifier | None = None) -> None:
        """Raise TypeError where nobody would verify tokens, ValueError for an audience that is no address."""
        self._guard = guard_of(service, verifier, None, None)
        if not isinstance(self._guard.verifier, _Issued):
            raise TypeError("what verifies the tokens names no `issuer`")
        self._issuer = self._guard.verifier.issuer
        self.auth = AuthSettings.model_validate(
            {
                "issuer_url": self._issuer,
                "resource_server_url": self._guard.verifier.audience,
                "validate_token_resource": True,
            }
        )
        """What the SDK publishes of the server (RFC 9728) and checks of each token."""
        self._demands: dict[str, Demand] = {}
        self.hiding = Hiding(self._guard.decider, self.caller, self._demands)
        """Middleware, `MCPServer(..., middleware=[access.hiding])`: tools are listed to whoever can use them.

        It knows the tools whose resource is a template of one type, by the names of their functions.
        """

    async def verify_token(self, token: str) -> AccessToken | None:
        """Return what a token says; None if it is not good here, or if that cannot be told."""
        verifier = self._guard.verifier
        try:
            caller = await verifier.verify(token)
        except ClientError as error:
            _log.error("a token could not be verified: %s", error)
            return None
        return None if caller is None else access_token_of(caller, self._issuer, verifier.audience)

    def caller(self) -> DelegatedCaller:
        """Return who sent the request that is being answered; raises ToolRefused where it came with no good token."""
        verifier, token = self._guard.verifier, get_access_token()
        meant = Meant(self._issuer, verifier.audience, verifier.settings.clock())
        try:
            caller = None if token is None else caller_of(token, meant)
        except ClientError as error:
            _log.error("a token could not be read: %s", error)
            raise refusal_of(cannot_tell()) from None
        if caller is None:
            raise refusal_of(bad_token(verifier.audience))
        return caller

    def requires(
        self, permission: str, *, on: str | Named
    ) -> Callable[[Callable[Arguments, Any]], Callable[Arguments, Awaitable[Any]]]:
        """Return a decorator: the tool runs only if its caller has the permission on the resource at this moment.

        `on` names the resource from the tool's arguments: `"app:{app}"`, filled with a text, a whole number or a UUID
        and refused for anything else, None among it; or a function of them. It stands beneath `@server.tool()`, so
        that the server knows the guarded function. A refusal is the tool's error, which the model reads. Functions that
        are not asynchronous run in a thread.
        """
        named: Named = on if callable(on) else _filled(on)
        demand = None if callable(on) else _demanded(permission, on)

        def decorate(tool: Callable[Arguments, Any]) -> Callable[Arguments, Awaitable[Any]]:
            signature = inspect.signature(tool)
            if demand is not None:
                self._demands[tool.__name__] = demand

            @wraps(tool)
            async def guarded(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Any:  # noqa: ANN401 - as the tool
                given = signature.bind(*args, **kwargs)
                given.apply_defaults()
                await self.demand(permission, named(**given.arguments))
                if inspect.iscoroutinefunction(tool):
                    return await tool(*args, **kwargs)
                # As the SDK would; the loop's own threads are few, and names are looked up in them.
                return await to_thread.run_sync(partial(tool, *args, **kwargs))

            return guarded

        return decorate

    async def demand(self, permission: str, resource: str) -> DelegatedCaller:
        """Return who calls, if they have the permission on the resource now; raises ToolRefused.

        For tools that learn only on the way what is asked of them.
        """
        caller = self.caller()
        try:
            await self._guard.demand(caller, permission, resource)
        except AccessRefused as refused:
            raise refusal_of(refused.challenge) from None
        return caller


class _Names(Formatter):
    """Fills in what an id can be: None and lists are written like ids as well, and mean something else."""

    @override
    def format_field(self, value: object, format_spec: str) -> str:
        if isinstance(value, bool) or not isinstance(value, str | int | UUID):
            raise ToolRefused("refused: the arguments name no resource; a text, a whole number or a UUID would")
        return format(value, format_spec)


def _filled(template: str) -> Named:
    return lambda **arguments: _Names().vformat(template, (), arguments)


def _demanded(permission: str, template: str) -> Demand | None:
    """Return what a template demands whatever the arguments are; None where they choose the type as well."""
    type_ = template.partition(":")[0]
    return None if "{" in type_ else Demand(permission, type_)
