"""The one place where errors become HTTP (RFC 9457; RFC 6749 §5.2 for the OAuth endpoints)."""

import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from http import HTTPStatus
from typing import Any, Final

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Match, Route

from authz_core import EngineError
from delegation.authority.granting import GrantRefused
from delegation.authority.sub_delegating import Widens
from delegation.directory.errors import DirectoryError
from delegation.oauth.errors import ProtocolError
from delegation.overload import Overloaded
from delegation.quotas import Exhausted
from delegation.store import StoreUnavailable
from delegation.tokens import InvalidToken, NoSigningKey, ProviderUnavailable

RETRY_AFTER: Final = {"Retry-After": "1"}
_log = structlog.get_logger()


class Refused(Exception):
    """A request that the door itself refuses."""

    def __init__(self, status: int, code: str, detail: str, headers: Mapping[str, str] | None = None) -> None:
        """Keep the status, a stable code and one sentence that says what to do."""
        super().__init__(detail)
        self.status = status
        self.code = code
        self.headers = dict(headers or {})


def problem(
    status: int,
    code: str,
    detail: str,
    headers: Mapping[str, str] | None = None,
    *,
    members: Mapping[str, Any] | None = None,
) -> Response:
    """Return a problem document: a stable code for programs, one sentence for people, perhaps further members."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "code": code, "detail": detail}
    return JSONResponse({**body, **(members or {})}, status, {**(headers or {})}, media_type="application/problem+json")


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)  # noqa: S101 - registered for this class alone
    return problem(error.status, error.code, str(error), error.headers)


async def _directory(_: Request, error: Exception) -> Response:
    assert isinstance(error, DirectoryError)  # noqa: S101 - registered for this class alone
    # A token that does not suffice is told so (RFC 6750 §3.1).
    challenge = {"WWW-Authenticate": 'Bearer realm="delegation", error="insufficient_scope"'}
    return problem(error.status, error.code, str(error), challenge if error.status == HTTPStatus.FORBIDDEN else None)


async def _grant(_: Request, error: Exception) -> Response:
    assert isinstance(error, GrantRefused)  # noqa: S101 - registered for this class alone
    widens = [asdict(each) for each in error.widenings] if isinstance(error, Widens) else []
    members = {"widens": widens} if widens else {}
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, error.code, str(error), members=members)


async def _engine(_: Request, error: Exception) -> Response:
    return problem(HTTPStatus.BAD_REQUEST, "malformed", str(error))


async def _token(_: Request, error: Exception) -> Response:
    challenge = {"WWW-Authenticate": 'Bearer realm="delegation", error="invalid_token"'}  # RFC 6750 §3
    return problem(HTTPStatus.UNAUTHORIZED, "invalid_token", str(error), challenge)


async def _unavailable(_: Request, error: Exception) -> Response:
    _log.error("unavailable", cause=str(error))
    detail = "the answer cannot be worked out now; try again"
    return problem(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", detail, RETRY_AFTER)


async def _overloaded(_: Request, error: Exception) -> Response:
    return problem(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", str(error), RETRY_AFTER)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class alone
    code = HTTPStatus(error.status_code).name.lower()
    headers, detail = {**(error.headers or {})}, error.detail
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = allowed = ", ".join(sorted(_methods_at(request)))
        detail = f"this address knows {allowed} and no other method"
    elif error.status_code == HTTPStatus.NOT_FOUND:
        detail = "nothing has this address; /docs shows what there is"
    return problem(error.status_code, code, detail, headers)


def _methods_at(request: Request) -> set[str]:
    """Return the methods of every route that has this address: the router stops at the first (RFC 9110 §15.5.6)."""
    routes = (route for route in request.app.routes if isinstance(route, Route))
    here = (route for route in routes if route.matches(request.scope)[0] is not Match.NONE)
    return {method for route in here for method in route.methods or ()}


async def _exhausted(_: Request, error: Exception) -> Response:
    assert isinstance(error, Exhausted)  # noqa: S101 - registered for this class alone
    return too_many(error)


def too_many(error: Exhausted) -> Response:
    """Return the answer to who asks too much (RFC 6585 §4), on the OAuth endpoints too: OAuth has no code for it."""
    retry = {"Retry-After": str(error.retry_after), "Cache-Control": "no-store"}
    return problem(HTTPStatus.TOO_MANY_REQUESTS, "too_many_requests", str(error), retry)


async def _vanished(_: Request, __: Exception) -> Response:
    # Nobody hears it; but who goes away in the middle of a body is no fault of ours.
    return problem(HTTPStatus.BAD_REQUEST, "malformed", "the body did not arrive whole")


async def _protocol(_: Request, error: Exception) -> Response:
    assert isinstance(error, ProtocolError)  # noqa: S101 - registered for this class alone
    status, body, headers = error()
    return JSONResponse(dict(body), status, dict(headers))


def fault(error: Exception) -> Response:
    """Return the answer to a request that met a fault of ours; what it was is only in the log."""
    # The text alone: a renderer that shows local variables would show secrets.
    _log.error("fault", trace="".join(traceback.format_exception(error)))
    detail = "the service failed; the fault is recorded under the request id"
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", detail)


HANDLERS: Final[Mapping[Any, Callable[[Request, Exception], Awaitable[Response]]]] = {
    Refused: _refused,
    DirectoryError: _directory,
    GrantRefused: _grant,
    EngineError: _engine,
    InvalidToken: _token,
    StoreUnavailable: _unavailable,
    ProviderUnavailable: _unavailable,
    NoSigningKey: _unavailable,
    ProtocolError: _protocol,
    HTTPException: _http,
    ClientDisconnect: _vanished,
    Exhausted: _exhausted,
    Overloaded: _overloaded,
}


async def answer_to(error: Exception, request: Request) -> Response:
    """Return the answer to a request that met an error; one that is not foreseen here is a fault of ours."""
    handler = next((HANDLERS[each] for each in type(error).__mro__ if each in HANDLERS), None)
    if handler is None:
        return fault(error)
    # All who waited for the same read may be told of its failure by the same exception: it must not grow with each.
    error.__traceback__ = None
    return await handler(request, error)
