"""`/delegations`, the agents' side: an agent passes on a part of what it may do, and ends delegations of its chains."""

from collections.abc import Awaitable, Mapping
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from delegation.directory.command import Id
from delegation.directory.ending import Taking
from delegation.oauth.agents_hand import AgentsCall
from delegation.oauth.errors import ProtocolError
from delegation.oauth.form import Form
from delegation.web.delegations import DelegationRequest, as_told, made, organization_of, revoke, teller
from delegation.web.describing import ORGANIZATION, Caller, Described, Operation, Tag
from delegation.web.desk import desk
from delegation.web.errors import Refused
from delegation.web.reading import parameters, read_as, read_json
from delegation.web.repeating import repeatable
from delegation.web.shapes import DelegationMade, DelegationShown

T = TypeVar("T")


class AgentsProof(BaseModel):
    """How an agent authenticates in a JSON body, as at the token endpoint; with Basic, by none of it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    client_id: str | None = None
    client_secret: str | None = None
    client_assertion_type: str | None = None
    """`urn:ietf:params:oauth:client-assertion-type:jwt-bearer`."""
    client_assertion: str | None = None
    """A JWT that the agent signed (RFC 7523)."""


class SubDelegationRequest(DelegationRequest, AgentsProof):
    """What an agent wants to let another do; what is left open is the parent's own, and nothing may widen."""


class EndRequest(AgentsProof):
    """Which organization the delegation to be ended is of."""

    organization: Id


async def sub_delegate(request: Request) -> Response:
    """Let another agent do a part of what a delegation lets the agent do that asks, which holds it."""
    parameters(request)
    proof, document = _apart(await read_json(request))
    wanted = read_as(DelegationRequest, document)
    # One agent alone holds the delegation, and nobody else is told what was answered: it names who asks.
    once = repeatable(request, f"delegation:{request.path_params['id']}", document)
    asked = desk(request).agents_hand.sub_delegate(
        _call(request, proof, wanted.organization), wanted.wish, tell=await teller(request), once=once
    )
    return made(await _to_agent(asked))


async def end(request: Request) -> Response:
    """End for ever a delegation that the agent holds that asks, or one made out of such a delegation."""
    parameters(request)
    proof, document = _apart(await read_json(request))
    return await _end(request, proof, read_as(EndRequest, document).organization)


async def delete(request: Request) -> Response:
    """End a delegation for ever: one of the person's own; or, by an agent's Basic credentials, one of its chains."""
    scheme, _, _ = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return await revoke(request)
    return await _end(request, Form.of(()), organization_of(request))


async def _end(request: Request, proof: Form, organization: str) -> Response:
    shown = await _to_agent(desk(request).agents_hand.end(_call(request, proof, organization)))
    return JSONResponse(as_told(shown))


def _call(request: Request, proof: Form, organization: str) -> AgentsCall:
    return AgentsCall(proof, request.headers, organization, request.path_params["id"])


def _apart(document: Mapping[str, Any]) -> tuple[Form, dict[str, Any]]:
    """Return what proves the agent, and the rest: a request that is repeated is proved anew."""
    members = {name: value for name, value in document.items() if name in AgentsProof.model_fields}
    proof = read_as(AgentsProof, members).model_dump(exclude_none=True)
    try:
        form = Form.of(proof.items())
    except ProtocolError as error:
        raise Refused(400, "malformed", str(error.description)) from error
    return form, {name: value for name, value in document.items() if name not in members}


async def _to_agent(answer: Awaitable[T]) -> T:
    """Return what an agent is answered. Raises Refused when it did not authenticate, or in two ways."""
    try:
        return await answer
    except ProtocolError as error:
        code = "unauthorized" if error.status_code == 401 else "malformed"  # noqa: PLR2004 - the status of RFC 9110 §15.5.2
        challenge = {name: value for name, value in error.get_headers() if name == "WWW-Authenticate"}
        raise Refused(error.status_code, code, str(error.description), challenge) from error


_CHILDREN: Final = Operation(
    tag=Tag.DELEGATIONS,
    caller=Caller.AGENT_BY_JSON,
    body=SubDelegationRequest,
    taking=Taking.NEVER,
    answers={201: DelegationMade},
    repeatable=True,
    example={
        "organization": "acme",
        "agent": "researcher",
        "resource": "app:storefront",
        "roles": ["app-viewer"],
        "expires_in": 600,
        "unattended": True,
        "purpose": "Look things up for the launch",
    },
)
_END: Final = Operation(
    tag=Tag.DELEGATIONS,
    caller=Caller.AGENT_BY_JSON,
    body=EndRequest,
    taking=Taking.ALWAYS,
    answers={200: DelegationShown},
    example={"organization": "acme"},
)
_DELETE: Final = Operation(
    tag=Tag.DELEGATIONS,
    caller=Caller.PERSON_OR_AGENT,
    query=(ORGANIZATION,),
    answers={200: DelegationShown},
    taking=Taking.ALWAYS,
)
ROUTES: Final = [
    Described("DELETE", "/delegations/{id}", delete, _DELETE),
    Described("POST", "/delegations/{id}/children", sub_delegate, _CHILDREN),
    Described("POST", "/delegations/{id}/end", end, _END),
]
