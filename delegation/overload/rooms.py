"""Rooms: what is kept apart so that one cannot crowd out the other. Taking rights away stops last."""

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
_TAKING: Final = frozenset({"DELETE", "PATCH"})
_VERBS: Final = ("/revoke", "/suspend", "/stop", "/end", "/credentials", "/secrets")
"""What is posted where something ends: a token, a delegation, an agent, or the credentials that somebody else has."""
_MEMBERSHIPS: Final = "/memberships/"


def room_of(method: str, path: str) -> Room:
    """Return the room of a request."""
    if method == "POST":
        return Room.ENDING if path.endswith(_VERBS) else Room.REST
    if path in _HEALTH:
        return _HEALTH[path]
    if method in _TAKING or (method == "PUT" and _MEMBERSHIPS in path):  # A member is suspended by a PUT.
        return Room.ENDING
    return Room.REST
