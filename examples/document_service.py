"""A document service: it keeps documents, and asks each time who may do what to them.

    DOCUMENTS_SECRET=... python -m examples.document_service --issuer http://127.0.0.1:8400

What protects it is in `application`: the middleware, and a `require` for each endpoint. Documents
are nothing that the authorization service knows: it is asked about the app that holds them.
"""

import argparse
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route

from delegation.client import DelegatedAccess, DelegatedCaller, ResourceMetadata, ServiceClient, require
from examples.wire import client_noting_to

Shelf: TypeAlias = dict[str, dict[str, str]]
ONE, ALL = "/{app}/documents/{name}", "/{app}/documents"


def app_of(request: Request) -> str:
    """Return the resource that the request is about, where roles on a tree say who may do what."""
    return f"app:{request.path_params['app']}"


def document_of(request: Request) -> str:
    """Return the object that the request is about, where relationships do: a document, or the folder of several."""
    name = request.path_params.get("name")
    return f"document:{name}" if name else f"folder:{request.path_params['app']}"


@dataclass(frozen=True)
class Asking:
    """What is asked before something is done, and about what."""

    view: str
    edit: str
    comment: str
    delete: str
    about: Callable[[Request], str]


BY_ROLES: Final = Asking("document:view", "document:edit", "document:comment", "document:delete", app_of)
BY_RELATIONSHIPS: Final = Asking("can_view", "can_edit", "can_view", "can_share", document_of)


class Documents:
    """The documents of all apps, in memory."""

    def __init__(self) -> None:
        self._shelves: dict[str, Shelf] = {}

    async def list(self, request: Request) -> Response:
        """Answer which documents the app has."""
        return JSONResponse({"documents": sorted(self._shelf(request))})

    async def read(self, request: Request) -> Response:
        """Answer with one document."""
        document = self._shelf(request).get(request.path_params["name"])
        return JSONResponse(document) if document else PlainTextResponse("no such document\n", 404)

    async def edit(self, request: Request) -> Response:
        """Write a document, and who wrote it for whom."""
        caller: DelegatedCaller = request.state.delegation
        text = (await request.body()).decode(errors="replace")
        document = {"text": text, "edited_by": f"{caller.actor} for {caller.subject}"}
        self._shelf(request)[request.path_params["name"]] = document
        return JSONResponse(document)

    async def comment(self, request: Request) -> Response:
        """Put a comment beside a document."""
        comment = (await request.body()).decode(errors="replace")
        self._shelf(request).setdefault(request.path_params["name"], {})["comment"] = comment
        return JSONResponse({"comment": comment}, 201)

    async def delete(self, request: Request) -> Response:
        """Remove a document."""
        self._shelf(request).pop(request.path_params["name"], None)
        return Response(status_code=204)

    def _shelf(self, request: Request) -> Shelf:
        return self._shelves.setdefault(request.path_params["app"], {})


def application(service: ServiceClient, asking: Asking = BY_ROLES) -> Starlette:
    """Return the service, protected."""
    documents = Documents()
    may_view, may_edit = (require(do, on=asking.about) for do in (asking.view, asking.edit))
    may_comment, may_delete = (require(do, on=asking.about) for do in (asking.comment, asking.delete))
    routes = [
        Route(ALL, may_view(documents.list)),
        Route(ONE, may_view(documents.read)),
        Route(ONE, may_edit(documents.edit), methods=["PUT"]),
        Route(ONE, may_delete(documents.delete), methods=["DELETE"]),
        Route(f"{ONE}/comments", may_comment(documents.comment), methods=["POST"]),
    ]

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with service:
            yield

    permissions = {asking.view, asking.edit, asking.comment, asking.delete}
    metadata = ResourceMetadata(service.audience, service.issuer, permissions=permissions, name="Documents")
    protection = Middleware(DelegatedAccess, service=service, metadata=metadata)
    return Starlette(
        routes=[
            Route("/healthz", PlainTextResponse("ok\n")),
            Route(metadata.path, metadata),
            Mount("/apps", routes=routes, middleware=[protection]),
        ],
        lifespan=lifespan,
        max_body_size=65_536,
    )


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(prog="python -m examples.document_service")
    parser.add_argument("--issuer", default="http://127.0.0.1:8400", help="whom to ask")
    parser.add_argument("--port", type=int, default=8401)
    parser.add_argument("--wire", type=Path, help="note what is asked and answered in this file")
    parser.add_argument("--relationships", action="store_true", help="ask in the words of policies/documents.fga")
    options = parser.parse_args()
    service = ServiceClient(
        options.issuer,
        "documents",
        client_secret=os.environ["DOCUMENTS_SECRET"],
        audience=f"http://127.0.0.1:{options.port}",
        http=client_noting_to(options.wire, "documents") if options.wire else None,
    )
    protected = application(service, BY_RELATIONSHIPS if options.relationships else BY_ROLES)
    uvicorn.run(protected, host="127.0.0.1", port=options.port, log_level="warning")


if __name__ == "__main__":
    main()
