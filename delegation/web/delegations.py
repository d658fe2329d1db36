"""`/delegations`: people grant, list and end what agents may do for them, by their own hand."""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from authz_core import parse_id, parse_object
from delegation.authority.granting import Wish
from delegation.directory.budget import BudgetAsked
from delegation.directory.command import Answer, Id, ObjectText, Words
from delegation.directory.ending import Taking
from delegation.directory.own_hand import Shown
from delegation.directory.people import Person
from delegation.oauth.receipts import receipt_for
from delegation.web.cursors import PAGING, sought
from delegation.web.describing import CURSOR, LIMIT, ORGANIZATION, Caller, Described, Operation, Tag
from delegation.web.desk import desk
from delegation.web.errors import Refused
from delegation.web.reading import bearer, parameters, read_as, read_json
from delegation.web.repeating import repeatable
from delegation.web.shapes import DelegationList, DelegationMade, DelegationShown
from delegation.web.usage import with_usage

_Text = Annotated[str, Field(min_length=1, max_length=600)]
_Texts = Annotated[tuple[_Text, ...], Field(min_length=1, max_length=50)]
_Seconds = Annotated[int, Field(ge=0, le=253_402_300_799)]


class DelegationRequest(BaseModel):
    """What a person wants to let an agent do. Times are epoch seconds; `expires_in` counts from now."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    organization: Id
    agent: Id
    resource: ObjectText
    roles: _Texts
    permissions: _Texts | None = None
    audiences: _Texts | None = None
    expires_in: Annotated[int, Field(ge=1, le=366 * 86_400)] | None = None
    expires_at: _Seconds | None = None
    not_before: _Seconds = 0
    depth: Annotated[int, Field(ge=0, le=15)] = 0
    unattended: bool = False
    purpose: Annotated[Words, Field(max_length=500)] = ""
    budget: BudgetAsked | None = None

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
            budget=None if self.budget is None else self.budget.budget(),
        )


class StopRequest(BaseModel):
    """The agent that is to do nothing more for a person in an organization."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    organization: Id
    agent: Id


async def create(request: Request) -> Response:
    """Record what a person lets an agent do; with unattended use, answer with the receipt too."""
    person = await person_of(request)
    parameters(request)
    document = await read_json(request)
    wanted = read_as(DelegationRequest, document)
    once, tell = repeatable(request, f"user:{person.user}", document), await teller(request)
    body = await desk(request).own_hand.grant(person, wanted.organization, wanted.wish, tell=tell, once=once)
    return made(body)


async def teller(request: Request) -> Callable[[Shown], Answer]:
    """Return what tells of a delegation that was just made, with its receipt where there is one."""
    # The key is at hand before the delegation is made: what was made is always answered, with its receipt.
    ring = desk(request).cabinet.ring((await desk(request).pictures.view()).platform)

    def tell(shown: Shown) -> Answer:
        body = as_told(shown) | {"withheld": sorted(shown.withheld)}
        if shown.delegation.unattended:
            issuer, now = desk(request).settings.issuer, desk(request).clock()
            body["receipt"] = receipt_for(shown.delegation, shown.organization, ring, issuer=issuer, now=now)
        return body

    return tell


def made(body: Answer) -> Response:
    """Return the answer about a delegation that was just made."""
    return JSONResponse(dict(body), 201, {"Location": f"/delegations/{body['id']}"})


async def listing(request: Request) -> Response:
    """Return the person's delegations in an organization, newest first, a page at a time."""
    person = await person_of(request)
    organization = organization_of(request, *PAGING)
    asked = sought(request, f"user:{person.user}", parameters(request, "organization", *PAGING))
    held = await desk(request).own_hand.all(person, organization)
    page = asked.page(held, lambda one: (-one.delegation.created_at, one.delegation.id))
    shown = await with_usage(request, map(as_told, page.things))
    return JSONResponse({"delegations": shown, **page.following()})


async def one(request: Request) -> Response:
    """Return one of the person's delegations."""
    person = await person_of(request)
    shown = await desk(request).own_hand.one(person, organization_of(request), request.path_params["id"])
    [told] = await with_usage(request, [as_told(shown)])
    return JSONResponse(told)


async def revoke(request: Request) -> Response:
    """End one of the person's delegations for ever."""
    person = await person_of(request)
    shown = await desk(request).own_hand.revoke(person, organization_of(request), request.path_params["id"])
    return JSONResponse(as_told(shown))


async def stop(request: Request) -> Response:
    """End for ever all that the person lets one agent do in an organization."""
    person = await person_of(request)
    parameters(request)
    wanted = read_as(StopRequest, await read_json(request))
    ended = await desk(request).own_hand.stop(person, wanted.organization, wanted.agent)
    return JSONResponse({"delegations": [*map(as_told, ended)]})


async def suspend(request: Request) -> Response:
    """Make one of the person's delegations worth nothing until it is resumed."""
    person = await person_of(request)
    shown = await desk(request).own_hand.suspend(person, organization_of(request), request.path_params["id"])
    return JSONResponse(as_told(shown))


async def resume(request: Request) -> Response:
    """Bring back one of the person's suspended delegations."""
    person = await person_of(request)
    shown = await desk(request).own_hand.resume(person, organization_of(request), request.path_params["id"])
    return JSONResponse(as_told(shown))


async def person_of(request: Request) -> Person:
    """Return the person whose own hand this is: a token meant for this API alone, never an agent's."""
    audience, people = desk(request).settings.delegations_audience, desk(request).people
    person = await people.by_own_hand(bearer(request), audience=audience)
    people.confirm(await desk(request).pictures.view(users=(person.user,)), person)
    return person


def organization_of(request: Request, *besides: str) -> str:
    """Return the organization that the query names; it may say nothing but that and what is named `besides`."""
    named = parameters(request, "organization", *besides).get("organization")
    if named is None:
        raise Refused(400, "malformed", "name one organization: `?organization=...`")
    return parse_id(named)


def as_told(shown: Shown) -> dict[str, Any]:
    """Return a delegation as it is told to whom it concerns."""
    chain = [{"id": link.id, "agent": link.agent} for link in shown.chain]
    beside = {"organization": shown.organization, "chain": chain, "revision": shown.revision}
    return {**shown.delegation.row(), **beside, "status": shown.status}


_CREATE: Final = Operation(
    tag=Tag.DELEGATIONS,
    caller=Caller.PERSON,
    body=DelegationRequest,
    taking=Taking.NEVER,
    answers={201: DelegationMade},
    repeatable=True,
    example={
        "organization": "acme",
        "agent": "planner",
        "resource": "project:apollo",
        "roles": ["project-editor"],
        "expires_in": 1800,
        "purpose": "Plan the launch",
    },
)
_LIST: Final = Operation(
    tag=Tag.DELEGATIONS,
    caller=Caller.PERSON,
    query=(ORGANIZATION, LIMIT, CURSOR),
    answers={200: DelegationList},
)
_ONE: Final = Operation(
    tag=Tag.DELEGATIONS, caller=Caller.PERSON, query=(ORGANIZATION,), answers={200: DelegationShown}
)
_STOP: Final = Operation(
    tag=Tag.DELEGATIONS,
    caller=Caller.PERSON,
    body=StopRequest,
    taking=Taking.ALWAYS,
    answers={200: DelegationList},
    example={"organization": "acme", "agent": "planner"},
)
ROUTES: Final = [
    Described("POST", "/delegations/stop", stop, _STOP),
    Described("POST", "/delegations", create, _CREATE),
    Described("GET", "/delegations", listing, _LIST),
    Described("GET", "/delegations/{id}", one, _ONE),
    Described("POST", "/delegations/{id}/suspend", suspend, replace(_ONE, taking=Taking.ALWAYS)),
    Described("POST", "/delegations/{id}/resume", resume, replace(_ONE, taking=Taking.NEVER)),
]
