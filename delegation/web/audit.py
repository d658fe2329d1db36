"""What others verify the log with."""

from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from delegation.web.describing import Caller, Described, Operation, Tag
from delegation.web.desk import desk
from delegation.web.oauth_shapes import KeySet


async def jwks(request: Request) -> Response:
    """Publish the public keys of the seals (RFC 7517 §5); they are keys of no token, so these are in another set."""
    ring = desk(request).cabinet.ring(await desk(request).pictures.audit())
    return JSONResponse(ring.audit_jwks(), media_type="application/jwk-set+json")


_KEYS: Final = Operation(
    tag=Tag.KEYS, caller=Caller.ANYBODY, answers={200: KeySet}, media_type="application/jwk-set+json"
)
ROUTES: Final = [Described("GET", "/audit/jwks.json", jwks, _KEYS)]
