"""Records: who did what to what, when, and how it ended."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from delegation.audit.canonical import JSON
from delegation.audit.errors import InvalidRecord

Outcome: TypeAlias = Literal["changed", "issued", "refused"]
"""How what is recorded ended."""


@dataclass(frozen=True, slots=True)
class Record:
    """One thing that happened, told once. Secrets enter it only as keyed hashes."""

    at: datetime
    """Aware, in UTC."""
    action: str
    """What was done or tried, such as `delegation.created` or `token.refused`."""
    outcome: Outcome
    actor: str
    """Who did it, such as `user:anne`, `agent:planner` or `command-line`."""
    organization: str | None
    detail: Mapping[str, JSON]

    def __post_init__(self) -> None:
        """Refuse a time that is not in UTC. Raises InvalidRecord."""
        if self.at.utcoffset() != timedelta(0):
            raise InvalidRecord(f"the time of `{self.action}` is not in UTC")

    def document(self) -> dict[str, JSON]:
        """Return the record as it stands in the body of its entry."""
        return {
            "at": f"{self.at.replace(tzinfo=None).isoformat(timespec='microseconds')}Z",  # it is in UTC
            "action": self.action,
            "outcome": self.outcome,
            "actor": self.actor,
            "organization": self.organization,
            "detail": self.detail,
        }


def time_in(body: str) -> datetime | None:
    """Return the time of the record in the body of an entry; None where it holds none that tells its time."""
    try:
        time = datetime.fromisoformat(json.loads(body)["at"])
    except (ValueError, TypeError, KeyError):
        return None
    return time if time.utcoffset() == timedelta(0) else None
