"""Rooms: what is kept apart so that one cannot crowd out the other. Taking rights away stops last."""

from enum import Enum
from typing import Final


class Room(Enum):
    """Where a request waits. The value is its name in metrics."""

    HEALTH = "health"
    """Whether the process lives: whoever asks in vain would end it, and make things worse."""
    ENDING = "ending"
    """What takes rights away, or may."""
    REST = "rest"
    """Everything else."""


RESERVED: Final = {Room.HEALTH: 16, Room.ENDING: 32}
"""How many may be under way in rooms that are not shared with the rest."""

_HEALTH: Final = frozenset({"/healthz", "/readyz"})
_TAKING: Final = frozenset({"DELETE", "PATCH"})
_VERBS: Final = ("/revoke", "/suspend", "/stop", "/end", "/credentials", "/secrets")
"""What is posted where something ends: a token, a delegation, an agent, or the credentials that somebody else has."""
_MEMBERSHIPS: Final = "/memberships/"


def room_of(method: str, path: str) -> Room:
    """Return the room of a request."""
    if method == "POST":
        return Room.ENDING if path.endswith(_VERBS) else Room.REST
    if path in _HEALTH:
        return Room.HEALTH
    if method in _TAKING or (method == "PUT" and _MEMBERSHIPS in path):  # A member is suspended by a PUT.
        return Room.ENDING
    return Room.REST
