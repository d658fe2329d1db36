"""What takes rights away and gives none: it may still be written when there is hardly any room left."""

from collections.abc import Mapping
from typing import Final

from delegation.audit import JSON, Record
from delegation.store import Unit

_ENDING: Final = frozenset(
    {
        "delegation.revoked",
        "delegation.stopped",
        "delegation.suspended",
        "delete-group",
        "delete-organization",
        "delete-organization-role",
        "delete-relationships",
        "delete-resource",
        "delete-role",
        "dismiss-administrator",
        "dismiss-agent",
        "dismiss-service",
        "end-delegation-policy",
        "remove-group-member",
        "remove-identity-provider",
        "remove-membership",
        "revoke-delegation",
        "suspend-admission",
        "suspend-delegation",
        "suspend-delegation-policy",
        "token.revoked",
        "unassign",
        "withdraw-key",
    }
)
"""Actions that do nothing else, as they stand in the log."""
_STANDING: Final[Mapping[str, tuple[str, frozenset[JSON]]]] = {
    "put-membership": ("active", frozenset({False})),
    "set-agent-status": ("status", frozenset({"suspended", "deleted"})),
    "set-service-status": ("status", frozenset({"suspended", "deleted"})),
    "set-user-status": ("status", frozenset({"suspended", "deleted"})),
}
"""Actions that do nothing else when a detail of theirs has one of these values."""


def ends(unit: Unit) -> bool:
    """Return whether a unit takes rights away and does nothing else."""
    records = [change.record for change in unit.partitions] + list(unit.events)
    return bool(records) and all(map(_is_ending, records))


def _is_ending(record: Record) -> bool:
    if record.action in _STANDING:
        name, values = _STANDING[record.action]
        return record.detail.get(name) in values
    return record.action in _ENDING
