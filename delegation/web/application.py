"""Starlette's application with our own way in: the door answers for faults, and fixed paths are looked up."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Match, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send
from typing_extensions import override

Lifespan = Callable[[Starlette], AbstractAsyncContextManager[Any]]

_VARIABLE: Final = "{"


class Application(Starlette):
    """The application: its outermost layer is the door."""

    def __init__(self, routes: Sequence[Route], layers: Sequence[Middleware], lifespan: Lifespan) -> None:
        """Answer by routes within layers, the outermost first, which must turn every error into an answer."""
        super().__init__(middleware=layers)
        self.router = Switchboard(routes, lifespan)

    @override
    def build_middleware_stack(self) -> ASGIApp:
        # Without Starlette's own two layers for errors: the door does what they would, once.
        app: ASGIApp = self.router
        for cls, args, kwargs in reversed(self.user_middleware):
            app = cls(app, *args, **kwargs)
        return app


class Switchboard(Router):
    """Finds the route of a path without variables at once; any other is sought in the order of the routes."""

    def __init__(self, routes: Sequence[Route], lifespan: Lifespan) -> None:
        """Route by these; a path with another slash at its end is another path.

        A redirect would repeat a body with its secrets.
        """
        super().__init__(routes, redirect_slashes=False, lifespan=lifespan)
        self._fixed = {
            (method, route.path): route
            for route in routes
            for method in route.methods or ()
            if _VARIABLE not in route.path and _first(routes, method, route.path) is route
        }

    def fixed(self, method: str, path: str) -> Route | None:
        """Return the route of a path without variables; None for all other paths."""
        return self._fixed.get((method, path))

    @override
    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = self.fixed(scope["method"], scope["path"]) if scope["type"] == "http" else None
        if route is None or scope.get("root_path"):
            await super().app(scope, receive, send)
            return
        scope["router"] = self
        scope["route"], scope["endpoint"], scope["path_params"] = route, route.endpoint, {}
        await route.handle(scope, receive, send)


def _first(routes: Sequence[Route], method: str, path: str) -> Route | None:
    """Return the route that a search in order finds."""
    scope = {"type": "http", "method": method, "path": path, "root_path": ""}
    return next((route for route in routes if route.matches(scope)[0] is Match.FULL), None)
