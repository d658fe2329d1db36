"""What the log tells of consequences, and what it never tells."""

import pytest

from delegation.directory.ending import ONLY_TAKES
from delegation.tokens import hash_secret
from tests.directory.log import Record, found, last, records
from tests.end_to_end.deployment import JSON
from tests.end_to_end.tenant import Tenant

ZEUS: JSON = {"resource": "project:zeus", "roles": ["project-viewer"]}
APOLLO: JSON = {"resource": "project:apollo", "roles": ["project-viewer"]}
GIVEN = "a secret that somebody chose, long enough"


def recorded(tenant: Tenant) -> Record:
    """Return the detail of the newest record of the organization."""
    detail: Record = last(tenant.house, f"org:{tenant.id}")["detail"]
    return detail


def granted(tenant: Tenant, **changed: str | list[str]) -> str:
    """Return the id of a delegation that anne has just granted."""
    return str(tenant.grant(**changed)["id"])


@pytest.mark.semantics("4")
def test_the_record_of_a_move_names_the_delegations_whose_reach_changed(tenant: Tenant) -> None:
    """A move names what reached the resource from above and does no more, and what newly does; not what is revoked."""
    tenant.assign(f"user:{tenant.anne}", "workspace-member", "workspace:sales")
    above = granted(tenant, resource="workspace:design", roles=["workspace-member"])
    beside = granted(tenant, resource="workspace:sales", roles=["workspace-member"])
    dead = granted(tenant, resource="workspace:sales", roles=["workspace-member"])
    tenant.hand(tenant.anne, "DELETE", dead)
    granted(tenant, resource="project:apollo")
    answer = tenant.move("project:apollo", "workspace:sales")
    assert (answer["reach_shrank"], answer["reach_grew"]) == ([above], [beside])
    assert recorded(tenant) == {
        "resource": "project:apollo",
        "parent": "workspace:sales",
        "reach_shrank": [above],
        "reach_grew": [beside],
    }


def test_a_move_to_the_same_place_changes_nobodys_reach(tenant: Tenant) -> None:
    """A resource that stays where it is names no delegation."""
    granted(tenant, resource="workspace:design", roles=["workspace-member"])
    answer = tenant.move("project:apollo", "workspace:design")
    assert (answer["reach_shrank"], answer["reach_grew"]) == ([], [])


@pytest.mark.semantics("4")
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/memberships/{anne}"),
        ("DELETE", "/agents/{planner}"),
        ("DELETE", "/resources/project:apollo?cascade=true"),
        ("DELETE", "/resources/workspace:design?cascade=true"),
        ("DELETE", "/roles/org-editor"),
        ("DELETE", ""),
    ],
)
def test_the_record_of_an_ending_names_what_it_revoked(tenant: Tenant, method: str, path: str) -> None:
    """An ending names, in its answer and its record, the delegations it revoked, and those alone."""
    tenant.role("org-editor", "project", "document:edit")
    first, second = (granted(tenant, roles=["org-editor"]) for _ in range(2))
    tenant.hand(tenant.anne, "DELETE", granted(tenant, roles=["org-editor"]))
    answer = tenant.must(method, path.format(anne=tenant.anne, planner=tenant.planner.id))
    assert answer["revoked"] == recorded(tenant)["revoked"] == [first, second]
    select = "SELECT id, ended_by FROM delegations WHERE partition = :here"
    ended = found(tenant.house, select, here=f"org:{tenant.id}")
    assert {id for id, by in ended if by == "administrator:bootstrap"} == {first, second}


def test_what_people_do_by_their_own_hand_is_recorded_under_their_name(tenant: Tenant) -> None:
    """A grant and its end are records of the organization whose actor is the person."""
    id = granted(tenant)
    tenant.hand(tenant.anne, "DELETE", id)
    told = [
        (r["action"], r["actor"], r["detail"]["delegation"]) for r in records(tenant.house, f"org:{tenant.id}")[-2:]
    ]
    actor = f"user:{tenant.anne}"
    assert told == [("delegation.created", actor, id), ("delegation.revoked", actor, id)]


@pytest.mark.parametrize(
    ("route", "select"),
    [
        ("/agents", "SELECT secret_hash FROM agents WHERE id = :name"),
        ("/services", "SELECT secret_hash FROM services WHERE id = :name"),
    ],
)
@pytest.mark.parametrize("secret", [GIVEN, True])
def test_a_secret_is_told_once_or_never_and_kept_as_a_hash(
    tenant: Tenant, route: str, select: str, *, secret: str | bool
) -> None:
    """A generated secret is in one answer, a chosen one in none; the database holds its hash, the log nothing."""
    name = tenant.own("holder")
    audience: JSON = {"audience": f"https://{name}.example"} if route == "/services" else {}
    answer = tenant.house.must("POST", route, {"id": name, "secret": secret, **audience})
    assert ("client_secret" in answer) is (secret is True)
    known = str(answer.get("client_secret", secret))
    assert found(tenant.house, select, name=name) == [(hash_secret(known),)]
    assert "secret" not in last(tenant.house, "platform")["detail"]
    assert found(tenant.house, "SELECT count(*) FROM log WHERE replace(body, :it, '') <> body", it=known) == [(0,)]


def test_generated_secrets_differ(tenant: Tenant) -> None:
    """Two secrets made by the service are never alike, and are long."""
    bodies = [{"id": tenant.own(f"a{number}"), "secret": True} for number in range(2)]
    one, other = (tenant.house.must("POST", "/agents", body)["client_secret"] for body in bodies)
    assert one != other
    assert len(one) > 40


@pytest.mark.threat("54")
@pytest.mark.parametrize(
    ("permissions", "takes"),
    [(["project:view"], True), (["project:view", "project:edit"], False), (["project:view", "app:view"], False)],
)
def test_the_record_of_a_role_says_whether_it_only_lost(tenant: Tenant, permissions: list[str], *, takes: bool) -> None:
    """A role with some of its permissions and no others is noted as taking away; the same or others are not."""
    role = {"type": "project", "permissions": ["project:view", "project:edit"]}
    tenant.must("PUT", "/roles/org-reviewer", role)
    assert ONLY_TAKES not in recorded(tenant)
    tenant.must("PUT", "/roles/org-reviewer", {**role, "permissions": permissions})
    assert recorded(tenant).get(ONLY_TAKES, False) is takes


@pytest.mark.threat("54")
@pytest.mark.parametrize(
    ("before", "after", "takes"),
    [
        ("none", [ZEUS], True),
        ([ZEUS, APOLLO], [ZEUS], True),
        ([ZEUS], [], True),
        ([ZEUS], [ZEUS], False),
        ([ZEUS], [APOLLO], False),
        ([ZEUS], "none", False),
    ],
)
def test_the_record_of_a_ceiling_says_whether_it_was_only_lowered(
    tenant: Tenant, before: str | list[JSON], after: str | list[JSON], *, takes: bool
) -> None:
    """A ceiling that lost some of its alternatives and got no others is noted as taking away."""
    tenant.admit(tenant.planner, before)
    tenant.admit(tenant.planner, after)
    assert recorded(tenant).get(ONLY_TAKES, False) is takes
