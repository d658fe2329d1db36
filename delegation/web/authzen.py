"""The AuthZEN surface: evaluation for services, and its discovery document (AuthZEN 1.0)."""

from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from delegation.authzen.evaluation import Question
from delegation.oauth.errors import ProtocolError
from delegation.web.desk import desk
from delegation.web.errors import Refused
from delegation.web.preferences import applied, max_staleness
from delegation.web.reading import read_as, read_json

_Text = Annotated[str, Field(min_length=1, max_length=16_384)]


class _Lenient(BaseModel):
    """AuthZEN demands that unknown members are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class _Properties(_Lenient):
    organization: _Text | None = None


class _Entity(_Lenient):
    type: _Text
    id: _Text
    properties: _Properties = _Properties()


class _Action(_Lenient):
    name: _Text


class EvaluationRequest(_Lenient):
    """May this subject do this to this resource? Context is accepted and, as models have no conditions, not used."""

    subject: _Entity
    action: _Action
    resource: _Entity
    context: dict[str, Any] = {}


async def evaluation(request: Request) -> Response:
    """Answer a question of a service: a denial is 200 with `decision: false`."""
    asked = read_as(EvaluationRequest, await read_json(request))
    question = Question(
        subject_type=asked.subject.type,
        subject_id=asked.subject.id,
        action=asked.action.name,
        resource_type=asked.resource.type,
        resource_id=asked.resource.id,
        organization=asked.resource.properties.organization,
    )
    within = max_staleness(request)
    try:
        answer = await desk(request).evaluation.evaluate(question, request.headers, within=within)
    except ProtocolError as error:
        challenge = {name: value for name, value in error.get_headers() if name == "WWW-Authenticate"}
        raise Refused(error.status_code, "unauthorized", str(error.description), challenge) from error
    return JSONResponse(answer.body, answer.status, {"Cache-Control": "no-store", **applied(within, answer)})


async def configuration(request: Request) -> Response:
    """Say where this policy decision point answers."""
    issuer = desk(request).settings.issuer
    return JSONResponse(
        {"policy_decision_point": issuer, "access_evaluation_endpoint": f"{issuer}/access/v1/evaluation"}
    )


ROUTES: Final = [
    Route("/access/v1/evaluation", evaluation, methods=["POST"]),
    Route("/.well-known/authzen-configuration", configuration, methods=["GET"]),
]
