"""What a call must be allowed to do, said beside the endpoint that does it."""

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from functools import wraps
from typing import Any, Protocol, TypeVar

from delegation.client.answers import Allowed, Denied
from delegation.client.challenge import AccessRefused, bad_token, beyond_rights, cannot_tell
from delegation.client.delegated_caller import DelegatedCaller
from delegation.client.errors import ClientError
from delegation.client.middleware import CALLER, SERVICE
from delegation.client.service import ServiceClient

_log = logging.getLogger("delegation.client")


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

    `on` names the resource (`app:storefront`) from the request. The authorization service is asked
    each time; a no is answered with 403, and 503 while it cannot be asked.
    """

    def decorate(
        endpoint: Callable[[AnyRequest], Awaitable[Response]],
    ) -> Callable[[AnyRequest], Awaitable[Response]]:
        @wraps(endpoint)
        async def guarded(request: AnyRequest) -> Response:
            await demand(request, permission, on(request))
            return await endpoint(request)

        return guarded

    return decorate


async def demand(request: Request, permission: str, resource: str) -> DelegatedCaller:
    """Return the caller if it has the permission on the resource now.

    For endpoints that learn only on the way what is asked of them. Raises AccessRefused, which
    `DelegatedAccess` answers, and LookupError where that middleware is missing.
    """
    caller, service = _guarded(request.scope)
    try:
        answer = await service.evaluate(caller, permission, resource)
    except ClientError as error:
        _log.error("a permission could not be evaluated: %s", error)
        raise AccessRefused(cannot_tell()) from None
    match answer:
        case Allowed():
            return caller
        case Denied(failing={"term": "status"}):
            # The token ended between introspection and this question.
            raise AccessRefused(bad_token(service.audience))
        case Denied():
            asked = (permission, resource)
            raise AccessRefused(beyond_rights(service.audience, asked, answer))


def _guarded(scope: MutableMapping[str, Any]) -> tuple[DelegatedCaller, ServiceClient]:
    match scope.get("state", {}).get(CALLER), scope.get(SERVICE):
        case DelegatedCaller() as caller, ServiceClient() as service:
            return caller, service
        case _:
            raise LookupError("`require` works within the middleware `DelegatedAccess` only")
