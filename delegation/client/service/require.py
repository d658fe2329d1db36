"""What a call must be allowed to do, said beside the endpoint that does it."""

from collections.abc import Awaitable, Callable, MutableMapping
from functools import wraps
from typing import Any, Protocol, TypeVar

from delegation.client.service.delegated_caller import DelegatedCaller
from delegation.client.service.guard import guarded


class Request(Protocol):
    """A request of Starlette, of FastAPI, or of anything else that keeps its ASGI scope."""

    @property
    def scope(self) -> MutableMapping[str, Any]:
        """The ASGI scope."""
        ...


AnyRequest = TypeVar("AnyRequest", bound=Request)
Response = TypeVar("Response")


def require(
    permission: str, *, on: Callable[[AnyRequest], str]
) -> Callable[[Callable[[AnyRequest], Awaitable[Response]]], Callable[[AnyRequest], Awaitable[Response]]]:
    """Return a decorator: the endpoint runs only if the caller has the permission on the resource.

    `on` names the resource (`app:storefront`) from the request. It is decided each time; a no is answered with 403,
    and 503 while it cannot be told.
    """

    def decorate(
        endpoint: Callable[[AnyRequest], Awaitable[Response]],
    ) -> Callable[[AnyRequest], Awaitable[Response]]:
        @wraps(endpoint)
        async def guarded_endpoint(request: AnyRequest) -> Response:
            await demand(request, permission, on(request))
            return await endpoint(request)

        return guarded_endpoint

    return decorate


async def demand(request: Request, permission: str, resource: str) -> DelegatedCaller:
    """Return the caller if it has the permission on the resource now.

    For endpoints that learn only on the way what is asked of them. Raises AccessRefused, which
    `DelegatedAccess` answers, and LookupError where that middleware is missing.
    """
    caller, guard = guarded(request.scope)
    await guard.demand(caller, permission, resource)
    return caller
