"""Visits: what is known of a request from its arrival to the end of its answer, whoever answers it."""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

from starlette.types import Scope


@dataclass(slots=True, eq=False)
class Visit:
    """One request at the door."""

    scope: Scope
    id: str
    """Names the request in its answer and in the log."""
    status: int = 0
    """Of its answer; 0 until one has begun."""
    seconds: float = 0.0
    """How long it took; 0 until it is over."""

    @property
    def method(self) -> str:
        """Its method, in the words of whoever sent it."""
        method: str = self.scope["method"]
        return method

    @property
    def route(self) -> str:
        """The template of the path that it was routed by, which holds no id."""
        route: str = getattr(self.scope.get("route"), "path", "unmatched")
        return route


VISIT: Final[ContextVar[Visit | None]] = ContextVar("VISIT", default=None)
"""The request at hand; there is none where nobody came through the door."""
