"""The OpenAPI 3.1 document, made from the route table: what a route says of itself and nothing besides."""

import re
from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import BaseModel
from starlette.routing import BaseRoute

from delegation.web.describing import Described, JSONSchema, Operation, Parameter
from delegation.web.openapi_parts import HEADERS, PARAMETERS, PATH_WORDS, security_schemes
from delegation.web.shapes import OAuthError, Problem

VERSION: Final = "0.1.0"
"""The version of what is described; that of the release."""
_REFERENCE: Final = "#/components/schemas/{model}"
_PLACE: Final = re.compile(r"\{(\w+)(?::(\w+))?\}")
_FORM: Final = "application/x-www-form-urlencoded"
_PROBLEM: Final = "application/problem+json"


class _Schemas:
    """Collects the forms that the document refers to."""

    def __init__(self) -> None:
        self.known: dict[str, JSONSchema] = {}

    def of(self, form: type[BaseModel] | JSONSchema, *, told: bool = False) -> JSONSchema:
        """Return the schema of a form, or a reference to it; `told` is what the service says, not what it reads."""
        if isinstance(form, Mapping):
            return self._settled({**form})
        mode: Any = "serialization" if told else "validation"
        schema = self._settled(form.model_json_schema(mode=mode, ref_template=_REFERENCE))
        return self._named(form.__name__, schema)

    def _settled(self, schema: dict[str, Any]) -> dict[str, Any]:
        for name, inner in schema.pop("$defs", {}).items():
            self._named(name, inner)
        return schema

    def _named(self, name: str, schema: JSONSchema) -> JSONSchema:
        if self.known.setdefault(name, schema) != schema:
            raise ValueError(f"two forms are called `{name}`; give one another name")
        return {"$ref": _REFERENCE.format(model=name)}


def document(routes: Iterable[BaseRoute], issuer: str) -> dict[str, Any]:
    """Return the OpenAPI document of a service's routes."""
    schemas = _Schemas()
    refusals: dict[str, Any] = {}
    paths: dict[str, dict[str, Any]] = {}
    for route in described(routes):
        paths.setdefault(address(route.path, issuer), {})[route.method.lower()] = _operation(route, issuer, schemas)
        refusals.update(_refusals(route.operation, schemas))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Delegation service",
            "version": VERSION,
            "summary": "Tokens that let an AI agent do one thing, in one place, for one user, until then.",
            "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": issuer}],
        "tags": [{"name": str(tag)} for tag in _tags(routes)],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.known.items())),
            "responses": dict(sorted(refusals.items())),
            "securitySchemes": security_schemes(issuer),
            "headers": HEADERS,
            "parameters": PARAMETERS,
        },
    }


def described(routes: Iterable[BaseRoute]) -> Iterator[Described]:
    """Yield the routes that say what they are."""
    return (route for route in routes if isinstance(route, Described))


def address(path: str, issuer: str) -> str:
    """Return a route's path as OpenAPI writes it. What follows a well-known address is the path of the issuer."""
    if path.startswith("/.well-known/"):
        path = path.replace("{path:path}", urlsplit(issuer).path)
    return _PLACE.sub(r"{\1}", path)


def _tags(routes: Iterable[BaseRoute]) -> list[str]:
    return list(dict.fromkeys(str(route.operation.tag) for route in described(routes)))


def _operation(route: Described, issuer: str, schemas: _Schemas) -> dict[str, Any]:
    operation = route.operation
    summary, _, rest = " ".join(route.words.split()).partition(". ")
    body = _body(operation, schemas)
    return {
        "operationId": "_".join([route.method.lower(), *re.findall(r"[a-z]+", route.path)]),
        "tags": [str(operation.tag)],
        "summary": summary.removesuffix("."),
        **({"description": rest} if rest else {}),
        "parameters": [*_in_path(address(route.path, issuer)), *map(_parameter, operation.query), *_in_head(operation)],
        **({"requestBody": body} if body else {}),
        "responses": {str(status): shown for status, shown in sorted(_responses(operation, schemas))},
        "security": [{scheme: []} for scheme in operation.caller.value.schemes],
    }


def _in_path(path: str) -> Iterator[dict[str, Any]]:
    for name, _ in _PLACE.findall(path):
        words = PATH_WORDS.get(name, f"Which {name}.")
        yield {"name": name, "in": "path", "required": True, "description": words, "schema": {"type": "string"}}


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": "query",
        "required": parameter.required,
        "description": parameter.meaning,
        "schema": {**parameter.schema},
    }


def _in_head(operation: Operation) -> Iterator[dict[str, Any]]:
    for name, there in (
        ("IdempotencyKey", operation.repeatable),
        ("Prefer", operation.prefers),
        ("DPoP", operation.proves),
    ):
        if there:
            yield {"$ref": f"#/components/parameters/{name}"}


def _body(operation: Operation, schemas: _Schemas) -> dict[str, Any] | None:
    form = operation.form or operation.body
    if form is None:
        return None
    example = {} if operation.example is None else {"example": {**operation.example}}
    content = {_FORM if operation.form else "application/json": {"schema": schemas.of(form), **example}}
    return {"required": operation.body_required, "content": content}


def _responses(operation: Operation, schemas: _Schemas) -> Iterator[tuple[int, dict[str, Any]]]:
    for status, form in operation.answers.items():
        content = {operation.media_type: {"schema": schemas.of(form, told=True)}}
        headers = _headers(status, proves=operation.proves)
        yield status, {"description": HTTPStatus(status).phrase, "headers": headers, "content": content}
    for status in operation.refused_with():
        yield status, {"$ref": f"#/components/responses/{_refusal_name(operation, status)}"}


def _refusals(operation: Operation, schemas: _Schemas) -> Iterator[tuple[str, dict[str, Any]]]:
    for status in operation.refused_with():
        oauth = _is_oauth(operation, status)
        schema = schemas.of(OAuthError if oauth else Problem, told=True)
        content = {"content": {"application/json" if oauth else _PROBLEM: {"schema": schema}}}
        headers = _headers(status, proves=operation.proves)
        shown = {"description": HTTPStatus(status).phrase, "headers": headers, **content}
        yield _refusal_name(operation, status), shown


def _refusal_name(operation: Operation, status: int) -> str:
    if not _is_oauth(operation, status):
        return f"problem-{status}"
    return f"token-{status}" if operation.proves else f"oauth-{status}"


def _is_oauth(operation: Operation, status: int) -> bool:
    return operation.form is not None and status in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED}


def _headers(status: int, *, proves: bool) -> dict[str, Any]:
    names = ["X-Request-ID"]
    if proves and status in {HTTPStatus.OK, HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED}:
        names.append("DPoP-Nonce")
    if status == HTTPStatus.UNAUTHORIZED:
        names.append("WWW-Authenticate")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        names.append("Retry-After")
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
