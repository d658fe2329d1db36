"""Health: the process is alive; the service can answer."""

from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from delegation.store import StoreUnavailable
from delegation.tokens import Purpose, TokenError
from delegation.web.describing import Caller, Described, Operation, Tag
from delegation.web.desk import desk
from delegation.web.errors import problem
from delegation.web.shapes import Health, Readiness


async def alive(_: Request) -> Response:
    """Say that the process answers."""
    return JSONResponse({"status": "alive"})


async def ready(request: Request) -> Response:
    """Say whether the newest revisions can be read and a key is there to sign with."""
    try:
        view = await desk(request).pictures.view()
        desk(request).cabinet.ring(view.platform).signing(Purpose.ACCESS_TOKEN, now=desk(request).clock())
    except StoreUnavailable:
        return problem(503, "not_ready", "the database cannot be read")
    except TokenError as error:
        return problem(503, "not_ready", str(error))
    return JSONResponse({"status": "ready", "revision": view.platform.revision})


_ALIVE: Final = Operation(tag=Tag.HEALTH, caller=Caller.ANYBODY, answers={200: Health}, refusals=frozenset())
_READY: Final = Operation(tag=Tag.HEALTH, caller=Caller.ANYBODY, answers={200: Readiness})
ROUTES: Final = [Described("GET", "/healthz", alive, _ALIVE), Described("GET", "/readyz", ready, _READY)]
