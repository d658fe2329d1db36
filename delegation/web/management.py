"""The management surface: each route is one command of the directory."""

from collections.abc import Mapping
from dataclasses import replace
from operator import itemgetter
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from delegation.authority.chain import status_of
from delegation.directory.commands import command_from
from delegation.directory.draft import Actor
from delegation.directory.performing import authorize_reading
from delegation.state.views import View
from delegation.tokens import is_secret
from delegation.web.command_operations import CREATED, creates, operation_of
from delegation.web.cursors import PAGING, sought
from delegation.web.describing import CURSOR, LIMIT, Caller, Described, Operation, Tag
from delegation.web.desk import desk
from delegation.web.errors import Refused
from delegation.web.reading import bearer, document_in, expect_json, parameters, read_body
from delegation.web.repeating import repeatable
from delegation.web.shapes import DelegationsOfOrganization, OrganizationShown, PoliciesOfOrganization
from delegation.web.usage import with_usage

_ORGANIZATION: Final = "/organizations/{organization}"

_COMMANDS: Final[tuple[tuple[str, str, str, dict[str, str]], ...]] = (
    # method, path, command, fields that the route itself gives
    ("POST", "/organizations", "create-organization", {}),
    ("DELETE", _ORGANIZATION, "delete-organization", {}),
    ("POST", "/users", "create-user", {}),
    ("PATCH", "/users/{user}", "set-user-status", {}),
    ("DELETE", "/users/{user}", "set-user-status", {"status": "deleted"}),
    ("PUT", f"{_ORGANIZATION}/memberships/{{user}}", "put-membership", {}),
    ("DELETE", f"{_ORGANIZATION}/memberships/{{user}}", "remove-membership", {}),
    ("POST", f"{_ORGANIZATION}/groups", "create-group", {}),
    ("DELETE", f"{_ORGANIZATION}/groups/{{id}}", "delete-group", {}),
    ("PUT", f"{_ORGANIZATION}/groups/{{group}}/members/{{member:path}}", "add-group-member", {}),
    ("DELETE", f"{_ORGANIZATION}/groups/{{group}}/members/{{member:path}}", "remove-group-member", {}),
    ("PUT", "/resource-types/{slug}", "put-resource-type", {}),
    ("PUT", "/permissions/{slug}", "put-permission", {}),
    ("PUT", "/roles/{slug}", "put-role", {}),
    ("DELETE", "/roles/{slug}", "delete-role", {}),
    ("PUT", f"{_ORGANIZATION}/roles/{{slug}}", "put-organization-role", {}),
    ("DELETE", f"{_ORGANIZATION}/roles/{{slug}}", "delete-organization-role", {}),
    ("POST", f"{_ORGANIZATION}/resources", "create-resource", {}),
    ("PATCH", f"{_ORGANIZATION}/resources/{{resource:path}}", "move-resource", {}),
    ("DELETE", f"{_ORGANIZATION}/resources/{{resource:path}}", "delete-resource", {}),
    ("PUT", f"{_ORGANIZATION}/assignments", "assign", {}),
    ("DELETE", f"{_ORGANIZATION}/assignments", "unassign", {}),
    ("PUT", "/relationship-model", "put-relationship-model", {}),
    ("POST", f"{_ORGANIZATION}/relationships", "write-relationships", {}),
    ("DELETE", f"{_ORGANIZATION}/relationships", "delete-relationships", {}),
    ("POST", "/agents", "register-agent", {}),
    ("POST", "/agents/{id}/credentials", "create-agent-credentials", {}),
    ("PATCH", "/agents/{id}", "set-agent-status", {}),
    ("DELETE", "/agents/{id}", "set-agent-status", {"status": "deleted"}),
    ("PUT", f"{_ORGANIZATION}/agents/{{agent}}", "admit-agent", {}),
    ("DELETE", f"{_ORGANIZATION}/agents/{{agent}}", "dismiss-agent", {}),
    ("POST", f"{_ORGANIZATION}/agents/{{agent}}/suspend", "suspend-admission", {}),
    ("POST", f"{_ORGANIZATION}/agents/{{agent}}/resume", "resume-admission", {}),
    ("POST", "/services", "register-service", {}),
    ("POST", "/services/{id}/secrets", "create-service-secret", {}),
    ("PATCH", "/services/{id}", "set-service-status", {}),
    ("DELETE", "/services/{id}", "set-service-status", {"status": "deleted"}),
    ("PUT", f"{_ORGANIZATION}/services/{{service}}", "admit-service", {}),
    ("DELETE", f"{_ORGANIZATION}/services/{{service}}", "dismiss-service", {}),
    ("PUT", "/identity-providers/{id}", "put-identity-provider", {}),
    ("DELETE", "/identity-providers/{id}", "remove-identity-provider", {}),
    ("POST", "/users/{user}/identities", "link-identity", {}),
    ("PUT", "/administrators/{user}", "appoint-administrator", {}),
    ("DELETE", "/administrators/{user}", "dismiss-administrator", {}),
    ("PUT", f"{_ORGANIZATION}/delegation-policies/{{id}}", "put-delegation-policy", {}),
    ("POST", f"{_ORGANIZATION}/delegation-policies/{{id}}/suspend", "suspend-delegation-policy", {}),
    ("POST", f"{_ORGANIZATION}/delegation-policies/{{id}}/resume", "resume-delegation-policy", {}),
    ("DELETE", f"{_ORGANIZATION}/delegation-policies/{{id}}", "end-delegation-policy", {}),
    ("DELETE", f"{_ORGANIZATION}/delegations/{{id}}", "revoke-delegation", {}),
    ("POST", f"{_ORGANIZATION}/delegations/{{id}}/suspend", "suspend-delegation", {}),
    ("POST", f"{_ORGANIZATION}/delegations/{{id}}/resume", "resume-delegation", {}),
)
_FLAGS: Final = {"true": True, "false": False}


async def actor_of(request: Request) -> Actor:
    """Return who administers: the bootstrap credential, or a person by a token meant for this API alone."""
    secret = bearer(request)
    if is_secret(secret, desk(request).administrator_hash):
        return Actor("administrator:bootstrap")
    audience = desk(request).settings.management_audience
    people = desk(request).people
    person = await people.by_own_hand(secret, audience=audience)

    def confirm(view: View) -> None:
        # Which organization the person may speak for is for the command's authorization to judge.
        people.confirm(replace(view, organization=None), person)

    confirm(await desk(request).pictures.view(users=(person.user,)))
    within = person.provider.organization or person.token.organization
    return Actor(f"user:{person.user}", person.user, within, confirm)


async def _fields(request: Request, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a command's fields from path, query and body. Raises Refused when one is given twice."""
    query = request.query_params.multi_items()
    parts: list[tuple[str, Any]] = [*given.items(), *request.path_params.items()]
    parts += [(name, _FLAGS.get(value, value)) for name, value in query]
    body = await read_body(request)
    if body:
        expect_json(request)
        parts += document_in(body).items()
    fields = dict(parts)
    if len(fields) != len(parts):
        raise Refused(400, "malformed", "a field is given twice: in path, query and body")
    return fields


def _route(method: str, path: str, command: str, given: Mapping[str, Any]) -> Described:
    makes = creates(method, command)

    async def perform(request: Request) -> Response:
        actor = await actor_of(request)
        fields = await _fields(request, given)
        wanted = command_from(command, fields)
        once = repeatable(request, actor.name, fields) if makes else None
        answer = await desk(request).directory.perform(wanted, actor, once=once)
        return JSONResponse(dict(answer), CREATED if makes else 200)

    return Described(method, path, perform, operation_of(method, path, command, given))


async def organization(request: Request) -> Response:
    """Show an organization: its members, groups, resources and who is admitted."""
    world = await authorize_reading(
        desk(request).pictures, await actor_of(request), request.path_params["organization"]
    )
    parameters(request)
    picture = world.organization
    return JSONResponse(
        {
            **picture.profiles[picture.id],
            "memberships": dict(picture.memberships),
            "groups": sorted(picture.groups),
            "resources": sorted(picture.resources.values(), key=itemgetter("resource")),
            "agents": sorted(picture.agents),
            "services": sorted(picture.services),
            "revision": picture.revision,
        },
    )


async def delegations(request: Request) -> Response:
    """Show the delegations of an organization, newest first, a page at a time."""
    actor, name = await actor_of(request), request.path_params["organization"]
    seen = await authorize_reading(desk(request).pictures, actor, name)
    asked = sought(request, actor.name, parameters(request, *PAGING))
    page = asked.page(seen.organization.delegations.values(), lambda one: (-one.created_at, one.id))
    people = {delegation.user for delegation in page.things}
    world = (await desk(request).pictures.view(organization=name, users=people)).world or seen
    now = int(desk(request).clock().timestamp())
    shown = [{**one.row(), "status": status_of(world, one, now)} for one in page.things]
    revision = world.organization.revision
    body = {"delegations": await with_usage(request, shown), **page.following(), "revision": revision}
    return JSONResponse(body)


async def policies(request: Request) -> Response:
    """Show the administrators' policies of an organization, newest first, a page at a time."""
    actor, name = await actor_of(request), request.path_params["organization"]
    organization = (await authorize_reading(desk(request).pictures, actor, name)).organization
    asked = sought(request, actor.name, parameters(request, *PAGING))
    page = asked.page(organization.policies.values(), lambda one: (-one.created_at, one.id))
    shown = [policy.row() for policy in page.things]
    return JSONResponse({"policies": shown, **page.following(), "revision": organization.revision})


_SHOW: Final = Operation(tag=Tag.MANAGEMENT, caller=Caller.ADMINISTRATOR, answers={200: OrganizationShown})
_DELEGATIONS: Final = Operation(
    tag=Tag.MANAGEMENT,
    caller=Caller.ADMINISTRATOR,
    query=(LIMIT, CURSOR),
    answers={200: DelegationsOfOrganization},
)
_POLICIES: Final = Operation(
    tag=Tag.MANAGEMENT,
    caller=Caller.ADMINISTRATOR,
    query=(LIMIT, CURSOR),
    answers={200: PoliciesOfOrganization},
)
ROUTES: Final = [
    Described("GET", _ORGANIZATION, organization, _SHOW),
    Described("GET", f"{_ORGANIZATION}/delegations", delegations, _DELEGATIONS),
    Described("GET", f"{_ORGANIZATION}/delegation-policies", policies, _POLICIES),
    *(_route(*row) for row in _COMMANDS),
]
