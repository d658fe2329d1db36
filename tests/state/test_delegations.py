"""The delegations in the picture of an organization."""

from dataclasses import replace

from authz_core import object_of
from delegation.state.entities import Delegation, DelegationStatus
from delegation.state.organization import Organization

GIVEN = Delegation(
    id="dlg_1",
    user="anne",
    agent="planner",
    parent=None,
    resource=object_of("project", "apollo"),
    roles=frozenset({"project-editor"}),
    permissions=frozenset({"project:view"}),
    audiences=None,
    not_before=0,
    expires_at=9,
    depth=0,
    unattended=False,
    purpose="",
    consent={},
    status=DelegationStatus.ACTIVE,
    created_at=0,
    created_by="user:anne",
    ended_at=None,
    ended_by=None,
)


def test_a_delegation_is_found_between_those_it_names_now() -> None:
    """What follows the log finds a delegation where somebody who loads it anew does, whatever its row said before."""
    followed, loaded = Organization("acme"), Organization("acme")
    now = replace(GIVEN, agent="writer")
    for delegation in (GIVEN, now):
        followed.tables["delegations"].put(delegation.row())
    loaded.tables["delegations"].put(now.row())

    for agent in ("planner", "writer"):
        assert followed.delegations.between("anne", agent) == loaded.delegations.between("anne", agent)
    assert followed.delegations.between("anne", "writer") == (now,)
