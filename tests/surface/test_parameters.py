"""A query says each thing once, and nothing that the route does not know."""

from collections.abc import Callable
from typing import Final

import httpx2
import pytest

from delegation.web.describing import Caller, Described, Tag
from tests.end_to_end.tenant import Tenant
from tests.rfc.answers import problem
from tests.rfc.stage import Stage, set_up
from tests.surface.asking import BOOTSTRAP, Names, credential, things_of, written
from tests.surface.table import ROUTES, named

OURS: Final = [route for route in ROUTES if route.operation.tag in {Tag.DELEGATIONS, Tag.MANAGEMENT}]
"""Routes of no standard that would want unknown parameters ignored."""
READ: Final = [route for route in OURS if route.operation.query]


@pytest.fixture(scope="module")
def speaking(found_tenant: Callable[[], Tenant]) -> tuple[Stage, Names]:
    """A stage and what it has."""
    stage = set_up(found_tenant())
    return stage, things_of(stage)


def sent(speaking: tuple[Stage, Names], route: Described, more: str) -> httpx2.Response:
    """Send a request that is right but for what is added to its query."""
    stage, names = speaking
    caller = route.operation.caller
    proof = BOOTSTRAP if caller is Caller.ADMINISTRATOR else credential(stage, caller)
    method, where, body, type_ = written(route, names)
    address = f"{where}{'&' if '?' in where else '?'}{more}"
    return stage.http.request(method, address, content=body, headers={**type_, **proof})


@pytest.mark.semantics("9")
@pytest.mark.threat("41")
@pytest.mark.parametrize("route", OURS, ids=named)
def test_a_parameter_that_nobody_knows_is_refused(speaking: tuple[Stage, Names], route: Described) -> None:
    """What is misspelt is not left out in silence, whatever else would be said of the request."""
    assert problem(sent(speaking, route, "nobody=1")) == (400, "malformed")


@pytest.mark.semantics("9")
@pytest.mark.threat("41")
@pytest.mark.parametrize(
    ("route", "name"),
    [(route, one.name) for route in READ for one in route.operation.query],
    ids=lambda value: value if isinstance(value, str) else named(value),
)
def test_a_parameter_is_given_once(speaking: tuple[Stage, Names], route: Described, name: str) -> None:
    """Of two values neither is taken, also where they are the same."""
    assert problem(sent(speaking, route, f"{name}=x&{name}=x")) == (400, "malformed")
