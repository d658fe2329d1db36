"""The bare endpoint: what a Starlette application can do on this machine when it does nothing.

It reads the very requests that the service gets, form or JSON, and answers a few bytes of JSON.
"""

import gc
from typing import Any, Final

import click
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from benchmarks.jobs import HOST

MARKER: Final = '"members":'

SERVING: Final[dict[str, Any]] = {
    "host": HOST,
    "log_config": None,
    "access_log": False,
    "server_header": False,
    "ws": "none",
    "timeout_graceful_shutdown": 10,
}
"""How the service itself is served by `delegation run`, so that both are served alike."""


async def form(request: Request) -> JSONResponse:
    """Read a form as Starlette does."""
    return JSONResponse({"members": len(await request.form())})


async def document(request: Request) -> JSONResponse:
    """Read a JSON body as Starlette does."""
    return JSONResponse({"members": len(await request.json())})


async def ready(_: Request) -> JSONResponse:
    """Answer once the server listens."""
    return JSONResponse({"status": "ready"})


APPLICATION: Final = Starlette(
    routes=[
        Route("/introspect", form, methods=["POST"]),
        Route("/token", form, methods=["POST"]),
        Route("/access/v1/evaluation", document, methods=["POST"]),
        Route("/readyz", ready, methods=["GET"]),
    ]
)


@click.command()
@click.option("--port", type=int, required=True)
def main(port: int) -> None:
    """Serve the bare endpoints on loopback."""
    gc.collect()
    gc.freeze()  # As the service does.
    uvicorn.run(APPLICATION, port=port, **SERVING)


if __name__ == "__main__":
    main()
