"""The AuthZEN searches: for subjects, resources and actions, a page at a time (AuthZEN 1.0 §8)."""

import json
from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from delegation.authzen.questions import ActionSearch, Part, ResourceSearch, SubjectSearch
from delegation.authzen.searching import Result
from delegation.directory.ending import Taking
from delegation.web.authzen import to_service
from delegation.web.authzen_forms import (
    ActionSearchRequest,
    Found,
    PageRequest,
    ResourceSearchRequest,
    SubjectSearchRequest,
)
from delegation.web.cursors import MOST, USUAL, Sought, cursor_key
from delegation.web.describing import Caller, Described, Operation, Tag
from delegation.web.desk import desk
from delegation.web.reading import read_as, read_json


async def subjects(request: Request) -> Response:
    """Tell a service which subjects of a type may do something to a resource."""
    document = await read_json(request)
    asked = read_as(SubjectSearchRequest, document)
    page = _sought(request, document, asked.page)
    organization = asked.resource.properties.organization
    sought = SubjectSearch(
        asked.subject.type, asked.action.name, asked.resource.entity(), organization, _part(page), asked.context
    )
    return _told(page, await to_service(desk(request).search.subjects(sought, request.headers)))


async def resources(request: Request) -> Response:
    """Tell a service on which resources of a type a subject may do something."""
    document = await read_json(request)
    asked = read_as(ResourceSearchRequest, document)
    page = _sought(request, document, asked.page)
    organization = asked.resource.properties.organization
    sought = ResourceSearch(
        asked.subject.entity(), asked.action.name, asked.resource.type, organization, _part(page), asked.context
    )
    return _told(page, await to_service(desk(request).search.resources(sought, request.headers)))


async def actions(request: Request) -> Response:
    """Tell a service what a subject may do to a resource."""
    document = await read_json(request)
    asked = read_as(ActionSearchRequest, document)
    page = _sought(request, document, asked.page)
    organization = asked.resource.properties.organization
    sought = ActionSearch(asked.subject.entity(), asked.resource.entity(), organization, _part(page), asked.context)
    return _told(page, await to_service(desk(request).search.actions(sought, request.headers)))


def _sought(request: Request, document: Mapping[str, Any], page: PageRequest) -> Sought:
    """Return the page sought: its token is good for the same search by the same service."""
    caller = request.headers.get("authorization", "")
    asked = json.dumps({name: value for name, value in document.items() if name != "page"}, sort_keys=True)
    question = (caller, request.scope["path"], asked)
    return Sought(min(page.limit or USUAL, MOST), page.token or None, question, cursor_key(request))


def _part(page: Sought) -> Part:
    after = page.after()
    return Part(page.limit, None if after is None else str(after[0]))


def _told(page: Sought, result: Result) -> Response:
    following = "" if result.last is None else page.cursor_of((result.last,))
    body = {"results": [dict(entity) for entity in result.entities], "page": {"next_token": following}}
    return JSONResponse(body)


_TOKEN: Final = {"type": "token", "id": "eyJ..."}
_VIEW: Final = {"name": "document:view"}
_APOLLO: Final = {"type": "project", "id": "apollo", "properties": {"organization": "acme"}}
_ASKED: Final = (
    (subjects, SubjectSearchRequest, {"subject": {"type": "user"}, "action": _VIEW, "resource": _APOLLO}),
    (resources, ResourceSearchRequest, {"subject": _TOKEN, "action": _VIEW, "resource": {"type": "project"}}),
    (actions, ActionSearchRequest, {"subject": _TOKEN, "resource": _APOLLO}),
)
ROUTES: Final = [
    Described(
        "POST",
        f"/access/v1/search/{endpoint.__name__.removesuffix('s')}",
        endpoint,
        Operation(
            tag=Tag.DECISIONS,
            caller=Caller.SERVICE,
            body=form,
            answers={200: Found},
            example=example,
            taking=Taking.NEVER,
        ),
    )
    for endpoint, form, example in _ASKED
]
