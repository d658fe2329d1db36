"""The gate: lets a request in, or says why not, before anything is done for it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from delegation.overload.acquaintances import Acquaintances
from delegation.overload.capacity import Capacity
from delegation.overload.rooms import RESERVED, Room, Rooms
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
    wanted: Room
    """The room of the request."""
    room: Room
    """Where it found its place."""
    party: str
    credentials: bytes
    began: float
    is_given_back: bool = False

    def give_back(self) -> None:
        """Give the place back before the request is over: its answer goes on, and takes no part in the work."""
        self.gate.leave(self)

    def proven(self, client: str, organization: str | None) -> None:
        """Take note who asks, and about whose things: that is known once it has proved who it is.

        Raises Overloaded where that organization has its share under way already.
        """
        self.gate.recognize(self, client, organization)


class Gate:
    """Decides whom one process lets in. Used in its event loop alone."""

    def __init__(self, most: int, monotonic: Callable[[], float], rooms: Rooms) -> None:
        """Let in as many at once as can be answered in time, and never more than `most`."""
        self._rooms = rooms
        self._monotonic = monotonic
        self._capacity = Capacity(most, monotonic())
        self._shares = Shares()
        self._known = Acquaintances()
        self._reserves = {room: Shares() for room in RESERVED}
        self._full, self._share, self._reserved = (metrics.SHED.labels(reason.value) for reason in Reason)

    @property
    def limit(self) -> int:
        """How many may be under way now, beside what room is reserved for."""
        return self._capacity.limit

    @property
    def under_way(self) -> int:
        """How many are under way."""
        return self._capacity.under_way + sum(reserve.under_way for reserve in self._reserves.values())

    def admit(self, method: str, path: str, credentials: bytes) -> Ticket | Reason:
        """Let a request in, or return why not. The credentials are those of its head, as they were sent."""
        wanted, now = self._rooms.of(method, path), self._monotonic()
        party = self._known.party(credentials) or _STRANGERS
        room = self._place_in(wanted, party)
        if room is None:
            return self._turn_away(wanted, now)
        if room is Room.REST:
            self._capacity.begin(now)
        self._shares_of(room).take(party)
        metrics.IN_FLIGHT.inc()
        return Ticket(self, wanted, room, party, credentials, now)

    def is_closed_to(self, credentials: bytes) -> bool:
        """Return whether a request is refused that no room is reserved for, and count it then."""
        if self._place_in(Room.REST, self._known.party(credentials) or _STRANGERS) is not None:
            return False
        self._turn_away(Room.REST, self._monotonic())
        return True

    def leave(self, ticket: Ticket) -> None:
        """Take note that a request is over, unless its place was given back before."""
        if ticket.is_given_back:
            return
        ticket.is_given_back = True
        metrics.IN_FLIGHT.dec()
        if ticket.room is Room.REST:
            self._capacity.end(ticket.began, self._monotonic())
        self._shares_of(ticket.room).give_back(ticket.party)

    def recognize(self, ticket: Ticket, client: str, organization: str | None) -> None:
        """Count a request that was let in for whom it turned out to be of. Raises Overloaded.

        What takes rights away is not refused any more, whoever asks for it.
        """
        self._known.remember(ticket.credentials, client, organization)
        party = organization or client
        if party == ticket.party:
            return
        shares = self._shares_of(ticket.room)
        shares.give_back(ticket.party)
        ticket.party, allowed = party, shares.allows(party, self._capacity.limit)
        shares.take(party)
        if ticket.wanted is Room.REST and not allowed:
            self._share.inc()
            self._capacity.refuse(self._monotonic())
            raise Overloaded("the service is asked more than it can answer now, by this organization above all")

    def _shares_of(self, room: Room) -> Shares:
        return self._shares if room is Room.REST else self._reserves[room]

    def _place_in(self, wanted: Room, party: str) -> Room | None:
        """Return the room in which a request finds a place; None when there is none.

        What takes rights away takes its reserve when there is no other place, and nobody takes all of it.
        """
        ordinary = wanted is Room.REST or wanted is Room.ENDING  # Not `in`: to hash a member takes longer.
        if ordinary and self._shares.allows(party, self._capacity.limit):
            return Room.REST
        if wanted is Room.REST:
            return None
        reserve, most = self._reserves[wanted], RESERVED[wanted]
        free = reserve.allows(party, most) if wanted is Room.ENDING else reserve.under_way < most
        return wanted if free else None

    def _turn_away(self, wanted: Room, now: float) -> Reason:
        """Count a refusal, and return its reason."""
        if wanted is not Room.REST:
            self._reserved.inc()
            return Reason.RESERVED
        self._capacity.refuse(now)
        if self._capacity.under_way < self._capacity.limit:
            self._share.inc()
            return Reason.SHARE
        self._full.inc()
        return Reason.FULL
