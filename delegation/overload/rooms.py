"""Rooms: what is kept apart so that one cannot crowd out the other. Taking rights away stops last."""

import re
from collections.abc import Iterable
from enum import Enum
from typing import Final


class Room(Enum):
    """Where a request waits. The value is its name in metrics."""

    LIFE = "life"
    """Whether the process lives: whoever asks in vain would end it, and make things worse."""
    READINESS = "readiness"
    """Whether requests may be sent here. It waits for the database, and so must not crowd out the other."""
    ENDING = "ending"
    """What takes rights away, or may."""
    REST = "rest"
    """Everything else."""


RESERVED: Final = {Room.LIFE: 1_000, Room.READINESS: 16, Room.ENDING: 32}
"""How many may be under way where there is no ordinary place. Whether it lives is answered at once, hence to all."""

_HEALTH: Final = {"/healthz": Room.LIFE, "/readyz": Room.READINESS}
_LOOKING: Final = frozenset({"GET", "HEAD"})
_PARAMETER: Final = re.compile(r"\{\w+(:path)?\}")


class Rooms:
    """The room of each request: method and path alone say it."""

    def __init__(self, ending: Iterable[tuple[str, str]]) -> None:
        """Keep room for those that take rights away, or may: methods and paths, as the routes have them."""
        patterns: dict[str, list[str]] = {}
        for method, path in ending:
            patterns.setdefault(method, []).append(_pattern(path))
        self._ending = {method: re.compile("|".join(paths)) for method, paths in patterns.items()}

    def of(self, method: str, path: str) -> Room:
        """Return the room of a request."""
        if method in _LOOKING:
            return _HEALTH.get(path, Room.REST)
        ending = self._ending.get(method)
        return Room.REST if ending is None or ending.fullmatch(path) is None else Room.ENDING


def _pattern(path: str) -> str:
    """Return what matches every path that a route answers at."""
    pattern, at = "", 0
    for parameter in _PARAMETER.finditer(path):
        pattern += re.escape(path[at : parameter.start()]) + (".+" if parameter[1] else "[^/]+")
        at = parameter.end()
    return pattern + re.escape(path[at:])
