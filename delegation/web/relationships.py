"""Relationships as administrators read them: a page at a time, by what they have in common, and their model."""

from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from delegation.directory.performing import authorize_overseeing, authorize_reading
from delegation.directory.relationship_forms import Filter
from delegation.directory.relationship_models import shown as model_shown
from delegation.directory.relationships import is_stale, shown
from delegation.state.relationship_models import newest
from delegation.web.cursors import PAGING, sought
from delegation.web.describing import CURSOR, LIMIT, Caller, Described, Operation, Parameter, Tag
from delegation.web.desk import desk
from delegation.web.errors import Refused
from delegation.web.management import actor_of
from delegation.web.reading import parameters, read_as
from delegation.web.relationship_shapes import RelationshipList, RelationshipModel

_FILTER: Final = ("object", "object_type", "relation", "subject")
_FLAGS: Final = {None: False, "false": False, "true": True}


async def relationships(request: Request) -> Response:
    """Show the relationships of an organization that have something in common, in order, a page at a time."""
    actor, name = await actor_of(request), request.path_params["organization"]
    world = await authorize_reading(desk(request).pictures, actor, name)
    given = parameters(request, *_FILTER, "stale", *PAGING)
    wanted = read_as(Filter, {name: value for name, value in given.items() if name in _FILTER}).sought()
    if given.get("stale") not in _FLAGS:
        raise Refused(400, "malformed", "`stale` is `true` or `false`")
    found = world.organization.relationships.found(wanted)
    if _FLAGS[given.get("stale")]:
        found = (row for row in found if is_stale(world.model, row))
    page = sought(request, actor.name, given).page(found, lambda row: (row["object"], row["relation"], row["subject"]))
    told = [shown(world.model, row) for row in page.things]
    body = {"relationships": told, **page.following(), "revision": world.organization.revision}
    return JSONResponse(body)


async def relationship_model(request: Request) -> Response:
    """Show the relationship model that counts, and where it lets rights pass to what does not lie beneath."""
    await authorize_overseeing(desk(request).pictures, await actor_of(request))
    parameters(request)
    models = (await desk(request).pictures.view()).platform.relationship_models
    if not models:
        raise Refused(404, "not_found", "this deployment has roles on a tree of resources, and no relationship model")
    return JSONResponse(model_shown(newest(models.values())))


ROUTES: Final = [
    Described(
        "GET",
        "/organizations/{organization}/relationships",
        relationships,
        Operation(
            tag=Tag.MANAGEMENT,
            caller=Caller.ADMINISTRATOR,
            query=(
                Parameter("object", "The object, as `document:plan`."),
                Parameter("object_type", "The type of the objects."),
                Parameter("relation", "The relation."),
                Parameter("subject", "The subject, as `user:anne` or `group:staff#member`."),
                Parameter("stale", "Whether to show those alone that the model does not know.", {"type": "boolean"}),
                LIMIT,
                CURSOR,
            ),
            answers={200: RelationshipList},
        ),
    ),
    Described(
        "GET",
        "/relationship-model",
        relationship_model,
        Operation(tag=Tag.MANAGEMENT, caller=Caller.ADMINISTRATOR, answers={200: RelationshipModel}),
    ),
]
