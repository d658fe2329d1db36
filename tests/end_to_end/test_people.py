"""People's rights: what a person may do follows from roles, groups and the tree (semantics: people's rights)."""

import pytest

from tests.end_to_end.deployment import JSON
from tests.end_to_end.tenant import APOLLO, Tenant

pytestmark = pytest.mark.semantics("2")


@pytest.fixture
def guild(tenant: Tenant) -> Tenant:
    """Bob is in studio, studio is in guild, and guild holds project-editor on apollo."""
    for group in ("studio", "guild"):
        tenant.must("POST", "/groups", {"id": group})
    tenant.must("PUT", f"/groups/studio/members/user:{tenant.bob}")
    tenant.must("PUT", "/groups/guild/members/group:studio#member")
    tenant.assign("group:guild#member", "project-editor", APOLLO)
    return tenant


@pytest.mark.parametrize("resource", ["workspace:design", APOLLO, "project:zeus", "app:storefront", "app:backoffice"])
def test_a_role_counts_where_it_is_held_and_beneath(settled: Tenant, resource: str) -> None:
    """A role gives each permission it contains on the resource it is held on and on all beneath it."""
    assert settled.person_may(settled.anne, "document:edit", resource)
    assert not settled.person_may(settled.anne, "app:deploy", resource)


@pytest.mark.parametrize("resource", ["workspace:sales", "project:forecast", "app:ledger"])
def test_nothing_flows_sideways(settled: Tenant, resource: str) -> None:
    """A role in one workspace means nothing in another."""
    assert not settled.person_may(settled.anne, "project:view", resource)


@pytest.mark.parametrize("resource", [APOLLO, "workspace:design", "app:backoffice"])
def test_nothing_flows_up(tenant: Tenant, resource: str) -> None:
    """A role on an app means nothing above the app or beside it."""
    tenant.assign(f"user:{tenant.bob}", "app-viewer", "app:storefront")
    assert tenant.person_may(tenant.bob, "app:view", "app:storefront")
    assert not tenant.person_may(tenant.bob, "app:view", resource)


def test_nothing_lower_in_the_tree_takes_away(tenant: Tenant) -> None:
    """Roles add up: a lesser role further down leaves what is held above."""
    tenant.assign(f"user:{tenant.anne}", "project-viewer", APOLLO)
    tenant.assign(f"user:{tenant.anne}", "app-viewer", "app:storefront")
    assert tenant.person_may(tenant.anne, "document:delete", "app:storefront")
    tenant.unassign(f"user:{tenant.anne}", "workspace-member", "workspace:design")
    assert not tenant.person_may(tenant.anne, "document:delete", "app:storefront")
    assert tenant.person_may(tenant.anne, "document:view", "app:storefront")


def test_default_is_deny(settled: Tenant) -> None:
    """Whoever holds nothing may do nothing."""
    assert not settled.person_may(settled.bob, "project:view", APOLLO)


@pytest.mark.threat("I3")
@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("document:fold", "app:storefront"),
        ("document:edit", "app:nowhere"),
        ("document:edit", "planet:mars"),
        ("document:edit", "user:anne"),
        ("workspace-member", "workspace:design"),
        ("parent", "app:storefront"),
        ("", "app:storefront"),
    ],
)
def test_what_is_unknown_denies(settled: Tenant, action: str, resource: str) -> None:
    """An unknown permission, resource or type, a role and a structural relation are no permission anybody has."""
    (type_, _, id_), service = resource.partition(":"), settled.documents
    question = {
        "subject": {"type": "user", "id": settled.anne},
        "action": {"name": action},
        "resource": {"type": type_, "id": id_, "properties": {"organization": settled.id}},
    }
    answer = settled.house.http.post("/access/v1/evaluation", json=question, auth=(service.id, service.secret))
    assert answer.json().get("decision", False) is False


@pytest.mark.threat("I3")
def test_missing_data_denies_with_a_reason_of_its_own(settled: Tenant) -> None:
    """A denial for want of a role, of a resource, of a permission and of a membership are told apart."""
    questions = (
        ("app:deploy", "storefront", settled.anne),
        ("app:view", "nowhere", settled.anne),
        ("app:fold", "storefront", settled.anne),
        ("app:view", "storefront", "stranger"),
    )
    reasons = set()
    for action, app, user in questions:
        question = {
            "subject": {"type": "user", "id": user},
            "action": {"name": action},
            "resource": {"type": "app", "id": app, "properties": {"organization": settled.id}},
        }
        service = settled.documents
        answer = settled.house.http.post("/access/v1/evaluation", json=question, auth=(service.id, service.secret))
        reasons.add(answer.json()["context"]["reason"])
    assert len(reasons) == 4


def test_groups_nest(guild: Tenant) -> None:
    """Whoever is in a group that is in a group has what the outer group holds."""
    assert guild.person_may(guild.bob, "document:edit", "app:storefront")
    assert not guild.person_may(guild.bob, "document:delete", "app:storefront")
    assert not guild.person_may(guild.bob, "document:edit", "app:backoffice")


@pytest.mark.threat("4")
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/groups/studio/members/user:{bob}"),
        ("DELETE", "/groups/guild/members/group:studio#member"),
        ("DELETE", "/groups/studio"),
        ("DELETE", "/groups/guild"),
        ("DELETE", "/assignments?principal=group:guild#member&role=project-editor&resource=project:apollo"),
    ],
)
def test_a_broken_link_of_groups_takes_the_right_away(guild: Tenant, method: str, path: str) -> None:
    """A right through groups is lost at once when any link of the way to it is cut."""
    guild.must(method, path.format(bob=guild.bob))
    assert not guild.person_may(guild.bob, "document:edit", "app:storefront")


@pytest.mark.threat("10")
def test_groups_that_contain_each_other_give_no_more_than_they_hold(guild: Tenant) -> None:
    """A circle of groups is answered, and gives its members just what its groups hold."""
    refused = guild.manage("PUT", "/groups/guild/members/group:guild#member").status_code
    assert refused in {400, 409, 422}
    guild.manage("PUT", "/groups/studio/members/group:guild#member")
    assert guild.person_may(guild.bob, "document:edit", "app:storefront")
    assert not guild.person_may(guild.bob, "document:delete", "app:storefront")


def test_everyone_is_no_principal(tenant: Tenant) -> None:
    """Roles on the tree are for users, agents and groups; nobody can give one to everyone."""
    where = f"/assignments?principal=user:*&role=project-editor&resource={APOLLO}"
    assert tenant.manage("PUT", where).status_code in {400, 404, 422}
    assert not tenant.person_may(tenant.bob, "document:edit", "app:storefront")


@pytest.mark.threat("5")
def test_who_is_no_active_member_may_nothing(tenant: Tenant) -> None:
    """An inactive membership, a suspended account and no membership each leave no right."""
    assert tenant.person_may(tenant.anne, "project:view", APOLLO)
    tenant.must("PUT", f"/memberships/{tenant.anne}", {"active": False})
    assert not tenant.person_may(tenant.anne, "project:view", APOLLO)
    tenant.must("PUT", f"/memberships/{tenant.anne}")
    assert tenant.person_may(tenant.anne, "project:view", APOLLO)
    tenant.house.must("PATCH", f"/users/{tenant.anne}", {"status": "suspended"})
    assert not tenant.person_may(tenant.anne, "project:view", APOLLO)
    tenant.house.must("PATCH", f"/users/{tenant.anne}", {"status": "active"})
    assert tenant.person_may(tenant.anne, "project:view", APOLLO)
    tenant.must("DELETE", f"/memberships/{tenant.anne}")
    assert not tenant.person_may(tenant.anne, "project:view", APOLLO)


def test_membership_alone_brings_back_no_role(tenant: Tenant) -> None:
    """Roles and groups that went with a membership do not come back with a new one."""
    tenant.must("DELETE", f"/memberships/{tenant.anne}")
    tenant.must("PUT", f"/memberships/{tenant.anne}")
    assert not tenant.person_may(tenant.anne, "project:view", APOLLO)


def test_an_edited_role_counts_as_it_is_now(tenant: Tenant) -> None:
    """People have what their role contains at the moment: more when it grows, less when it shrinks."""
    tenant.role("org-painter", "project", "project:view")
    tenant.assign(f"user:{tenant.bob}", "org-painter", APOLLO)
    assert not tenant.person_may(tenant.bob, "document:edit", APOLLO)
    tenant.role("org-painter", "project", "project:view", "document:edit")
    assert tenant.person_may(tenant.bob, "document:edit", APOLLO)
    tenant.role("org-painter", "project", "project:view")
    assert not tenant.person_may(tenant.bob, "document:edit", APOLLO)


@pytest.mark.parametrize(
    "body",
    [
        {"type": "project", "permissions": ["workspace:view"]},
        {"type": "app", "permissions": ["project:view"]},
        {"type": "project", "permissions": ["project:fold"]},
        {"type": "galaxy", "permissions": []},
    ],
)
def test_a_role_contains_permissions_of_its_type_and_of_types_beneath(settled: Tenant, body: JSON) -> None:
    """A role with a permission of a type above or beside, or of none, is refused."""
    assert settled.manage("PUT", "/roles/org-odd", body).status_code == 422


@pytest.mark.parametrize("principal", ["user:{bob}", "group:guild#member", "agent:{planner}"])
def test_a_role_is_assigned_on_its_own_type_alone(guild: Tenant, principal: str) -> None:
    """A role of one type cannot be held on a resource of another, by whomever."""
    who = principal.format(bob=guild.bob, planner=guild.planner.id)
    for role, resource in (("project-editor", "app:storefront"), ("project-editor", "workspace:design")):
        answer = guild.manage("PUT", f"/assignments?principal={who}&role={role}&resource={resource}")
        assert answer.status_code == 422


def test_a_role_of_one_organization_is_unknown_in_another(tenant: Tenant) -> None:
    """An organization role cannot be assigned outside its organization."""
    tenant.role("org-painter", "project", "project:view")
    tenant.house.must("POST", "/organizations", {"id": tenant.own("elsewhere")})
    where = f"/organizations/{tenant.own('elsewhere')}/assignments"
    who = f"principal=user:{tenant.bob}&role=org-painter&resource=organization:{tenant.own('elsewhere')}"
    assert tenant.house.manage("PUT", f"{where}?{who}").status_code == 404


@pytest.mark.threat("17")
def test_nobody_gives_away_what_is_not_held(guild: Tenant) -> None:
    """Who administers an organization cannot assign, define or lend by group what exceeds the own rights."""
    guild.role("org-steward", "organization", "organization:administer", "project:view")
    guild.assign(f"user:{guild.anne}", "org-steward", f"organization:{guild.id}")
    guild.unassign(f"user:{guild.anne}", "workspace-member", "workspace:design")
    steward = guild.house.user_token(guild.anne, audience=f"{guild.house.issuer}/management")
    refused: tuple[tuple[str, JSON | None], ...] = (
        (f"/assignments?principal=user:{guild.anne}&role=project-editor&resource={APOLLO}", None),
        (f"/assignments?principal=user:{guild.bob}&role=workspace-admin&resource=workspace:design", None),
        ("/roles/org-mine", {"type": "project", "permissions": ["project:view", "document:edit"]}),
        ("/roles/org-steward", {"type": "organization", "permissions": ["organization:administer", "app:deploy"]}),
        (f"/groups/guild/members/user:{guild.anne}", None),
        (f"/groups/studio/members/user:{guild.anne}", None),
    )
    for path, body in refused:
        assert guild.manage("PUT", path, body, bearer=steward).status_code == 403, path
    assert not guild.person_may(guild.anne, "document:edit", "app:storefront")
    allowed = guild.manage(
        "PUT", "/roles/org-eye", {"type": "project", "permissions": ["project:view"]}, bearer=steward
    )
    assert allowed.status_code == 200


def test_an_agent_may_hold_roles_of_its_own(tenant: Tenant) -> None:
    """An agent's own roles say what it may do by itself while it is active and admitted."""
    agent = f"agent:{tenant.planner.id}"
    assert not tenant.principal_may(agent, "document:edit", "app:storefront")
    tenant.assign(agent, "project-editor", APOLLO)
    assert tenant.principal_may(agent, "document:edit", "app:storefront")
    tenant.house.must("PATCH", f"/agents/{tenant.planner.id}", {"status": "suspended"})
    assert not tenant.principal_may(agent, "document:edit", "app:storefront")
    tenant.house.must("PATCH", f"/agents/{tenant.planner.id}", {"status": "active"})
    tenant.must("DELETE", f"/agents/{tenant.planner.id}")
    assert not tenant.principal_may(agent, "document:edit", "app:storefront")


@pytest.mark.threat("5")
@pytest.mark.parametrize("kind", ["user", "agent"])
def test_in_a_deleted_organization_nobody_may_anything(tenant: Tenant, kind: str) -> None:
    """When an organization is deleted, people and agents that held roles in it hold nothing."""
    who = f"user:{tenant.anne}" if kind == "user" else f"agent:{tenant.planner.id}"
    tenant.assign(who, "project-editor", APOLLO)
    assert tenant.principal_may(who, "document:edit", APOLLO)
    tenant.must("DELETE", "")
    assert not tenant.principal_may(who, "document:edit", APOLLO)


def test_a_group_as_a_whole_may_what_it_holds(guild: Tenant) -> None:
    """A group is a principal: what may be asked of its members together is what the group holds."""
    assert guild.principal_may("group:guild", "document:edit", "app:storefront")
    assert guild.principal_may("group:studio", "document:edit", "app:storefront")
    assert not guild.principal_may("group:guild", "document:delete", "app:storefront")
    assert not guild.principal_may("group:nobody", "document:edit", "app:storefront")
