"""The AuthZEN surface: evaluation for services, one or many at once, and its discovery document (AuthZEN 1.0)."""

import json
from collections.abc import Awaitable, Mapping
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from delegation.authzen.questions import Batch, Faulty, Question
from delegation.directory.ending import Taking
from delegation.oauth.errors import ProtocolError
from delegation.web.authzen_forms import PARTS, EvaluationRequest, EvaluationsRequest, OneOrSeveral
from delegation.web.describing import Caller, Described, Operation, Tag
from delegation.web.desk import desk
from delegation.web.errors import Refused
from delegation.web.json_answers import JSONAnswer
from delegation.web.oauth_shapes import Decision, DecisionPointMetadata
from delegation.web.preferences import applied, max_staleness
from delegation.web.reading import document_in, expect_json, read_as, read_body, read_json, read_text_as

T = TypeVar("T")
_CACHE: Final = {"Cache-Control": "public, max-age=300"}


async def evaluation(request: Request) -> Response:
    """Answer a question of a service: a denial is 200 with `decision: false`."""
    expect_json(request)
    body = await read_body(request)
    document_in(body)  # What has two meanings is refused; the form reads the very same text.
    return await _single(request, body)


async def evaluations(request: Request) -> Response:
    """Answer several questions of a service from one look at everything; without any, the one that stands above."""
    document = await read_json(request)
    asked = read_as(EvaluationsRequest, document)
    if not asked.evaluations:
        return await _single(request, json.dumps(document))
    defaults = {part: document[part] for part in PARTS if part in document}
    items = tuple(_item(defaults, each) for each in asked.evaluations)
    within = max_staleness(request)
    batch = Batch(items, asked.options.evaluations_semantic)
    answer = await to_service(desk(request).evaluation.evaluate_all(batch, request.headers, within=within))
    return JSONAnswer(answer.body, answer.status, tuple(applied(within, answer).items()))


async def _single(request: Request, text: str | bytes) -> Response:
    question = read_text_as(EvaluationRequest, text).question()
    within = max_staleness(request)
    answer = await to_service(desk(request).evaluation.evaluate(question, request.headers, within=within))
    return JSONAnswer(answer.body, answer.status, tuple(applied(within, answer).items()))


def _item(defaults: Mapping[str, Any], given: object) -> Question | Faulty:
    """Return an item of a batch as a question; what it says itself replaces a default whole, unmerged."""
    if not isinstance(given, dict):
        return Faulty(400, "an item is a JSON object")
    own = {part: given[part] for part in PARTS if part in given}
    try:
        return read_as(EvaluationRequest, {**defaults, **own}).question()
    except Refused as error:
        return Faulty(error.status, str(error))


async def to_service(answer: Awaitable[T]) -> T:
    """Return what a service is answered. Raises Refused when it did not authenticate."""
    try:
        return await answer
    except ProtocolError as error:
        challenge = {name: value for name, value in error.get_headers() if name == "WWW-Authenticate"}
        raise Refused(error.status_code, "unauthorized", str(error.description), challenge) from error


async def configuration(request: Request) -> Response:
    """Say where this policy decision point answers, at the address that its identifier makes."""
    issuer = desk(request).settings.issuer
    if request.path_params["path"] not in {"", urlsplit(issuer).path}:
        raise Refused(404, "not_found", "no policy decision point has this address")
    endpoints = {
        "access_evaluation_endpoint": "evaluation",
        "access_evaluations_endpoint": "evaluations",
        "search_subject_endpoint": "search/subject",
        "search_resource_endpoint": "search/resource",
        "search_action_endpoint": "search/action",
    }
    told = {name: f"{issuer}/access/v1/{path}" for name, path in endpoints.items()}
    return JSONResponse({"policy_decision_point": issuer, **told}, headers=_CACHE)


_QUESTION: Final = {
    "subject": {"type": "token", "id": "eyJ..."},
    "action": {"name": "document:edit"},
    "resource": {"type": "project", "id": "apollo"},
}
_EVALUATION: Final = Operation(
    tag=Tag.DECISIONS,
    caller=Caller.SERVICE,
    body=EvaluationRequest,
    taking=Taking.NEVER,
    answers={200: Decision},
    prefers=True,
    example=_QUESTION,
)
_EVALUATIONS: Final = Operation(
    tag=Tag.DECISIONS,
    caller=Caller.SERVICE,
    body=EvaluationsRequest,
    taking=Taking.NEVER,
    answers={200: OneOrSeveral},
    prefers=True,
    example={**_QUESTION, "evaluations": [{}, {"action": {"name": "document:view"}}]},
)
_CONFIGURATION: Final = Operation(tag=Tag.KEYS, caller=Caller.ANYBODY, answers={200: DecisionPointMetadata})
ROUTES: Final = [
    Described("POST", "/access/v1/evaluation", evaluation, _EVALUATION),
    Described("POST", "/access/v1/evaluations", evaluations, _EVALUATIONS),
    Described("GET", "/.well-known/authzen-configuration{path:path}", configuration, _CONFIGURATION),
]
