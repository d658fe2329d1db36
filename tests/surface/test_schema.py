"""Every answer has the form that the document promises, whatever is sent, and none is a fault of the service."""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from delegation.web.describing import Caller, Described
from delegation.web.openapi import address
from tests.clock import Clock
from tests.end_to_end.deployment import running
from tests.end_to_end.tenant import APOLLO, documents_service, found
from tests.rfc.stage import Stage, set_up
from tests.surface.asking import BOOTSTRAP, Names, ask, credential, things_of
from tests.surface.table import DOCUMENT, ISSUER, ROUTES, named

REFUSED: Final = [400, 401, 403, 404, 405, 409, 413, 422]
CONFIGURATION: Final = {
    "generation": {"with-security-parameters": False},
    "checks": {"negative_data_rejection": {"expected-statuses": REFUSED}},
}
SCHEMA: Final = schemathesis.openapi.from_dict(DOCUMENT, config=schemathesis.Config.from_dict(CONFIGURATION))
CHECKS: Final[list[Any]] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
FIRST: Final = ("delegations/{id}/end", "delegations/stop", "members/{member:path}", "assignments")
STOPS: Final = ("/delegations/{id}/end", "/delegations/stop")
LAST: Final = ("memberships/{user}", "organizations/{organization}", "users/{user}")
"""How the addresses end at which something is ended before, and after, all the rest can be."""
RIGHT: Final[Mapping[str, Mapping[str, object]]] = {
    "POST /token": {"resource": APOLLO},
    "POST /delegations/{id}/children": {"resource": APOLLO, "agent": "stranger.acme"},
    "POST /organizations/{organization}/groups": {"id": "new"},
    "POST /organizations/{organization}/resources": {"resource": "workspace:new"},
    "PATCH /organizations/{organization}/resources/{resource:path}": {"parent": "workspace:sales"},
    "PUT /resource-types/{slug}": {"slug": "room"},
    "PUT /permissions/{slug}": {"slug": "project:paint"},
    "PUT /roles/{slug}": {"slug": "painter"},
    "DELETE /roles/{slug}": {"slug": "painter"},
    "POST /agents": {"id": "new-agent"},
    "POST /services": {"id": "new-service"},
}
"""What a request has to be about, where it is not about what is there already."""
NOT_LET: Final[Mapping[str, int]] = {"GET /organizations/{organization}/changes": 404}
"""What is refused here, where no service may follow: its answer has no end; tests/feed/test_door.py asks it."""
BY_RELATIONSHIPS: Final[Mapping[str, int]] = {
    "PUT /relationship-model": 409,
    "GET /relationship-model": 404,
    "POST /organizations/{organization}/relationships": 409,
    "DELETE /organizations/{organization}/relationships": 409,
}
"""What is refused here, where roles say who may do what; tests/directory/test_life.py asks it where it is right."""


def _operation(route: Described) -> APIOperation[Any, Any, Any, Any]:
    operation: APIOperation[Any, Any, Any, Any] = SCHEMA[address(route.path, ISSUER)][route.method]
    return operation


def _order(route: Described) -> tuple[bool, int]:
    """Return when a route is to be asked: what ends something comes last, in an order in which it can be done."""
    ends = [*FIRST, "", *LAST]
    place = next((ends.index(end) for end in (*FIRST, *LAST) if route.path.endswith(end)), len(FIRST))
    return route.method == "DELETE" or route.path in STOPS, place


ORDERED: Final = sorted(ROUTES, key=_order)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """An organization in a deployment of its own, of which nothing is left at the end; no request is too many."""
    directory = tmp_path_factory.mktemp("house") / "data"
    with running(directory, Clock(), caller_limit=0, organization_limit=0, stranger_limit=0) as house:
        yield set_up(found(house, "acme", documents_service(house)))


@pytest.fixture(scope="module")
def things(stage: Stage) -> Names:
    """What the organization has."""
    return replace(things_of(stage), delegation=str(stage.tenant.grant(depth=1)["id"]))


def _headers(stage: Stage, route: Described) -> dict[str, str]:
    caller = route.operation.caller
    return BOOTSTRAP if caller is Caller.ADMINISTRATOR else credential(stage, caller)


def _fuzzed(route: Described, stage: Stage, things: Names, examples: int) -> None:
    """Send what the document allows and what it forbids, about things that are there and that are not."""
    operation = _operation(route)
    values = {name: things.values()[name] for name in route.param_convertors if name != "path"}
    right = operation.as_strategy()
    near = operation.as_strategy(path_parameters=values) if values else right
    wrong = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE, path_parameters=values or None)
    proof = _headers(stage, route)
    refusing = [*CHECKS, negative_data_rejection]
    ways = st.tuples(st.just(CHECKS), right | near) | st.tuples(st.just(refusing), wrong)

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(ways)
    def sent(way: tuple[list[Any], Case[Any]]) -> None:
        checks, case = way
        case.call_and_validate(base_url=stage.issuer, headers=proof, checks=checks)

    sent()


@pytest.mark.parametrize("route", ORDERED, ids=named)
def test_a_right_request_is_answered_as_described(stage: Stage, things: Names, route: Described) -> None:
    """Asked rightly, in an order in which it can be done, each route does it and answers in its own form."""
    answer: httpx2.Response = ask(stage.http, route, things, _headers(stage, route), **RIGHT.get(named(route), {}))
    refused = {**BY_RELATIONSHIPS, **NOT_LET}.get(named(route))
    assert answer.status_code in (route.operation.answers if refused is None else {refused}), answer.text
    _operation(route).validate_response(answer)


@pytest.mark.threat("41")
@pytest.mark.parametrize("route", ROUTES, ids=named)
def test_whatever_is_sent_is_answered_as_described(stage: Stage, things: Names, route: Described) -> None:
    """What the document allows and what it forbids both get an answer in a form that the document has."""
    _fuzzed(route, stage, things, examples=10)


@pytest.mark.parametrize("drift", [{"type": "integer"}, {"const": "well"}], ids=str)
def test_a_drift_is_noticed(stage: Stage, drift: dict[str, Any]) -> None:
    """An answer that is not as the document has it fails: one member of another form is enough."""
    other = copy.deepcopy(DOCUMENT)
    other["components"]["schemas"]["Health"]["properties"]["status"] = drift
    answer = stage.http.get("/healthz")
    _operation(next(route for route in ROUTES if route.path == "/healthz")).validate_response(answer)
    with pytest.raises(Failure):
        schemathesis.openapi.from_dict(other)["/healthz"]["GET"].validate_response(answer)


@pytest.mark.slow
@pytest.mark.threat("41")
@pytest.mark.parametrize("route", ROUTES, ids=named)
def test_much_is_sent_and_answered_as_described(stage: Stage, things: Names, route: Described) -> None:
    """The same, three hundred times at each route."""
    _fuzzed(route, stage, things, examples=300)
