"""Who is affected: asked before something is ended or suspended. What was affected is in the record of the change.

To ask is a request of its own, so that no mistake in asking does what was only asked about.
"""

from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from authz_core import parse_id
from delegation.authority.affected import KINDS, affected
from delegation.directory.performing import authorize_overseeing, authorize_reading
from delegation.web.cursors import PAGING, sought
from delegation.web.describing import CURSOR, LIMIT, Caller, Described, Operation, Parameter, Tag
from delegation.web.desk import desk
from delegation.web.errors import Refused
from delegation.web.management import actor_of
from delegation.web.reading import parameters
from delegation.web.shapes import AffectedEverywhere, AffectedShown

_LOOKED_AT: Final = 20
"""Organizations in which is counted at most, for one question."""
_TAKING_PART: Final = {"agent": "admitted_agents", "user": "memberships"}
"""Where it stands that something of a kind takes part in an organization."""


async def here(request: Request) -> Response:
    """Return the delegations of an organization that end or sleep with one thing of it."""
    actor, name = await actor_of(request), request.path_params["organization"]
    organization = (await authorize_reading(desk(request).pictures, actor, name)).organization
    kind, named = _one(request, KINDS)
    found = affected(organization, kind, named, int(desk(request).clock().timestamp()))
    asked = sought(request, actor.name, parameters(request, kind, *PAGING))
    page = asked.page(found, lambda one: (-one.created_at, one.id))
    shown = [
        {"id": one.id, "user": one.user, "agent": one.agent, "parent": one.parent, "resource": one.resource}
        for one in page.things
    ]
    body = {"count": len(found), "delegations": shown, **page.following(), "revision": organization.revision}
    return JSONResponse(body)


async def everywhere(request: Request) -> Response:
    """Return in which organizations delegations end or sleep with a user or an agent, and how many."""
    pictures = desk(request).pictures
    await authorize_overseeing(pictures, await actor_of(request))
    kind, named = _one(request, tuple(_TAKING_PART))
    concerned = await pictures.organizations_with(_TAKING_PART[kind], {kind: parse_id(named)})
    looked_at = concerned[:_LOOKED_AT]
    seen = (await pictures.panorama(looked_at)).organizations
    now = int(desk(request).clock().timestamp())
    counts = {id: len(affected(seen[id], kind, named, now)) for id in looked_at if id in seen}
    organizations = [{"id": id, "count": count} for id, count in counts.items()]
    return JSONResponse({"organizations": organizations, "more": len(concerned) - len(looked_at)})


def _one(request: Request, kinds: tuple[str, ...]) -> tuple[str, str]:
    """Return the one thing that the query names. Raises Refused when it names none, or several."""
    given = parameters(request, *kinds, *PAGING)
    named = [(kind, given[kind]) for kind in kinds if kind in given]
    if len(named) != 1:
        raise Refused(400, "malformed", f"name one thing: {', '.join(f'`{kind}`' for kind in kinds)}")
    return named[0]


def _kinds(kinds: tuple[str, ...]) -> tuple[Parameter, ...]:
    return tuple(Parameter(kind, f"The {kind} that would end or be suspended; name one thing.") for kind in kinds)


_HERE: Final = Operation(
    tag=Tag.MANAGEMENT,
    caller=Caller.ADMINISTRATOR,
    query=(*_kinds(KINDS), LIMIT, CURSOR),
    answers={200: AffectedShown},
)
_EVERYWHERE: Final = Operation(
    tag=Tag.MANAGEMENT,
    caller=Caller.ADMINISTRATOR,
    query=_kinds(tuple(_TAKING_PART)),
    answers={200: AffectedEverywhere},
)
ROUTES: Final = [
    Described("GET", "/organizations/{organization}/affected", here, _HERE),
    Described("GET", "/affected", everywhere, _EVERYWHERE),
]
