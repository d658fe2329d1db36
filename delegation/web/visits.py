"""Visits: what is known of a request from its arrival to the end of its answer, whoever answers it."""

from contextvars import ContextVar
from dataclasses import dataclass, field
from time import perf_counter
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
    """How long it took, or what goes on took to begin; 0 until then."""
    _came: float = field(default_factory=perf_counter, init=False)

    def answered(self) -> None:
        """Take note of how long it took until now, unless that is known already."""
        self.seconds = self.seconds or perf_counter() - self._came

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
