"""Administrators' policies: when a delegation of theirs counts, and when one may be made (semantics: delegations)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest

from authz_core import Allowed, Object
from delegation.authority.chain import status_of
from delegation.authority.effective import Presented, decide, effective
from delegation.authority.policies import in_group, may_make
from delegation.authority.refusal import Refusal, Term
from delegation.state.entities import Delegation
from delegation.state.organization import Organization
from delegation.state.platform import Platform
from delegation.state.policies import DelegationPolicy, PolicyStatus
from delegation.state.user import User
from delegation.state.world import World

pytestmark = pytest.mark.semantics("4")

NOW = 1_000
EDIT, VIEW = "app:edit", "app:view"
EDITOR, VIEWER, RUNNER = "app-editor", "app-viewer", "app-runner"
APP = Object("app:store")


def platform() -> Platform:
    """Return a platform with one agent and roles on apps."""
    picture = Platform()
    for slug, parents in (("organization", []), ("app", ["organization"])):
        picture.tables["resource_types"].put({"slug": slug, "parents": parents, "delegable": True})
    for slug, administrative in ((EDIT, False), (VIEW, False), ("app:rule", True)):
        picture.tables["permissions"].put({"slug": slug, "type": "app", "administrative": administrative})
    for slug, permissions in ((EDITOR, [EDIT, VIEW]), (VIEWER, [VIEW]), (RUNNER, [EDIT, VIEW, "app:rule"])):
        picture.tables["roles"].put({"slug": slug, "type": "app", "permissions": permissions, "name": ""})
    picture.tables["agents"].put(
        {"id": "planner", "name": "", "status": "active", "jwks": None, "secret_hash": None, "created_at": 0}
    )
    return picture


def organization(author: str | None, member: str | None, status: str = "active") -> Organization:
    """Return an organization where anne is in eng and a policy of chief's lets the planner act; with their roles."""
    picture = Organization("acme")
    put = {name: table.put for name, table in picture.tables.items()}
    put["organizations"]({"id": "acme", "name": "", "status": "active"})
    put["resources"]({"resource": "organization:acme", "parent": None, "name": ""})
    put["resources"]({"resource": APP, "parent": "organization:acme", "name": ""})
    for user, role in (("chief", author), ("anne", member)):
        put["memberships"]({"user": user, "active": True})
        if role is not None:
            put["assignments"]({"principal": f"user:{user}", "role": role, "resource": APP})
    for group in ("eng", "leads"):
        put["groups"]({"id": group, "name": ""})
    put["group_members"]({"group": "eng", "member": "user:anne"})
    put["admitted_agents"]({"agent": "planner", "ceiling": None})
    put["delegation_policies"](policy(status).row())
    put["delegations"](made().row())
    return picture


def policy(status: str = "active", until: int | None = None) -> DelegationPolicy:
    """Return chief's policy."""
    return DelegationPolicy(
        id="p",
        group="eng",
        agent="planner",
        resource=APP,
        roles=frozenset({EDITOR}),
        permissions=frozenset({EDIT, VIEW}),
        audiences=None,
        lifetime=100,
        until=until,
        depth=0,
        unattended=False,
        budget=None,
        purpose="",
        author="chief",
        status=PolicyStatus(status),
        created_at=0,
        ended_at=None,
        ended_by=None,
    )


def made(id: str = "dlg_p", **changed: Any) -> Delegation:
    """Return the delegation that the policy made for anne."""
    row = {
        "id": id,
        "user": "anne",
        "agent": "planner",
        "parent": None,
        "resource": APP,
        "roles": [EDITOR],
        "permissions": [EDIT, VIEW],
        "audiences": None,
        "not_before": 0,
        "expires_at": NOW + 100,
        "depth": 0,
        "unattended": False,
        "purpose": "",
        "consent": {"by": "policy", "policy": "p", "author": "chief"},
        "status": "active",
        "created_at": 0,
        "created_by": "policy:p",
        "ended_at": None,
        "ended_by": None,
    }
    return Delegation.of({**row, **changed})


def world(here: Organization, absent: str | None = None) -> World:
    """Return the world of an organization with the people who are seen."""
    above, users = platform(), {}
    for name in ("anne", "chief"):
        users[name] = User(name)
        users[name].tables["users"].put({"id": name, "name": "", "status": "suspended" if name == absent else "active"})
    return World(above, here, users, here.model(above.model), datetime.fromtimestamp(NOW, UTC))


def bearer() -> Presented:
    """Return what the planner presents that asked for everything."""
    return Presented("anne", "planner", "dlg_p", (), frozenset(), 0, NOW + 100)


ROLES = (None, VIEWER, EDITOR, RUNNER)
GIVEN = {None: frozenset[str](), VIEWER: {VIEW}, EDITOR: {EDIT, VIEW}, RUNNER: {EDIT, VIEW, "app:rule"}}


@pytest.mark.threat("17")
@pytest.mark.threat("I1")
@pytest.mark.parametrize(("author", "member"), [*product(ROLES, ROLES)])
def test_it_is_what_author_and_member_both_may(author: str | None, member: str | None) -> None:
    """Whatever roles the two hold, what counts is in both their rights and in the policy, and never administration."""
    seen = world(organization(author, member))
    both = GIVEN[author] & GIVEN[member] & {EDIT, VIEW}
    assert effective(seen, bearer(), frozenset({EDIT, VIEW, "app:rule"}), APP, NOW) == both
    for permission in (EDIT, VIEW, "app:rule"):
        assert isinstance(decide(seen, bearer(), permission, APP, NOW), Allowed) is (permission in both)


def test_a_denial_names_the_author() -> None:
    """When the author's rights are what is missing, the answer says so and names the delegation."""
    refusal = decide(world(organization(VIEWER, EDITOR)), bearer(), EDIT, APP, NOW)
    assert isinstance(refusal, Refusal)
    assert (refusal.term, refusal.reason, refusal.delegation, refusal.hop) == (Term.DELEGATION, "author", "dlg_p", 1)


@pytest.mark.threat("5")
def test_an_author_who_is_not_there_gives_nothing() -> None:
    """A suspended author, and one who is not seen at all, bounds it to nothing."""
    seen = world(organization(EDITOR, EDITOR), absent="chief")
    assert not effective(seen, bearer(), frozenset({VIEW}), APP, NOW)
    unseen = replace(seen, users={"anne": seen.users["anne"]})
    assert not effective(unseen, bearer(), frozenset({VIEW}), APP, NOW)


@pytest.mark.parametrize(
    ("status", "reason", "shown"),
    [
        ("active", None, "active"),
        ("suspended", "policy_suspended", "dormant"),
        ("ended", "policy_ended", "revoked"),
    ],
)
def test_it_counts_while_its_policy_does(status: str, reason: str | None, shown: str) -> None:
    """A suspended policy makes its delegations dormant, and one that has ended leaves them dead."""
    seen = world(organization(EDITOR, EDITOR, status))
    answer = decide(seen, bearer(), VIEW, APP, NOW)
    assert (answer.reason if isinstance(answer, Refusal) else None) == reason
    assert status_of(seen, seen.organization.delegations["dlg_p"], NOW) == shown


@pytest.mark.parametrize(("until", "counts"), [(None, True), (NOW + 1, True), (NOW, False), (NOW - 1, False)])
def test_it_counts_until_its_policy_is_over(until: int | None, *, counts: bool) -> None:
    """Also a delegation that says it lasts longer lets nothing through once the time of its policy is over."""
    here = organization(EDITOR, EDITOR)
    here.tables["delegation_policies"].put(policy(until=until).row())
    assert bool(effective(world(here), bearer(), frozenset({VIEW}), APP, NOW)) is counts


def test_without_its_policy_it_is_dead() -> None:
    """A delegation whose policy is not there at all counts for nothing."""
    here = organization(EDITOR, EDITOR)
    here.policies.clear()
    assert isinstance(decide(world(here), bearer(), VIEW, APP, NOW), Refusal)


def test_a_group_is_entered_through_groups() -> None:
    """Who is in a group that is in the group is in it; circles end, and another group is another group."""
    here = organization(EDITOR, EDITOR)
    members = here.tables["group_members"]
    seen = world(here)
    assert (in_group(seen, "anne", "eng"), in_group(seen, "anne", "leads")) == (True, False)
    members.put({"group": "leads", "member": "group:eng#member"})
    members.put({"group": "eng", "member": "group:leads#member"})
    assert in_group(seen, "anne", "leads")
    assert not in_group(seen, "chief", "leads")
    members.remove({"group": "eng", "member": "user:anne"})
    assert not in_group(seen, "anne", "leads")


def histories() -> Iterator[tuple[list[Delegation], bool]]:
    """Yield what an agent has held, and whether the policy may make another."""
    by_hand: dict[str, Any] = {"consent": {"by": "api"}, "created_by": "user:anne"}
    by_anne, by_chief = {"status": "revoked", "ended_by": "user:anne"}, {"status": "revoked", "ended_by": "user:chief"}
    yield [], True
    yield [made()], False
    yield [made(expires_at=NOW)], True
    yield [made(expires_at=NOW, **by_chief)], False
    yield [made(**by_anne)], False
    yield [made(status="suspended", ended_by="user:anne")], False
    yield [made(consent={"by": "policy", "policy": "q", "author": "chief"})], True
    yield [made(**by_hand)], True
    yield [made(**by_hand, **by_anne)], False
    yield [made(**by_hand, **by_chief)], True
    yield [made(**by_hand, status="suspended", ended_by="user:anne")], False
    yield [made(expires_at=NOW), made("dlg_2", **by_hand, **by_anne)], False


@pytest.mark.threat("5")
@pytest.mark.parametrize(("held", "may"), list(histories()))
def test_what_was_ended_is_not_made_again(held: list[Delegation], *, may: bool) -> None:
    """A policy makes one where none of its own stands or was ended, and the user has not said no to the agent."""
    assert may_make(policy(), "anne", held, NOW) is may
