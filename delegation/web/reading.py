"""Reading requests strictly: forms, JSON, bearer tokens. What is malformed is refused before anything is done."""

import json
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from delegation.oauth.errors import InvalidRequest
from delegation.oauth.form import Form
from delegation.web.errors import Refused

M = TypeVar("M", bound=BaseModel)
_FORM: Final = "application/x-www-form-urlencoded"
_FIELDS: Final = 50
_BEARER: Final = {"WWW-Authenticate": 'Bearer realm="delegation"'}


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def read_form(request: Request) -> Form:
    """Return the form of a POST body. Raises InvalidRequest (RFC 6749 §3.2, Appendix B)."""
    if _media_type(request) != _FORM:
        raise InvalidRequest(f"send the parameters as {_FORM}")
    try:
        text = (await request.body()).decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_FIELDS)
    except ValueError:
        raise InvalidRequest("the form is malformed") from None
    return Form.of(pairs)


def _no_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is repeated")
    return members


def _no_constant(name: str) -> float:
    raise ValueError(f"`{name}` is no JSON")


async def read_json(request: Request) -> dict[str, Any]:
    """Return the JSON object in the body. Raises Refused when it is none, or says a thing twice."""
    if _media_type(request) != "application/json":
        raise Refused(400, "malformed", "send the body as application/json")
    try:
        document = json.loads(await request.body(), object_pairs_hook=_no_repetition, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Refused(400, "malformed", "the body is no JSON object, or names a member twice") from None
    if not isinstance(document, dict):
        raise Refused(400, "malformed", "the body is no JSON object")
    return document


def read_as(form: type[M], document: dict[str, Any]) -> M:
    """Return a document in a form. Raises Refused naming the first member that is wrong, never its value."""
    try:
        return form.model_validate_json(json.dumps(document))
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in fault["loc"]) or "the body"
        raise Refused(400, "malformed", f"`{place}`: {fault['msg'].removeprefix('Value error, ')}") from None


def bearer(request: Request) -> str:
    """Return the bearer token of a request (RFC 6750 §2.1). Raises Refused without an error code when there is none."""
    values = request.headers.getlist("authorization")
    scheme, _, token = values[0].partition(" ") if len(values) == 1 else ("", "", "")
    if scheme.lower() != "bearer" or not token.strip():
        raise Refused(401, "unauthorized", "send one bearer token in the Authorization header", _BEARER)
    return token.strip()
