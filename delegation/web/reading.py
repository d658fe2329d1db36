"""Reading requests strictly: forms, JSON, bearer tokens. What is malformed is refused before anything is done."""

import json
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl

from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect, Request

from delegation.oauth.errors import InvalidRequest
from delegation.oauth.form import Form
from delegation.tokens import InvalidJSON, json_object
from delegation.web.errors import Refused

M = TypeVar("M", bound=BaseModel)
_FORM: Final = "application/x-www-form-urlencoded"
_FIELDS: Final = 50
_BEARER: Final = {"WWW-Authenticate": 'Bearer realm="delegation"'}
_BAD_BEARER: Final = {"WWW-Authenticate": 'Bearer realm="delegation", error="invalid_request"'}


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def read_body(request: Request) -> bytes:
    """Return the body, which can be read once. Raises ClientDisconnect when it does not arrive whole."""
    parts, whole = [], False
    while not whole:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        parts.append(message.get("body", b""))
        whole = not message.get("more_body", False)
    return b"".join(parts)


async def read_form(request: Request) -> Form:
    """Return the form of a POST body. Raises InvalidRequest (RFC 6749 §3.2, Appendix B)."""
    if _media_type(request) != _FORM:
        raise InvalidRequest(f"send the parameters as {_FORM}")
    try:
        text = (await read_body(request)).decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_FIELDS)
    except ValueError:
        raise InvalidRequest("the form is malformed") from None
    return Form.of(pairs)


async def read_json(request: Request) -> dict[str, Any]:
    """Return the JSON object in the body. Raises Refused when it is none, or says a thing twice."""
    expect_json(request)
    return document_in(await read_body(request))


def expect_json(request: Request) -> None:
    """Return if the body is said to be JSON. Raises Refused when it is not."""
    if _media_type(request) != "application/json":
        raise Refused(400, "malformed", "send the body as application/json")


def document_in(body: bytes) -> dict[str, Any]:
    """Return the JSON object in a body. Raises Refused when it is none, or says a thing twice."""
    try:
        return json_object(body)
    except InvalidJSON:
        raise Refused(400, "malformed", "the body is no JSON object with one meaning") from None


def read_as(form: type[M], document: dict[str, Any]) -> M:
    """Return a document in a form. Raises Refused naming the first member that is wrong, never its value."""
    return read_text_as(form, json.dumps(document))


def read_text_as(form: type[M], text: str | bytes) -> M:
    """Return JSON that has one meaning in a form. Raises Refused as `read_as` does."""
    try:
        return form.model_validate_json(text)
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in fault["loc"])[:80] or "the body"
        raise Refused(400, "malformed", f"`{place}`: {fault['msg'].removeprefix('Value error, ')}") from None


def parameters(request: Request, *known: str) -> dict[str, str]:
    """Return the query parameters by name. Raises Refused for one that is repeated or not known here."""
    given = request.query_params.multi_items()
    names = [name for name, _ in given]
    if len(names) != len(set(names)):
        raise Refused(400, "malformed", "give each query parameter once")
    if not set(names) <= set(known):
        told = f"the query may say {', '.join(f'`{name}`' for name in known)}" if known else "this takes no query"
        raise Refused(400, "malformed", told)
    return dict(given)


def bearer(request: Request) -> str:
    """Return the bearer token of a request (RFC 6750 §2.1). Raises Refused without an error code when there is none."""
    values = request.headers.getlist("authorization")
    if len(values) > 1:
        raise Refused(400, "invalid_request", "send one Authorization header, not several", _BAD_BEARER)
    scheme, _, token = values[0].partition(" ") if values else ("", "", "")
    if scheme.lower() != "bearer" or not token.strip():
        raise Refused(401, "unauthorized", "send one bearer token in the Authorization header", _BEARER)
    return token.strip()
