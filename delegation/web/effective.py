"""What delegations are worth: hop by hop, for an agent all at once, and before there is one."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from authz_core import parse_object
from delegation.directory.ending import Taking
from delegation.directory.insight import Viewer, Worth
from delegation.directory.people import Person
from delegation.web.cursors import PAGING, sought
from delegation.web.delegations import DelegationRequest, organization_of, person_of
from delegation.web.describing import CURSOR, LIMIT, ORGANIZATION, Caller, Described, Operation, Parameter, Tag
from delegation.web.desk import desk
from delegation.web.effective_shapes import EffectiveShown, PreviewShown, ReachShown
from delegation.web.errors import Refused
from delegation.web.management import actor_of
from delegation.web.reading import parameters, read_as, read_json

_RESOURCE: Final = Parameter("resource", "The resource to look at, `type:id`; that of the delegation unless given.")
_AGENT: Final = Parameter("agent", "The agent that holds the delegations.", required=True)


async def own_effective(request: Request) -> Response:
    """Tell a person hop by hop what one of the own delegations is worth now, and what is missing and why."""
    person = await person_of(request)
    return await _effective(request, person, organization_of(request, "resource"))


async def effective(request: Request) -> Response:
    """Tell an administrator hop by hop what a delegation is worth now, and what is missing and why."""
    actor = await actor_of(request)
    parameters(request, "resource")
    return await _effective(request, actor, request.path_params["organization"])


async def own_reach(request: Request) -> Response:
    """Tell a person everything that an agent can do right now by delegations of the person."""
    person = await person_of(request)
    organization = organization_of(request, "agent", *PAGING)
    agent = request.query_params.get("agent")
    if agent is None:
        raise Refused(400, "malformed", "name one agent: `agent=...`")
    return await _reach(request, person, organization, agent)


async def reach(request: Request) -> Response:
    """Tell an administrator everything that an agent can do right now by delegations in an organization."""
    actor, path = await actor_of(request), request.path_params
    parameters(request, *PAGING)
    return await _reach(request, actor, path["organization"], path["id"])


async def preview(request: Request) -> Response:
    """Tell a person what a delegation would be worth, before there is one. Nothing is changed."""
    person = await person_of(request)
    parameters(request)
    wanted = read_as(DelegationRequest, await read_json(request))
    told = await desk(request).insight.preview(person, wanted.organization, wanted.wish)
    body: dict[str, Any] = {"organization": wanted.organization, "agent": wanted.agent, "revision": told.revision}
    if told.refused is not None:
        body["refused"] = {"code": told.refused.code, "detail": str(told.refused)}
    if told.worth is not None:
        body["permissions"] = sorted(told.worth.delegation.permissions)
        body["effective"] = told.worth.explanation.shown()
    return JSONResponse({**body, "withheld": sorted(told.withheld), "warnings": list(told.warnings)})


async def _effective(request: Request, viewer: Viewer, organization: str) -> Response:
    resource = request.query_params.get("resource")
    place = None if resource is None else parse_object(resource)
    insight = desk(request).insight
    delegation = await insight.delegation(viewer, organization, request.path_params["id"])
    [worth] = await insight.worth(viewer, organization, [delegation], place)
    known = {"delegation": delegation.id, "agent": delegation.agent, "organization": organization}
    body = {**worth.explanation.shown(), **known, "revision": worth.revision}
    return JSONResponse(body)


async def _reach(request: Request, viewer: Viewer, organization: str, agent: str) -> Response:
    insight = desk(request).insight
    name = f"user:{viewer.user}" if isinstance(viewer, Person) else viewer.name
    asked = sought(request, name, parameters(request, "organization", "agent", *PAGING))
    page = asked.page(await insight.held(viewer, organization, agent), lambda one: (-one.created_at, one.id))
    shown = [_reached(worth) for worth in await insight.worth(viewer, organization, page.things) if worth.in_force]
    body = {"agent": agent, "organization": organization, "delegations": shown, **page.following()}
    return JSONResponse(body)


def _reached(worth: Worth) -> dict[str, Any]:
    delegation = worth.delegation
    return {
        "id": delegation.id,
        "user": delegation.user,
        "resource": delegation.resource,
        "roles": sorted(delegation.roles),
        "expires_at": delegation.expires_at,
        "purpose": delegation.purpose,
        "effective": sorted(worth.explanation.effective),
    }


_OWN: Final = Operation(
    tag=Tag.DELEGATIONS, caller=Caller.PERSON, query=(ORGANIZATION, _RESOURCE), answers={200: EffectiveShown}
)
_ANY: Final = Operation(
    tag=Tag.MANAGEMENT, caller=Caller.ADMINISTRATOR, query=(_RESOURCE,), answers={200: EffectiveShown}
)
_OWN_REACH: Final = Operation(
    tag=Tag.DELEGATIONS, caller=Caller.PERSON, query=(ORGANIZATION, _AGENT, LIMIT, CURSOR), answers={200: ReachShown}
)
_REACH: Final = Operation(
    tag=Tag.MANAGEMENT, caller=Caller.ADMINISTRATOR, query=(LIMIT, CURSOR), answers={200: ReachShown}
)
_PREVIEW: Final = Operation(
    tag=Tag.DELEGATIONS,
    caller=Caller.PERSON,
    body=DelegationRequest,
    taking=Taking.NEVER,
    answers={200: PreviewShown},
    example={
        "organization": "acme",
        "agent": "planner",
        "resource": "project:apollo",
        "roles": ["project-editor"],
        "expires_in": 1800,
    },
)
ROUTES: Final = [
    # Before `/delegations/{id}`, which would take its name for an id.
    Described("GET", "/delegations/reach", own_reach, _OWN_REACH),
    Described("POST", "/delegations/preview", preview, _PREVIEW),
    Described("GET", "/delegations/{id}/effective", own_effective, _OWN),
    Described("GET", "/organizations/{organization}/delegations/{id}/effective", effective, _ANY),
    Described("GET", "/organizations/{organization}/agents/{id}/reach", reach, _REACH),
]
