"""What takes rights away: it has places of its own under overload, and what takes nothing but that, on a full disk.

The one table of it. A route that changes anything names its place in it, or does not exist (`web.describing`).
"""

from collections.abc import Mapping
from enum import Enum
from typing import Final

from delegation.audit import JSON, Record
from delegation.store import Unit


class Taking(Enum):
    """Whether something takes rights away."""

    NEVER = "never"
    """It gives, issues, or only asks."""
    PERHAPS = "perhaps"
    """It does or it gives, as the request has it: known when it is read, or when the change is drafted."""
    ALWAYS = "always"
    """It does, and gives nothing."""


_NEVER: Final = (
    "add-group-member",
    "appoint-administrator",
    "assign",
    "create-group",
    "create-organization",
    "create-resource",
    "create-user",
    "link-identity",
    "put-delegation-policy",  # One that is there does not change.
    "register-agent",
    "register-service",
    "resume-admission",
    "resume-delegation",
    "resume-delegation-policy",
)
_PERHAPS: Final = (
    "admit-agent",  # A ceiling may be lowered.
    "admit-service",  # It may be let follow no longer.
    "create-agent-credentials",  # Somebody else may have the old ones.
    "create-service-secret",
    "move-resource",
    "put-identity-provider",
    "put-membership",
    "put-organization-role",
    "put-permission",  # One of administration cannot be delegated.
    "put-relationship-model",
    "put-resource-type",
    "put-role",
    "set-agent-status",
    "set-service-status",
    "set-user-status",
    "write-relationships",
)
_ALWAYS: Final = (
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
)
TAKING: Final[Mapping[str, Taking]] = {
    **dict.fromkeys(_NEVER, Taking.NEVER),
    **dict.fromkeys(_PERHAPS, Taking.PERHAPS),
    **dict.fromkeys(_ALWAYS, Taking.ALWAYS),
}
"""Every command, and every action besides that takes rights away, as they stand in the log."""

ONLY_TAKES: Final = "only_takes"
"""What a record notes of a change that takes away and gives nothing, where another of the same name might give."""
_STANDING: Final[Mapping[str, tuple[str, frozenset[JSON]]]] = {
    "put-membership": ("active", frozenset({False})),
    "set-agent-status": ("status", frozenset({"suspended", "deleted"})),
    "set-service-status": ("status", frozenset({"suspended", "deleted"})),
    "set-user-status": ("status", frozenset({"suspended", "deleted"})),
}
"""Actions that give nothing when a detail of theirs has one of these values."""


def ends(unit: Unit) -> bool:
    """Return whether a unit takes rights away and does nothing else."""
    records = [change.record for change in unit.partitions] + list(unit.events)
    return bool(records) and all(map(_is_ending, records))


def _is_ending(record: Record) -> bool:
    match TAKING.get(record.action, Taking.NEVER):
        case Taking.NEVER:
            return False
        case Taking.ALWAYS:
            return True
        case Taking.PERHAPS:
            name, values = _STANDING.get(record.action, (ONLY_TAKES, frozenset({True})))
            return record.detail.get(name) in values
