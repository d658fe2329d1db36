"""The gate: lets a request in, or says why not, before anything is done for it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from delegation.overload.acquaintances import Acquaintances
from delegation.overload.capacity import Capacity
from delegation.overload.rooms import RESERVED, Room, room_of
from delegation.overload.shares import Shares
from delegation.telemetry import metrics

_STRANGERS: Final = ""
"""The party of all who are not known yet: together they have a share as an organization has."""


class Reason(Enum):
    """Why somebody was turned away. The value is its name in metrics."""

    FULL = "full"
    """As much is under way as the process can bear."""
    SHARE = "share"
    """The party has its share of that under way, and others go first."""
    RESERVED = "reserved"
    """As much is under way as is kept free for requests of this kind."""


class Overloaded(Exception):
    """More is asked than can be answered, of this party before others; nothing was done."""


@dataclass(slots=True, eq=False)
class Ticket:
    """What one request was let in by; it is given back when the request is over."""

    gate: "Gate"
    room: Room
    party: str
    credentials: bytes
    began: float

    def proven(self, client: str, organization: str | None) -> None:
        """Take note who asks, and about whose things: that is known once it has proved who it is.

        Raises Overloaded where that organization has its share under way already.
        """
        self.gate.recognize(self, client, organization)


class Gate:
    """Decides whom one process lets in. Used in its event loop alone."""

    def __init__(self, most: int, monotonic: Callable[[], float]) -> None:
        """Let in as many at once as can be answered in time, and never more than `most`."""
        self._monotonic = monotonic
        self._capacity = Capacity(most, monotonic())
        self._shares = Shares()
        self._known = Acquaintances()
        self._reserved = dict.fromkeys(RESERVED, 0)
        self._shed = {reason: metrics.SHED.labels(reason.value) for reason in Reason}

    @property
    def limit(self) -> int:
        """How many may be under way now, beside what room is reserved for."""
        return self._capacity.limit

    @property
    def under_way(self) -> int:
        """How many are under way."""
        return self._capacity.under_way + sum(self._reserved.values())

    def admit(self, method: str, path: str, credentials: bytes) -> Ticket | Reason:
        """Let a request in, or return why not. The credentials are those of its head, as they were sent."""
        room = room_of(method, path)
        now = self._monotonic()
        party = self._known.party(credentials) or _STRANGERS
        refusal = self._refusal(room, party)
        if refusal is not None:
            self._turn_away(room, refusal, now)
            return refusal
        if room is Room.REST:
            self._capacity.begin(now)
            self._shares.take(party)
        else:
            self._reserved[room] += 1
        metrics.IN_FLIGHT.inc()
        return Ticket(self, room, party, credentials, now)

    def is_closed_to(self, credentials: bytes) -> bool:
        """Return whether a request is refused that no room is reserved for, and count it then."""
        refusal = self._refusal(Room.REST, self._known.party(credentials) or _STRANGERS)
        if refusal is None:
            return False
        self._turn_away(Room.REST, refusal, self._monotonic())
        return True

    def leave(self, ticket: Ticket) -> None:
        """Take note that a request is over."""
        metrics.IN_FLIGHT.dec()
        if ticket.room is Room.REST:
            self._capacity.end(ticket.began, self._monotonic())
            self._shares.give_back(ticket.party)
        else:
            self._reserved[ticket.room] -= 1

    def recognize(self, ticket: Ticket, client: str, organization: str | None) -> None:
        """Count a request that was let in for whom it turned out to be of. Raises Overloaded."""
        self._known.remember(ticket.credentials, client, organization)
        party = organization or client
        if ticket.room is not Room.REST or party == ticket.party:
            return
        self._shares.give_back(ticket.party)
        ticket.party, allowed = party, self._shares.allows(party, self._capacity.limit)
        self._shares.take(party)
        if not allowed:
            self._shed[Reason.SHARE].inc()
            self._capacity.refuse(self._monotonic())
            raise Overloaded("the service is asked more than it can answer now, by this organization above all")

    def _turn_away(self, room: Room, refusal: Reason, now: float) -> None:
        self._shed[refusal].inc()
        if room is Room.REST:
            self._capacity.refuse(now)

    def _refusal(self, room: Room, party: str) -> Reason | None:
        if room is not Room.REST:
            return Reason.RESERVED if self._reserved[room] >= RESERVED[room] else None
        if self._shares.allows(party, self._capacity.limit):
            return None
        return Reason.FULL if self._capacity.under_way >= self._capacity.limit else Reason.SHARE
