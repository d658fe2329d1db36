"""`/delegations`: people grant, list and end what agents may do for them, by their own hand."""

from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from authz_core import parse_id, parse_object
from delegation.authority.granting import Wish
from delegation.directory.command import Answer, Id, Words
from delegation.directory.own_hand import Shown
from delegation.directory.people import Person
from delegation.oauth.receipts import receipt_for
from delegation.web.desk import desk
from delegation.web.errors import Refused
from delegation.web.reading import bearer, read_as, read_json
from delegation.web.repeating import repeatable

_Text = Annotated[str, Field(min_length=1, max_length=600)]
_Texts = Annotated[tuple[_Text, ...], Field(min_length=1, max_length=50)]
_Seconds = Annotated[int, Field(ge=0, le=253_402_300_799)]
_NO_STORE: Final = {"Cache-Control": "no-store"}


class DelegationRequest(BaseModel):
    """What a person wants to let an agent do. Times are epoch seconds; `expires_in` counts from now."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    organization: Id
    agent: Id
    resource: _Text
    roles: _Texts
    permissions: _Texts | None = None
    audiences: _Texts | None = None
    expires_in: Annotated[int, Field(ge=1, le=366 * 86_400)] | None = None
    expires_at: _Seconds | None = None
    not_before: _Seconds = 0
    depth: Annotated[int, Field(ge=0, le=15)] = 0
    unattended: bool = False
    purpose: Annotated[Words, Field(max_length=500)] = ""

    @model_validator(mode="after")
    def _one_end(self) -> Self:
        if (self.expires_in is None) is (self.expires_at is None):
            raise ValueError("give either `expires_in` or `expires_at`")
        return self

    def wish(self, now: int) -> Wish:
        """Return the wish as seen at `now`, in epoch seconds."""
        return Wish(
            at=now,
            agent=self.agent,
            resource=parse_object(self.resource),
            roles=frozenset(self.roles),
            permissions=None if self.permissions is None else frozenset(self.permissions),
            audiences=None if self.audiences is None else frozenset(self.audiences),
            not_before=self.not_before,
            expires_at=self.expires_at if self.expires_at is not None else now + (self.expires_in or 0),
            depth=self.depth,
            unattended=self.unattended,
            purpose=self.purpose,
        )


async def create(request: Request) -> Response:
    """Record what a person lets an agent do; with unattended use, answer with the receipt too."""
    person = await _person(request)
    document = await read_json(request)
    wanted = read_as(DelegationRequest, document)
    once = repeatable(request, f"user:{person.user}", document)
    # The key is at hand before the delegation is made: what was made is always answered, with its receipt.
    ring = desk(request).cabinet.ring((await desk(request).pictures.view()).platform)

    def tell(shown: Shown) -> Answer:
        body = _shown(shown) | {"withheld": sorted(shown.withheld)}
        if shown.delegation.unattended:
            issuer, now = desk(request).settings.issuer, desk(request).clock()
            body["receipt"] = receipt_for(shown.delegation, shown.organization, ring, issuer=issuer, now=now)
        return body

    body = await desk(request).own_hand.grant(person, wanted.organization, wanted.wish, tell=tell, once=once)
    return JSONResponse(dict(body), 201, _NO_STORE | {"Location": f"/delegations/{body['id']}"})


async def listing(request: Request) -> Response:
    """Return the person's delegations in an organization, newest first."""
    person = await _person(request)
    shown = await desk(request).own_hand.all(person, _organization(request))
    return JSONResponse({"delegations": [_shown(one) for one in shown]}, headers=_NO_STORE)


async def one(request: Request) -> Response:
    """Return one of the person's delegations."""
    person = await _person(request)
    shown = await desk(request).own_hand.one(person, _organization(request), request.path_params["id"])
    return JSONResponse(_shown(shown), headers=_NO_STORE)


async def revoke(request: Request) -> Response:
    """End one of the person's delegations for ever."""
    person = await _person(request)
    shown = await desk(request).own_hand.revoke(person, _organization(request), request.path_params["id"])
    return JSONResponse(_shown(shown), headers=_NO_STORE)


async def suspend(request: Request) -> Response:
    """Make one of the person's delegations worth nothing until it is resumed."""
    person = await _person(request)
    shown = await desk(request).own_hand.suspend(person, _organization(request), request.path_params["id"])
    return JSONResponse(_shown(shown), headers=_NO_STORE)


async def resume(request: Request) -> Response:
    """Bring back one of the person's suspended delegations."""
    person = await _person(request)
    shown = await desk(request).own_hand.resume(person, _organization(request), request.path_params["id"])
    return JSONResponse(_shown(shown), headers=_NO_STORE)


async def _person(request: Request) -> Person:
    """Return the person whose own hand this is: a token meant for this API alone, never an agent's."""
    audience, people = desk(request).settings.delegations_audience, desk(request).people
    person = await people.by_own_hand(bearer(request), audience=audience)
    people.confirm(await desk(request).pictures.view(users=(person.user,)), person)
    return person


def _organization(request: Request) -> str:
    named = request.query_params.getlist("organization")
    if len(named) != 1:
        raise Refused(400, "malformed", "name one organization: `?organization=...`")
    return parse_id(named[0])


def _shown(shown: Shown) -> dict[str, Any]:
    row = shown.delegation.row()
    return {**row, "organization": shown.organization, "status": shown.status, "revision": shown.revision}


ROUTES: Final = [
    Route("/delegations", create, methods=["POST"]),
    Route("/delegations", listing, methods=["GET"]),
    Route("/delegations/{id}", one, methods=["GET"]),
    Route("/delegations/{id}", revoke, methods=["DELETE"]),
    Route("/delegations/{id}/suspend", suspend, methods=["POST"]),
    Route("/delegations/{id}/resume", resume, methods=["POST"]),
]
