"""The service explains itself: the OpenAPI document, and a page made from it that needs nothing from elsewhere."""

import base64
import json
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from pydantic import BaseModel, ConfigDict
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from delegation.web.describing import Caller, Described, Operation, Tag
from delegation.web.openapi import document

_CACHE: Final = {"Cache-Control": "public, max-age=300"}
_HTML: Final = "text/html"


class OpenAPIDocument(BaseModel):
    """An OpenAPI 3.1 document."""

    model_config = ConfigDict(extra="allow")

    openapi: str
    info: dict[str, Any]
    paths: dict[str, Any]
    components: dict[str, Any]


_DOCUMENT: Final = Operation(
    tag=Tag.HEALTH, caller=Caller.ANYBODY, answers={200: OpenAPIDocument}, refusals=frozenset()
)
_PAGE: Final = Operation(
    tag=Tag.HEALTH,
    caller=Caller.ANYBODY,
    answers={200: {"type": "string"}},
    media_type=_HTML,
    refusals=frozenset(),
)


def documentation(others: Sequence[BaseRoute], issuer: str) -> list[Described]:
    """Return the routes that describe all others, and themselves."""

    @cache
    def described() -> dict[str, Any]:
        return document([*others, *routes], issuer)

    @cache
    def written() -> bytes:
        return json.dumps(described(), ensure_ascii=False).encode()

    @cache
    def shown() -> tuple[str, str]:
        return reference_page(described())

    async def openapi(_: Request) -> Response:
        """Return this document (OpenAPI 3.1)."""
        return Response(await run_in_threadpool(written), headers=_CACHE, media_type="application/json")

    async def docs(_: Request) -> Response:
        """Show this document as a page for people."""
        page, policy = await run_in_threadpool(shown)
        return Response(page, headers={**_CACHE, "Content-Security-Policy": policy}, media_type=_HTML)

    routes = [Described("GET", "/openapi.json", openapi, _DOCUMENT), Described("GET", "/docs", docs, _PAGE)]
    return routes


def reference_page(described: dict[str, Any]) -> tuple[str, str]:
    """Return the page that shows an OpenAPI document, and the policy that lets it have its style and nothing else."""
    loader = PackageLoader("delegation.web")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    style = environment.get_template("reference.css").render()
    page = environment.get_template("reference.html").render(document=described, style=style)
    digest = base64.b64encode(sha256(style.encode()).digest()).decode()
    return page, f"default-src 'none'; style-src 'sha256-{digest}'; frame-ancestors 'none'; base-uri 'none'"
