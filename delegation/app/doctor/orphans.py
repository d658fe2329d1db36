"""Orphans: delegations and policies that go on although somebody they need is gone."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from delegation.app.doctor.findings import Finding, warning
from delegation.state.entities import DelegationStatus, Standing

Rows = Mapping[str, Sequence[Mapping[str, Any]]]


def orphans(organization: str, rows: Rows, agents: Mapping[str, str], users: Mapping[str, str]) -> Iterator[Finding]:
    """Yield what goes on in an organization without an agent, a member or an author.

    `agents` and `users` are what those are whom it names, by id: active, suspended or deleted.
    """
    members = {row["user"] for row in rows["memberships"]}
    admitted = {row["agent"] for row in rows["admitted_agents"]}
    for row in rows["delegations"]:
        gone = _gone(row, members, admitted) or _deleted(row, agents, users)
        if row["status"] != DelegationStatus.REVOKED and gone:
            text = f"`{row['id']}` of `{organization}` is {row['status']}, and {gone}"
            advice = f"delegation do revoke-delegation organization={organization} id={row['id']}"
            yield warning("delegations", text, advice)
    for row in rows["delegation_policies"]:
        if row["status"] == "active" and users.get(_name(row["author"])) == Standing.DELETED:
            advice = f"delegation do end-delegation-policy organization={organization} id={row['id']}"
            yield warning("policies", f"`{row['id']}` of `{organization}` has an author who was deleted", advice)


def _gone(row: Mapping[str, Any], members: set[str], admitted: set[str]) -> str:
    if row["user"] not in members:
        return f"its user `{row['user']}` is no member"
    return "" if row["agent"] in admitted else f"its agent `{row['agent']}` is not admitted"


def _deleted(row: Mapping[str, Any], agents: Mapping[str, str], users: Mapping[str, str]) -> str:
    if users.get(row["user"], Standing.ACTIVE) == Standing.DELETED:
        return f"its user `{row['user']}` was deleted"
    deleted = agents.get(row["agent"], Standing.DELETED) == Standing.DELETED
    return f"its agent `{row['agent']}` was deleted" if deleted else ""


def _name(author: str) -> str:
    return author.removeprefix("user:")
