"""What may still be written when there is hardly any room: that which takes rights away and gives none."""

import pytest

from delegation.audit import JSON, Record
from delegation.directory import commands
from delegation.directory.ending import _STANDING, ONLY_TAKES, TAKING, Taking, ends
from delegation.store import Claim, PartitionChange, Unit
from tests.clock import NOON

pytestmark = pytest.mark.threat("54")

OF_THE_LOG = {"delegation.revoked", "delegation.stopped", "delegation.suspended", "token.revoked", "withdraw-key"}
"""Actions that are no commands."""


def unit(action: str, **detail: JSON) -> Unit:
    """Return a unit with one change."""
    record = Record(NOON, action, "changed", "user:anne", "acme", detail)
    return Unit(partitions=(PartitionChange("org:acme", 1, record, ()),))


@pytest.mark.parametrize("action", sorted(action for action, taking in TAKING.items() if taking is Taking.ALWAYS))
def test_what_takes_away_may_use_the_reserve(action: str) -> None:
    """Revoking, suspending, deleting and taking away are let through."""
    assert ends(unit(action))


GIVING = sorted(action for action, taking in TAKING.items() if taking is not Taking.ALWAYS)


@pytest.mark.parametrize("action", ["delegation.created", "delegation.resumed", "token.issued", *GIVING])
def test_what_gives_may_not(action: str) -> None:
    """Whatever gives a right, or a token, waits for room."""
    assert not ends(unit(action))


@pytest.mark.parametrize(
    ("action", "detail", "is_ending"),
    [
        ("put-membership", {"active": False}, True),
        ("put-membership", {"active": True}, False),
        ("set-agent-status", {"status": "suspended"}, True),
        ("set-agent-status", {"status": "active"}, False),
        ("set-user-status", {"status": "deleted"}, True),
        ("set-service-status", {}, False),
    ],
)
def test_a_change_of_standing_depends_on_the_standing(action: str, detail: dict[str, JSON], *, is_ending: bool) -> None:
    """To suspend somebody is let through, to bring somebody back is not."""
    assert ends(unit(action, **detail)) is is_ending


def test_all_of_a_unit_has_to_take_away() -> None:
    """A unit that also gives something, or of which nothing is known, waits for room."""
    revoked, created = unit("delegation.revoked"), unit("delegation.created")
    assert not ends(Unit(partitions=revoked.partitions + created.partitions))
    assert not ends(Unit(claims=(Claim("jti", "k", None),)))
    assert not ends(Unit())


def test_a_record_alone_counts_as_well() -> None:
    """An agent that gives up a single token leaves a record and changes nothing."""
    record = Record(NOON, "token.revoked", "changed", "agent:planner", "acme", {})
    assert ends(Unit(events=(record,)))


@pytest.mark.parametrize("action", ["put-role", "put-organization-role", "admit-agent"])
def test_what_is_replaced_by_less_takes_away(action: str) -> None:
    """What may give or take is let through where the command has noted that it takes and gives nothing."""
    assert ends(unit(action, **{ONLY_TAKES: True}))
    assert not ends(unit(action, **{ONLY_TAKES: False}))


def test_a_note_does_not_make_giving_taking() -> None:
    """What only gives is not let through, whatever its record notes."""
    assert not ends(unit("assign", **{ONLY_TAKES: True}))
    assert not ends(unit("set-user-status", status="active", **{ONLY_TAKES: True}))


def test_every_command_says_whether_it_takes_away() -> None:
    """Each command stands in the table, and each name there is that of a command or of an action in the log."""
    assert set(TAKING) - OF_THE_LOG == set(commands.COMMANDS)
    assert _STANDING.keys() <= {action for action, taking in TAKING.items() if taking is Taking.PERHAPS}
