"""Which routes take rights away: each says so, and it is that which has room under overload and on a full disk."""

import pytest
from starlette.requests import Request
from starlette.responses import Response

from delegation.app.routes import rooms_of, routes_of
from delegation.directory.ending import TAKING, Taking
from delegation.overload import Room
from delegation.settings import Settings
from delegation.web.describing import Caller, Described, Operation, Tag

ROUTES = [
    route
    for route in routes_of(Settings(issuer="https://auth.example", development_identity_provider=True))
    if isinstance(route, Described)
]
CHANGING = [route for route in ROUTES if route.method != "GET"]
RECORDED = {
    "POST /revoke": {"token.revoked", "delegation.revoked"},
    "POST /delegations/stop": {"delegation.stopped"},
    "POST /delegations/{id}/suspend": {"delegation.suspended"},
    "POST /delegations/{id}/end": {"delegation.revoked"},
    "DELETE /delegations/{id}": {"delegation.revoked"},
}
"""What routes that are no commands leave in the log when they take rights away."""


@pytest.mark.threat("54")
@pytest.mark.threat("56")
@pytest.mark.parametrize("route", CHANGING, ids=lambda route: route.name)
def test_what_may_take_away_has_room(route: Described) -> None:
    """Of all routes those that take rights away, or may, have places of their own, and no others."""
    path = route.path.replace(":path}", "}").format_map(dict.fromkeys(route.param_convertors, "x"))
    expected = Room.REST if route.operation.taking is Taking.NEVER else Room.ENDING
    assert rooms_of(ROUTES).of(route.method, path) is expected


@pytest.mark.threat("56")
def test_reading_has_no_room_of_its_own() -> None:
    """Whatever is only read waits with everything else, but for health."""
    rooms = rooms_of(ROUTES)
    reading = {route.path for route in ROUTES if route.method == "GET"} - {"/healthz", "/readyz"}
    assert {rooms.of("GET", path) for path in reading} == {Room.REST}


@pytest.mark.threat("54")
def test_what_a_route_says_the_log_says() -> None:
    """Whatever always takes away by a route that is no command leaves records that may be written on a full disk."""
    saying = {
        route.name
        for route in CHANGING
        if route.operation.taking is not Taking.NEVER and route.operation.tag is not Tag.MANAGEMENT
    }
    assert saying == set(RECORDED)
    assert {TAKING[action] for actions in RECORDED.values() for action in actions} == {Taking.ALWAYS}


@pytest.mark.threat("56")
@pytest.mark.parametrize("method", ["DELETE", "PATCH"])
def test_deleting_takes_away(method: str) -> None:
    """No route of these methods says that it never takes anything away."""
    assert Taking.NEVER not in {route.operation.taking for route in ROUTES if route.method == method}


async def nothing(_: Request) -> Response:
    """Answer nothing."""
    return Response()


@pytest.mark.parametrize(("method", "taking"), [("POST", None), ("PUT", None), ("GET", Taking.NEVER)])
def test_a_route_that_does_not_say_is_none(method: str, taking: Taking | None) -> None:
    """A route that changes something and does not say whether it takes away cannot be made, nor one that need not."""
    operation = Operation(tag=Tag.MANAGEMENT, caller=Caller.ADMINISTRATOR, answers={}, taking=taking)
    with pytest.raises(ValueError, match="takes rights away"):
        Described(method, "/new", nothing, operation)
