"""Orphans: delegations and policies that are on record as going on although somebody they need is gone.

None of them is in force: that is worked out at every use. But each such row should have ended with whom it needs.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from delegation.app.doctor.findings import Finding, warning
from delegation.state.entities import DelegationStatus

Rows = Mapping[str, Sequence[Mapping[str, Any]]]


def orphans(organization: str, rows: Rows, deleted: Collection[str], now: int) -> Iterator[Finding]:
    """Yield what goes on in an organization without its user, agent or author; `deleted` are users. Epoch seconds."""
    members = {row["user"] for row in rows["memberships"]}
    admitted = {row["agent"] for row in rows["admitted_agents"]}
    for row in rows["delegations"]:
        is_over = row["status"] == DelegationStatus.REVOKED or row["expires_at"] <= now
        gone = "" if is_over else _gone(row, members, admitted)
        if gone:
            advice = f"delegation do revoke-delegation organization={organization} id={row['id']}"
            yield warning("delegations", f"`{row['id']}` of `{organization}` is {row['status']}, and {gone}", advice)
    for row in rows["delegation_policies"]:
        if row["status"] == "active" and row["author"].removeprefix("user:") in deleted:
            advice = f"delegation do end-delegation-policy organization={organization} id={row['id']}"
            yield warning("policies", f"`{row['id']}` of `{organization}` has an author who was deleted", advice)


def _gone(row: Mapping[str, Any], members: Collection[str], admitted: Collection[str]) -> str:
    if row["user"] not in members:
        return f"its user `{row['user']}` is no member"
    return "" if row["agent"] in admitted else f"its agent `{row['agent']}` is not admitted"
