"""What others verify the log with."""

from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from delegation.web.desk import desk


async def jwks(request: Request) -> Response:
    """Publish the public keys of the seals (RFC 7517 §5); they are keys of no token, so these are in another set."""
    ring = desk(request).cabinet.ring(await desk(request).pictures.audit())
    return JSONResponse(ring.audit_jwks(), media_type="application/jwk-set+json")


ROUTES: Final = [Route("/audit/jwks.json", jwks, methods=["GET"])]
