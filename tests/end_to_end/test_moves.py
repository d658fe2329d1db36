"""Moves: access follows the tree, from one revision on (semantics: delegations, moves)."""

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import httpx2
import pytest

from tests.databases import rows
from tests.end_to_end.deployment import ADMINISTRATOR, JSON
from tests.end_to_end.tenant import ALIVE, APOLLO, DEAD, EDITOR, Seen, Tenant

pytestmark = [pytest.mark.semantics("4"), pytest.mark.threat("7")]


def last_record(tenant: Tenant) -> JSON:
    """Return the newest entry of the organization's log, as it stands in the database."""
    query = "SELECT body FROM log WHERE chain = :chain ORDER BY sequence DESC LIMIT 1"
    [(body,)] = rows(tenant.house.settings.database, query, chain=f"org:{tenant.id}")
    record: JSON = json.loads(body)
    return record


def test_what_moves_out_of_a_delegated_subtree_is_out_of_reach(tenant: Tenant) -> None:
    """The very next answer after a move out is no, though the user still may, and after the way back yes again."""
    tenant.grant()
    token = tenant.token()
    assert tenant.may(token)
    tenant.move("app:storefront", "project:zeus")
    assert tenant.why(token)["failing"]["term"] == "delegation"
    assert tenant.person_may(tenant.anne, "document:edit", "app:storefront")
    tenant.move("app:storefront", APOLLO)
    assert tenant.may(token)


def test_what_moves_into_a_delegated_subtree_is_within_reach(tenant: Tenant) -> None:
    """The very next answer after a move in says yes, and no again after the way back."""
    tenant.grant()
    token = tenant.token()
    assert not tenant.may(token, "document:edit", "app:backoffice")
    tenant.move("app:backoffice", APOLLO)
    assert tenant.may(token, "document:edit", "app:backoffice")
    tenant.move("app:backoffice", "project:zeus")
    assert not tenant.may(token, "document:edit", "app:backoffice")


def test_a_move_within_a_delegated_subtree_changes_nothing(tenant: Tenant) -> None:
    """What stays beneath the delegated resource stays within reach."""
    tenant.role("org-maker", "workspace", "document:view", "document:edit")
    tenant.grant(resource="workspace:design", roles=["org-maker"])
    token = tenant.token(details=tenant.details("workspace:design", "org-maker"))
    tenant.move("app:storefront", "project:zeus")
    assert tenant.may(token)
    tenant.move("app:storefront", APOLLO)
    assert tenant.may(token)


def test_the_delegated_resource_takes_its_delegation_along(tenant: Tenant) -> None:
    """A delegation stays on its resource: moved to where the user holds nothing it is worth nothing, and revives."""
    granted = tenant.grant()
    token = tenant.token()
    tenant.move(APOLLO, "workspace:sales")
    assert (tenant.seen(token), tenant.status(granted)) == (DEAD, "active")
    assert tenant.why(token)["failing"]["term"] == "user"
    tenant.assign(f"user:{tenant.anne}", EDITOR, APOLLO)
    assert tenant.seen(token) == ALIVE
    tenant.unassign(f"user:{tenant.anne}", EDITOR, APOLLO)
    tenant.move(APOLLO, "workspace:design")
    assert tenant.seen(token) == ALIVE


def test_a_token_for_a_part_follows_that_part(tenant: Tenant) -> None:
    """Introspection and exchange for a resource beneath the delegated one follow that resource out and back."""
    tenant.grant()
    entry = tenant.details("app:storefront", EDITOR, privileges=["app-viewer"])
    token = tenant.token(details=entry)
    assert tenant.actions(token) == ["app:view", "document:view"]
    tenant.move("app:storefront", "project:zeus")
    assert not tenant.actions(token)
    assert tenant.exchange(details=entry).json()["error"] == "invalid_authorization_details"
    tenant.move("app:storefront", APOLLO)
    assert tenant.actions(token) == ["app:view", "document:view"]
    assert tenant.exchange(details=entry).status_code == 200


def test_a_move_carries_the_whole_subtree(tenant: Tenant) -> None:
    """What lies beneath a moved resource moves with it."""
    tenant.role("org-maker", "workspace", "document:edit")
    tenant.grant(resource="workspace:design", roles=["org-maker"])
    token = tenant.token(details=tenant.details("workspace:design", "org-maker"))
    assert not tenant.may(token, "document:edit", "app:ledger")
    tenant.move("project:forecast", "workspace:design")
    assert tenant.may(token, "document:edit", "app:ledger")
    tenant.move(APOLLO, "workspace:sales")
    assert not tenant.may(token)


def test_a_user_gains_and_loses_by_moves(tenant: Tenant) -> None:
    """People's own rights follow the tree as well."""
    assert not tenant.person_may(tenant.anne, "document:edit", "app:ledger")
    tenant.move("app:ledger", APOLLO)
    assert tenant.person_may(tenant.anne, "document:edit", "app:ledger")
    tenant.move("app:ledger", "project:forecast")
    assert not tenant.person_may(tenant.anne, "document:edit", "app:ledger")


@pytest.mark.threat("P13")
def test_the_record_of_a_move_names_whose_reach_changed(tenant: Tenant) -> None:
    """The audit record and the answer name the delegations whose reach grew and those whose reach shrank."""
    on_apollo, on_zeus = tenant.grant(), tenant.grant(resource="project:zeus")
    tenant.grant(resource="app:storefront", roles=["app-viewer"])
    ended = tenant.grant()
    tenant.hand(tenant.anne, "DELETE", ended["id"])
    answer = tenant.move("app:storefront", "project:zeus")
    assert (answer["reach_shrank"], answer["reach_grew"]) == ([on_apollo["id"]], [on_zeus["id"]])
    record = last_record(tenant)
    assert record["action"] == "move-resource"
    assert record["detail"]["reach_shrank"] == [on_apollo["id"]]
    assert record["detail"]["reach_grew"] == [on_zeus["id"]]


@pytest.mark.threat("P13")
@pytest.mark.parametrize("role", ["workspace-admin", "workspace-member"])
def test_a_move_needs_the_right_at_both_ends(tenant: Tenant, role: str) -> None:
    """Who administers neither end, or only the workspace at one, moves nothing; an administrator of all may."""
    tenant.assign(f"user:{tenant.bob}", role, "workspace:design")
    bearer = tenant.house.user_token(tenant.bob, audience=f"{tenant.house.issuer}/management")
    moved = tenant.manage("PATCH", "/resources/app:storefront", {"parent": "project:forecast"}, bearer=bearer)
    assert moved.status_code == 403
    tenant.assign(f"user:{tenant.bob}", "organization-admin", f"organization:{tenant.id}")
    moved = tenant.manage("PATCH", "/resources/app:storefront", {"parent": "project:forecast"}, bearer=bearer)
    assert moved.status_code == 200


@pytest.mark.threat("10")
@pytest.mark.parametrize(
    ("resource", "parent", "status"),
    [
        ("app:storefront", "workspace:design", 422),
        ("app:storefront", "app:storefront", 422),
        (APOLLO, "app:storefront", 422),
        ("app:storefront", "project:nowhere", 404),
        ("app:nowhere", APOLLO, 404),
        ("app:storefront", "nonsense", 400),
    ],
)
def test_a_move_to_where_it_cannot_lie_is_refused(tenant: Tenant, resource: str, parent: str, status: int) -> None:
    """A wrong type of parent, itself, something unknown: refused, and everything stays where it was."""
    before = tenant.must("GET", "")["resources"]
    assert tenant.manage("PATCH", f"/resources/{resource}", {"parent": parent}).status_code == status
    assert tenant.must("GET", "")["resources"] == before


@pytest.mark.threat("10")
def test_of_two_moves_that_close_a_circle_one_wins(tenant: Tenant) -> None:
    """When a is moved below b while b is moved below a, exactly one of them is done."""
    folder = f"folder-{tenant.id}"
    tenant.house.must("PUT", f"/resource-types/{folder}", {"parents": ["project"]})
    tenant.house.must("PUT", f"/resource-types/{folder}", {"parents": ["project", folder]})
    pair = (f"{folder}:a", f"{folder}:b")

    def move(resource: str, parent: str) -> int:
        url = f"{tenant.house.issuer}/organizations/{tenant.id}/resources/{resource}"
        headers = {"Authorization": f"Bearer {ADMINISTRATOR}"}
        return httpx2.patch(url, json={"parent": parent}, headers=headers).status_code

    for resource in pair:
        tenant.resource(resource, APOLLO)
    with ThreadPoolExecutor(2) as pool:
        for _ in range(10):
            outcomes = list(pool.map(move, pair, pair[::-1]))
            assert sorted(outcomes) == [200, 422]
            for resource in pair:
                tenant.move(resource, APOLLO)


def test_no_answer_mixes_the_tree_before_a_move_with_the_tree_after(tenant: Tenant) -> None:
    """Where the user holds one place and the delegation another, no moment of a move lets both count."""
    tenant.assign(f"user:{tenant.bob}", EDITOR, APOLLO)
    tenant.assign(f"user:{tenant.bob}", EDITOR, "project:zeus")
    tenant.grant(tenant.bob, resource="project:zeus")
    token = tenant.token(tenant.bob, details=tenant.details("project:zeus"))
    tenant.unassign(f"user:{tenant.bob}", EDITOR, "project:zeus")
    stopped = Event()

    def watch() -> set[bool]:
        seen = {tenant.may(token)}
        while not stopped.is_set():
            seen.add(tenant.may(token))
        return seen

    with ThreadPoolExecutor(1) as pool:
        watching = pool.submit(watch)
        for parent in ["project:zeus", APOLLO] * 20:
            tenant.move("app:storefront", parent)
        stopped.set()
        assert watching.result() == {False}
    tenant.assign(f"user:{tenant.bob}", EDITOR, "project:zeus")
    tenant.move("app:storefront", "project:zeus")
    assert tenant.actions(token)
    assert tenant.seen(token, user=tenant.bob) == Seen(introspected=True, evaluated=True, exchanged=False)
