"""Who is let in, who is turned away first, and what always has room."""

from collections.abc import Iterator

import pytest

from delegation.overload import Gate, Overloaded, Reason, Room, Rooms, Ticket
from delegation.overload.acquaintances import KEPT, Acquaintances
from delegation.overload.capacity import LEAST
from delegation.overload.rooms import RESERVED

ROOMS = Rooms(
    [
        ("POST", "/revoke"),
        ("POST", "/delegations/{id}/suspend"),
        ("DELETE", "/delegations/{id}"),
        ("DELETE", "/groups/{group}/members/{member:path}"),
        ("PATCH", "/agents/{id}"),
        ("PUT", "/roles/{slug}"),
    ]
)
ACME, RIVAL = b"Basic of acme", b"Basic of rival"


class Clock:
    """A clock that stands still until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def gate() -> Gate:
    """A gate for as few as there can be."""
    return Gate(LEAST, Clock(), ROOMS)


def let_in(gate: Gate, credentials: bytes = b"") -> Ticket:
    """Let one request for a token in."""
    ticket = gate.admit("POST", "/token", credentials)
    assert isinstance(ticket, Ticket)
    return ticket


def crowd(gate: Gate, credentials: bytes = b"") -> Iterator[Ticket]:
    """Let in as many as are let in."""
    while isinstance(ticket := gate.admit("POST", "/token", credentials), Ticket):
        yield ticket


def introduce(gate: Gate, credentials: bytes, organization: str) -> None:
    """Let somebody prove who it is."""
    ticket = let_in(gate, credentials)
    ticket.proven(f"agent of {organization}", organization)
    gate.leave(ticket)


@pytest.mark.threat("56")
def test_more_than_the_limit_are_turned_away(gate: Gate) -> None:
    """Of more than are allowed the rest is refused, and as soon as one is done another one is let in."""
    tickets = list(crowd(gate))
    assert 0 < len(tickets) <= gate.limit
    gate.leave(tickets[0])
    let_in(gate)


@pytest.mark.threat("57")
def test_the_noisy_leave_room_for_others(gate: Gate) -> None:
    """However much one organization asks, another that asks little is let in."""
    introduce(gate, ACME, "acme")
    introduce(gate, RIVAL, "rival")
    assert len(list(crowd(gate, ACME))) >= LEAST / 2
    assert gate.admit("POST", "/token", ACME) is Reason.SHARE
    for _ in range(5):
        let_in(gate, RIVAL)


@pytest.mark.threat("57")
def test_strangers_leave_room_for_who_is_known(gate: Gate) -> None:
    """However many come whom nobody knows, who has proved who it is is let in."""
    introduce(gate, ACME, "acme")
    list(crowd(gate, b"Basic of nobody"))
    let_in(gate, ACME)


@pytest.mark.threat("57")
def test_who_proves_by_assertion_waits_with_strangers(gate: Gate) -> None:
    """A client whose head has no credentials is not known again when it was verified: what it names proves nothing."""
    by_assertion = let_in(gate)
    by_assertion.proven("agent of acme", "acme")
    gate.leave(by_assertion)
    list(crowd(gate, b"Basic of nobody"))
    assert gate.admit("POST", "/token", b"") is Reason.SHARE


def test_a_name_is_no_proof(gate: Gate) -> None:
    """Whoever names an organization and proves nothing uses up nothing of its share."""
    introduce(gate, ACME, "acme")
    list(crowd(gate, ACME + b" with another secret"))
    assert sum(1 for _ in crowd(gate, ACME)) > 1


@pytest.mark.threat("57")
def test_who_is_recognized_late_is_refused_late(gate: Gate) -> None:
    """One whose head does not tell who it is, is refused when it is known that its organization has its share."""
    introduce(gate, ACME, "acme")
    list(crowd(gate, ACME))
    by_assertion = let_in(gate)
    with pytest.raises(Overloaded):
        by_assertion.proven("agent of acme", "acme")
    by_assertion.proven("agent of acme", "acme")  # It was told once; and counts for whom it is of.
    gate.leave(by_assertion)
    let_in(gate).proven("agent of rival", "rival")


def test_nothing_is_left_over(gate: Gate) -> None:
    """When all are gone nothing is counted any more, whoever they turned out to be."""
    for credentials in (ACME, b"", RIVAL):
        ticket = let_in(gate, credentials)
        ticket.proven("service", "acme")
        ticket.proven("service", "rival")
        gate.leave(ticket)
    assert gate.under_way == 0
    assert isinstance(gate.admit("POST", "/token", ACME), Ticket)


@pytest.mark.threat("56")
def test_taking_away_stops_last(gate: Gate) -> None:
    """While everything else is turned away, what ends rights is let in, and health is told."""
    introduce(gate, ACME, "acme")
    list(crowd(gate))
    list(crowd(gate, ACME))
    for _ in range(RESERVED[Room.ENDING] // 2):
        assert isinstance(gate.admit("POST", "/revoke", b""), Ticket)
    assert isinstance(gate.admit("DELETE", "/delegations/d1", ACME), Ticket)
    assert isinstance(gate.admit("GET", "/healthz", b""), Ticket)


def test_taking_away_has_all_room_where_nobody_else_asks() -> None:
    """As many rights are taken away at once as anything else is done."""
    gate = Gate(10 * LEAST, Clock(), ROOMS)
    for _ in range(2 * RESERVED[Room.ENDING]):
        assert isinstance(gate.admit("POST", "/delegations/d1/suspend", ACME), Ticket)


@pytest.mark.threat("57")
def test_strangers_do_not_use_up_what_is_kept_for_taking_away(gate: Gate) -> None:
    """However many strangers ask to end what there is not, who is known ends what is its own."""
    introduce(gate, ACME, "acme")
    while isinstance(gate.admit("POST", "/revoke", b""), Ticket):
        pass
    assert gate.admit("DELETE", "/delegations/d1", b"") is Reason.RESERVED
    assert isinstance(gate.admit("POST", "/revoke", ACME), Ticket)


@pytest.mark.threat("57")
def test_who_takes_away_is_not_refused_when_it_is_recognized(gate: Gate) -> None:
    """A crowd of an organization's agents does not keep its administrator from stopping them."""
    introduce(gate, ACME, "acme")
    list(crowd(gate, ACME))
    administrator = gate.admit("PATCH", "/agents/a", b"Bearer of anne")
    assert isinstance(administrator, Ticket)
    administrator.proven("anne", "acme")
    gate.leave(administrator)


def test_a_flood_of_revocations_keeps_nobody_else_out(gate: Gate) -> None:
    """Whoever floods with revocations uses up the share that it has, and no other's."""
    introduce(gate, ACME, "acme")
    for _ in range(10 * LEAST):
        gate.admit("POST", "/revoke", b"")
    let_in(gate, ACME)
    assert isinstance(gate.admit("GET", "/readyz", b""), Ticket)


def test_who_waits_to_be_ready_does_not_hide_that_it_lives(gate: Gate) -> None:
    """However many ask whether the process is ready, it is told whether it lives."""
    while isinstance(gate.admit("GET", "/readyz", b""), Ticket):
        pass
    assert isinstance(gate.admit("GET", "/healthz", b""), Ticket)


@pytest.mark.parametrize(
    ("method", "path", "room"),
    [
        ("POST", "/token", Room.REST),
        ("POST", "/revoke", Room.ENDING),
        ("POST", "/revoke/", Room.REST),
        ("POST", "/delegations/d1/suspend", Room.ENDING),
        ("POST", "/delegations/d1/x/suspend", Room.REST),
        ("DELETE", "/delegations/d1", Room.ENDING),
        ("DELETE", "/delegations/d1/more", Room.REST),
        ("DELETE", "/groups/g/members/group:b/c", Room.ENDING),
        ("DELETE", "/nothing", Room.REST),
        ("PATCH", "/agents/a", Room.ENDING),
        ("PATCH", "/agents/", Room.REST),
        ("PUT", "/roles/r", Room.ENDING),
        ("GET", "/roles/r", Room.REST),
        ("POST", "/healthz", Room.REST),
        ("GET", "/healthz", Room.LIFE),
        ("HEAD", "/readyz", Room.READINESS),
    ],
)
def test_rooms(method: str, path: str, room: Room) -> None:
    """Method and path alone say what room a request belongs to: a path that is no route's has none of its own."""
    assert ROOMS.of(method, path) is room


def test_acquaintances_are_bounded() -> None:
    """However many prove who they are, no more than so many are remembered, and the oldest is forgotten first."""
    known = Acquaintances()
    for number in range(KEPT + 10):
        known.remember(b"%d" % number, "agent", "acme")
    assert len(known) == KEPT
    assert known.party(b"0") is None
    assert known.party(b"%d" % KEPT) == "acme"


def test_a_client_of_several_organizations_is_a_party_of_its_own() -> None:
    """What a shared service is asked for one organization does not count for the other for ever."""
    known = Acquaintances()
    known.remember(ACME, "documents", "acme")
    known.remember(ACME, "documents", "rival")
    known.remember(ACME, "documents", "rival")
    assert known.party(ACME) == "documents"
    assert known.party(b"") is None
