"""The management surface: each route is one command of the directory."""

from collections.abc import Mapping
from dataclasses import replace
from operator import itemgetter
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from delegation.authority.chain import status_of
from delegation.directory.commands import command_from
from delegation.directory.draft import Actor
from delegation.directory.performing import authorize_reading
from delegation.state.pictures import View
from delegation.tokens import is_secret
from delegation.web.desk import desk
from delegation.web.errors import Refused
from delegation.web.reading import bearer, read_json
from delegation.web.repeating import repeatable

_NO_STORE: Final = {"Cache-Control": "no-store"}
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
    ("POST", "/agents", "register-agent", {}),
    ("PATCH", "/agents/{id}", "set-agent-status", {}),
    ("DELETE", "/agents/{id}", "set-agent-status", {"status": "deleted"}),
    ("PUT", f"{_ORGANIZATION}/agents/{{agent}}", "admit-agent", {}),
    ("DELETE", f"{_ORGANIZATION}/agents/{{agent}}", "dismiss-agent", {}),
    ("POST", "/services", "register-service", {}),
    ("PATCH", "/services/{id}", "set-service-status", {}),
    ("DELETE", "/services/{id}", "set-service-status", {"status": "deleted"}),
    ("PUT", f"{_ORGANIZATION}/services/{{service}}", "admit-service", {}),
    ("DELETE", f"{_ORGANIZATION}/services/{{service}}", "dismiss-service", {}),
    ("PUT", "/identity-providers/{id}", "put-identity-provider", {}),
    ("DELETE", "/identity-providers/{id}", "remove-identity-provider", {}),
    ("POST", "/users/{user}/identities", "link-identity", {}),
    ("PUT", "/administrators/{user}", "appoint-administrator", {}),
    ("DELETE", "/administrators/{user}", "dismiss-administrator", {}),
    ("DELETE", f"{_ORGANIZATION}/delegations/{{id}}", "revoke-delegation", {}),
    ("POST", f"{_ORGANIZATION}/delegations/{{id}}/suspend", "suspend-delegation", {}),
    ("POST", f"{_ORGANIZATION}/delegations/{{id}}/resume", "resume-delegation", {}),
)
_CREATED: Final = 201
_PAGE: Final = 100
_FLAGS: Final = {"true": True, "false": False}


async def _actor(request: Request) -> Actor:
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
    if await request.body():
        parts += (await read_json(request)).items()
    fields = dict(parts)
    if len(fields) != len(parts):
        raise Refused(400, "malformed", "a field is given twice: in path, query and body")
    return fields


def _route(method: str, path: str, command: str, given: Mapping[str, Any]) -> Route:
    creates = method == "POST" and command.startswith(("create", "register", "link"))

    async def perform(request: Request) -> Response:
        actor = await _actor(request)
        fields = await _fields(request, given)
        wanted = command_from(command, fields)
        once = repeatable(request, actor.name, fields) if creates else None
        answer = await desk(request).directory.perform(wanted, actor, once=once)
        return JSONResponse(dict(answer), _CREATED if creates else 200, _NO_STORE)

    return Route(path, perform, methods=[method], name=f"{method} {path}")


async def organization(request: Request) -> Response:
    """Show an organization: its members, groups, resources and who is admitted."""
    world = await authorize_reading(desk(request).pictures, await _actor(request), request.path_params["organization"])
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
        headers=_NO_STORE,
    )


async def delegations(request: Request) -> Response:
    """Show the delegations of an organization, newest first, a page at a time: `next` is the `after` of the next."""
    name = request.path_params["organization"]
    seen = await authorize_reading(desk(request).pictures, await _actor(request), name)
    held = sorted(seen.organization.delegations.values(), key=lambda d: (-d.created_at, d.id))
    known = [delegation.id for delegation in held]
    after = request.query_params.get("after")
    first = known.index(after) + 1 if after in known else 0
    page = held[first : first + _PAGE]
    people = {delegation.user for delegation in page}
    world = (await desk(request).pictures.view(organization=name, users=people)).world or seen
    now = int(desk(request).clock().timestamp())
    shown = [{**one.row(), "status": status_of(world, one, now)} for one in page]
    more = {"next": page[-1].id} if first + _PAGE < len(held) else {}
    return JSONResponse({"delegations": shown, **more, "revision": world.organization.revision}, headers=_NO_STORE)


ROUTES: Final = [
    Route(_ORGANIZATION, organization, methods=["GET"]),
    Route(f"{_ORGANIZATION}/delegations", delegations, methods=["GET"]),
    *(_route(*row) for row in _COMMANDS),
]
