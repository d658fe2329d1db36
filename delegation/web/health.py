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
from delegation.web.vitals import vitals

_LEAVING: Final = "the process is ending: ask another one"
_UNREAD: Final = "the database cannot be read: see that it runs and can be reached"


async def alive(_: Request) -> Response:
    """Say that the process answers."""
    return JSONResponse({"status": "alive"})


async def ready(request: Request) -> Response:
    """Say whether requests may be sent here.

    They may not while the process ends, its clock is wrong, its tables are another release's, the newest revisions
    cannot be read or no key is there to sign with. What does not work although requests are answered is `degraded`.
    """
    known = vitals(request)
    fault = _LEAVING if known.life.is_leaving else known.faults()
    if fault is not None:
        return problem(503, "not_ready", fault)
    try:
        view = await desk(request).pictures.view()
        desk(request).cabinet.ring(view.platform).signing(Purpose.ACCESS_TOKEN, now=desk(request).clock())
    except StoreUnavailable:
        return problem(503, "not_ready", known.faults() or _UNREAD)  # What is wrong may be known since a moment.
    except TokenError as error:
        return problem(503, "not_ready", str(error))
    return JSONResponse({"status": "ready", "revision": view.platform.revision, "degraded": known.troubles()})


_ALIVE: Final = Operation(tag=Tag.HEALTH, caller=Caller.ANYBODY, answers={200: Health}, refusals=frozenset())
_READY: Final = Operation(tag=Tag.HEALTH, caller=Caller.ANYBODY, answers={200: Readiness})
ROUTES: Final = [Described("GET", "/healthz", alive, _ALIVE), Described("GET", "/readyz", ready, _READY)]
