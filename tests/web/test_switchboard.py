"""The switchboard: a path without variables is looked up, and that is all that is different."""

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Match, Route
from starlette.types import Message, Scope

from delegation.app.serving import application
from delegation.settings import Settings
from delegation.web.application import Application, Switchboard
from tests.surface.table import TABLE

pytestmark = pytest.mark.anyio

FIXED = sorted((m, r.path) for r in TABLE if isinstance(r, Route) and "{" not in r.path for m in r.methods or ())


async def answered(routes: list[Route], method: str, path: str) -> str:
    """Return what an application without a door answers."""
    said: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        said.append(message)

    scope: Scope = {"type": "http", "method": method, "path": path, "root_path": "", "headers": [], "app": object()}
    await Switchboard(routes, lambda _: pytest.fail("nobody starts"))(scope, receive, send)
    return b"".join(message.get("body", b"") for message in said).decode()


def route(path: str, name: str, *methods: str) -> Route:
    """Return a route that answers with its name."""

    async def endpoint(_: Request) -> Response:
        return PlainTextResponse(name)

    return Route(path, endpoint, methods=list(methods))


@pytest.mark.parametrize(("method", "path"), FIXED)
def test_a_fixed_path_leads_where_a_search_leads(method: str, path: str) -> None:
    """Each path of the service without variables is answered by the route that a search in order finds first."""
    app = application(Settings(development_identity_provider=True))
    scope = {"type": "http", "method": method, "path": path, "root_path": ""}
    searched = next(each for each in app.routes if each.matches(scope)[0] is Match.FULL)
    assert isinstance(app, Application)
    assert isinstance(app.router, Switchboard)
    assert app.router.fixed(method, path) is searched


async def test_a_path_with_variables_that_comes_first_wins() -> None:
    """A fixed path that an earlier route answers as well stays that route's."""
    routes = [route("/{name}", "any", "GET"), route("/fixed", "fixed", "GET", "POST")]
    assert await answered(routes, "GET", "/fixed") == "any"
    assert await answered(routes, "POST", "/fixed") == "fixed"


async def test_other_methods_and_paths_are_searched_for() -> None:
    """What is not looked up is found as ever: a variable, and the same path by another method of another route."""
    routes = [route("/fixed", "get", "GET"), route("/fixed", "post", "POST"), route("/of/{name}", "of", "GET")]
    assert [await answered(routes, method, "/fixed") for method in ("GET", "POST")] == ["get", "post"]
    assert await answered(routes, "GET", "/of/me") == "of"
