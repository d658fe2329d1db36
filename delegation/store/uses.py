"""Uses: how much of a delegation's budget is used, and when the delegation was last used, for people to see."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection, bindparam, select

from delegation.store.tables import LAST_USES, SPENT

_SPENT: Final = select(SPENT).where(SPENT.c.delegation.in_(bindparam("delegations", expanding=True)))

_LAST: Final = select(LAST_USES).where(LAST_USES.c.delegation.in_(bindparam("delegations", expanding=True)))


@dataclass(frozen=True, slots=True)
class Usage:
    """What is known of the uses of one delegation."""

    spent: Mapping[str, int] = field(default_factory=dict)
    """How much was used of each kind that has a limit."""
    last: int | None = None
    """When it was last used, in epoch seconds; None when that is not known."""


def usage(connection: Connection, delegations: Collection[str]) -> dict[str, Usage]:
    """Return what is known of the uses of each delegation named."""
    asked = {"delegations": [*delegations]}
    spent: dict[str, dict[str, int]] = {}
    for row in connection.execute(_SPENT, asked):
        spent.setdefault(row.delegation, {})[row.kind] = row.used
    last = {row.delegation: row.at for row in connection.execute(_LAST, asked)}
    return {id: Usage(spent.get(id, {}), last.get(id)) for id in delegations}
