"""Administrators' policies: an agent may act for each member of a group, within what the author may do, live."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from tests.end_to_end.deployment import JSON
from tests.end_to_end.tenant import ALIVE, APOLLO, DEAD, EDITOR, Tenant

pytestmark = pytest.mark.semantics("4")


def put(tenant: Tenant, id: str = "editors", /, **changed: Any) -> httpx2.Response:
    """Ask for a policy that lets the planner edit apollo for the group eng, with chief as its author."""
    wanted = {
        "group": "eng",
        "agent": tenant.planner.id,
        "resource": APOLLO,
        "roles": [EDITOR],
        "lifetime": 600,
        "author": tenant.own("chief"),
        **changed,
    }
    body = {name: value for name, value in wanted.items() if value is not None}
    return tenant.manage("PUT", f"/delegation-policies/{id}", body)


@pytest.fixture
def firm(tenant: Tenant) -> Tenant:
    """The organization with chief, who may edit the workspace design, and anne in the group eng."""
    tenant.join("chief")
    tenant.assign(f"user:{tenant.own('chief')}", "workspace-member", "workspace:design")
    tenant.must("POST", "/groups", {"id": "eng"})
    tenant.must("PUT", f"/groups/eng/members/user:{tenant.anne}")
    return tenant


def made(tenant: Tenant) -> list[JSON]:
    """Return the delegations of the organization, newest first."""
    shown: list[JSON] = tenant.must("GET", "/delegations")["delegations"]
    return shown


def test_the_first_exchange_makes_the_delegation(firm: Tenant) -> None:
    """Without a page, an agent of a policy gets a token for a member of the group, and the delegation tells why."""
    assert firm.exchange().status_code == 400
    assert put(firm).status_code == 200
    token = firm.token()
    assert firm.seen(token) == ALIVE
    [one] = made(firm)
    assert one["consent"] == {"by": "policy", "policy": "editors", "author": firm.own("chief")}
    assert (one["user"], one["agent"], one["resource"]) == (firm.anne, firm.planner.id, APOLLO)
    assert (one["created_by"], one["expires_at"] - one["created_at"]) == ("policy:editors", 600)
    assert firm.hand(firm.anne, "GET", one["id"]).json()["status"] == "active"


def test_a_refused_exchange_makes_none(firm: Tenant) -> None:
    """A delegation comes about with a token, and never without one."""
    put(firm)
    assert firm.exchange(resource="https://nowhere.example").status_code == 400
    assert firm.exchange(details=firm.details("project:zeus")).status_code == 400
    assert firm.exchange(details=firm.details(actions=["project:delete"])).status_code == 400
    assert made(firm) == []


def test_it_makes_one_and_no_more(firm: Tenant) -> None:
    """Further exchanges use the delegation that is there, until it has ended by itself; then there is another."""
    put(firm)
    firm.token()
    firm.token()
    assert len(made(firm)) == 1
    firm.house.clock.advance(timedelta(seconds=600))
    firm.token()
    assert [one["status"] for one in made(firm)] == ["active", "expired"]


def test_what_the_person_granted_comes_first(firm: Tenant) -> None:
    """Where the user's own delegation covers what is asked, a policy makes none."""
    granted = firm.grant()
    put(firm)
    firm.token()
    assert [one["id"] for one in made(firm)] == [granted["id"]]


def test_it_is_for_members_of_the_group_alone(firm: Tenant) -> None:
    """Who is not in the group is not acted for; who is in it through another group is."""
    firm.assign(f"user:{firm.bob}", EDITOR, APOLLO)
    put(firm)
    assert firm.exchange(firm.house.user_token(firm.bob)).status_code == 400
    firm.must("POST", "/groups", {"id": "leads"})
    firm.must("PUT", f"/groups/leads/members/user:{firm.bob}")
    firm.must("PUT", "/groups/eng/members/group:leads%23member")
    token = firm.token(firm.bob)
    assert firm.may(token)
    firm.must("DELETE", "/groups/eng/members/group:leads%23member")
    assert firm.seen(token, user=firm.bob) == DEAD
    assert firm.status(made(firm)[0]) == "dormant"


def test_it_serves_its_agent_alone(firm: Tenant) -> None:
    """Another agent gets nothing by it."""
    put(firm)
    other = firm.agent("other")
    assert firm.exchange(agent=other).status_code == 400
    assert made(firm) == []


@pytest.mark.threat("17")
def test_nobody_stronger_is_acted_for_beyond_what_the_author_may(firm: Tenant) -> None:
    """What a member may and the author may not, no token of the policy can do, now or later."""
    firm.join("boss")
    firm.assign(f"user:{firm.own('boss')}", "workspace-member", "workspace:sales")
    firm.assign(f"user:{firm.own('boss')}", EDITOR, APOLLO)
    firm.must("PUT", f"/groups/eng/members/user:{firm.own('boss')}")
    assert put(firm, resource="project:forecast").status_code == 403
    put(firm)
    token = firm.token(firm.own("boss"))
    assert firm.may(token)
    firm.unassign(f"user:{firm.own('chief')}", "workspace-member", "workspace:design")
    denial = firm.why(token)
    assert denial["reason"] == "author"
    assert denial["failing"]["delegation_id"] == made(firm)[0]["id"]
    assert firm.actions(token) == []
    assert firm.exchange(firm.house.user_token(firm.own("boss"))).status_code == 400
    assert firm.person_may(firm.own("boss"), "document:edit", "app:storefront")


@pytest.mark.threat("17")
def test_it_gives_no_more_than_the_member_may(firm: Tenant) -> None:
    """The author's rights are one more bound, and give a member's agent nothing of their own."""
    firm.must("PUT", f"/groups/eng/members/user:{firm.bob}")
    put(firm)
    assert firm.exchange(firm.house.user_token(firm.bob)).status_code == 400
    assert made(firm) == []


@pytest.mark.threat("17")
def test_it_delegates_no_administration(firm: Tenant) -> None:
    """Permissions of administration are in no policy, whether named or among those of the role."""
    house, slug = firm.house, f"ruler-{firm.id}"
    house.must("PUT", f"/permissions/project:rule-{firm.id}", {"type": "project", "administrative": True})
    rule = f"project:rule-{firm.id}"
    house.must("PUT", f"/roles/{slug}", {"type": "project", "permissions": [rule, "document:edit"]})
    firm.assign(f"user:{firm.own('chief')}", slug, APOLLO)
    firm.assign(f"user:{firm.anne}", slug, APOLLO)
    assert put(firm, roles=[slug], permissions=[rule]).status_code == 422
    assert put(firm, roles=[slug]).json()["permissions"] == ["document:edit"]
    token = firm.token(details=firm.details(role=slug))
    assert firm.person_may(firm.anne, rule, APOLLO)
    assert (firm.may(token), firm.may(token, rule, APOLLO)) == (True, False)


def test_racing_exchanges_make_one(firm: Tenant) -> None:
    """Exchanges at the same moment all get a token, and there is one delegation."""
    put(firm)
    with ThreadPoolExecutor(12) as racers:
        answers = list(racers.map(lambda _: firm.exchange(), range(12)))
    assert [answer.status_code for answer in answers] == [200] * 12
    assert len(made(firm)) == 1


@pytest.mark.threat("5")
@pytest.mark.threat("P26")
def test_an_author_who_leaves_takes_the_rights_along(firm: Tenant) -> None:
    """A suspended author makes it worth nothing until back; one whose membership ends, or who is deleted, for ever."""
    put(firm)
    token, chief = firm.token(), firm.own("chief")
    firm.must("PUT", f"/memberships/{chief}", {"active": False})
    assert firm.seen(token) == DEAD
    firm.must("PUT", f"/memberships/{chief}", {"active": True})
    assert firm.seen(token) == ALIVE
    firm.house.must("PATCH", f"/users/{chief}", {"status": "suspended"})
    assert firm.seen(token) == DEAD
    firm.house.must("PATCH", f"/users/{chief}", {"status": "active"})
    assert firm.seen(token) == ALIVE
    assert firm.must("DELETE", f"/memberships/{chief}")["revoked"] == [made(firm)[0]["id"]]
    firm.must("PUT", f"/memberships/{chief}")
    firm.assign(f"user:{chief}", "workspace-member", "workspace:design")
    assert firm.seen(token) == DEAD
    assert policies(firm)[0]["status"] == "ended"


def policies(tenant: Tenant) -> list[JSON]:
    """Return the policies of the organization, newest first."""
    shown: list[JSON] = tenant.must("GET", "/delegation-policies")["policies"]
    return shown


def test_a_deleted_author_leaves_nothing(firm: Tenant) -> None:
    """When the author's account is deleted nothing of the policy counts any longer, and nothing new is made."""
    put(firm)
    token = firm.token()
    firm.house.must("DELETE", f"/users/{firm.own('chief')}")
    assert firm.seen(token) == DEAD


def test_suspended_it_sleeps_and_ended_it_is_dead(firm: Tenant) -> None:
    """Suspended, its delegations are dormant and it makes none; resumed they count again; ended they are revoked."""
    put(firm)
    token = firm.token()
    firm.must("POST", "/delegation-policies/editors/suspend")
    assert (firm.seen(token), firm.status(made(firm)[0])) == (DEAD, "dormant")
    firm.must("POST", "/delegation-policies/editors/resume")
    assert (firm.seen(token), firm.status(made(firm)[0])) == (ALIVE, "active")
    ended = firm.must("DELETE", "/delegation-policies/editors")
    assert (ended["status"], ended["revoked"]) == ("ended", [made(firm)[0]["id"]])
    assert (firm.seen(token), firm.status(made(firm)[0])) == (DEAD, "revoked")
    assert firm.manage("POST", "/delegation-policies/editors/resume").status_code == 409
    assert firm.must("DELETE", "/delegation-policies/editors")["revoked"] == []
    assert put(firm).status_code == 409


@pytest.mark.threat("5")
def test_what_the_user_ended_does_not_come_back(firm: Tenant) -> None:
    """After the user revoked it the policy makes no other; the user may grant one by hand."""
    put(firm)
    token = firm.token()
    firm.hand(firm.anne, "DELETE", made(firm)[0]["id"])
    assert firm.seen(token) == DEAD
    assert put(firm, "more", purpose="again").status_code == 200
    assert firm.exchange().status_code == 400
    firm.grant()
    assert firm.exchange().status_code == 200


def test_what_the_user_refused_before_does_not_come_by_a_policy(firm: Tenant) -> None:
    """Who ended what the agent could do by an own delegation is not acted for by a policy either."""
    firm.hand(firm.anne, "DELETE", firm.grant()["id"])
    put(firm)
    assert firm.exchange().status_code == 400


def test_what_is_suspended_is_not_gone_around(firm: Tenant) -> None:
    """While the user's delegation is suspended no policy makes another."""
    put(firm)
    firm.token()
    [one] = made(firm)
    firm.hand(firm.anne, "POST", one["id"], "/suspend")
    assert firm.exchange().status_code == 400
    firm.hand(firm.anne, "POST", one["id"], "/resume")
    assert firm.exchange().status_code == 200


def test_what_an_administrator_ended_does_not_come_back(firm: Tenant) -> None:
    """A delegation of the policy that an administrator revoked is not made anew for the same user."""
    put(firm)
    firm.token()
    firm.must("DELETE", f"/delegations/{made(firm)[0]['id']}")
    assert firm.exchange().status_code == 400


def test_a_policy_does_not_change(firm: Tenant) -> None:
    """Putting it again does nothing; putting another in its place is refused, and its name is never given again."""
    first = put(firm).json()
    again = put(firm).json()
    assert {**first, "revision": None} == {**again, "revision": None}
    for changed in ({"lifetime": 700}, {"permissions": ["document:edit"]}, {"resource": "project:zeus"}):
        assert put(firm, **changed).status_code == 409


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"group": "nobody"}, 404),
        ({"agent": "nobody"}, 422),
        ({"resource": "project:nowhere"}, 422),
        ({"roles": ["app-editor"]}, 422),
        ({"permissions": ["app:fly"]}, 422),
        ({"audiences": ["https://nowhere.example"]}, 422),
        ({"author": None}, 422),
        ({"author": "nobody"}, 403),
        ({"until": 1}, 422),
        ({"lifetime": 59}, 400),
        ({"budget": {}}, 400),
        ({"unattended": True}, 400),
    ],
)
def test_a_policy_that_cannot_be_is_refused(firm: Tenant, changed: JSON, status: int) -> None:
    """What a policy names must be there, and its author must hold what it gives; a refusal changes nothing."""
    assert put(firm, **changed).status_code == status
    assert policies(firm) == []


def test_a_role_that_grows_gives_it_nothing(firm: Tenant) -> None:
    """A policy gives what its role contained when it was made, and less when the role has lost something since."""
    firm.role("org-painter", "project", "document:view")
    put(firm, roles=["org-painter"])
    firm.role("org-painter", "project", "document:view", "document:edit")
    token = firm.token(details=firm.details(role="org-painter"))
    assert (firm.may(token, "document:view"), firm.may(token)) == (True, False)


def test_its_budget_and_its_end_are_the_delegations(firm: Tenant) -> None:
    """A delegation made by a policy has the policy's budget, and ends with the policy at the latest."""
    put(firm, budget={"tokens": 1}, until=firm.now + 100)
    assert firm.exchange().status_code == 200
    assert firm.exchange().status_code == 400
    [one] = made(firm)
    assert (one["expires_at"], one["budget"]["used"]) == (firm.now + 100, {"tokens": 1})
    firm.house.clock.advance(timedelta(seconds=100))
    assert firm.exchange().status_code == 400
    assert len(made(firm)) == 1


@pytest.mark.threat("5")
@pytest.mark.parametrize("path", ["/groups/eng", "/agents/{planner}", "/resources/project:apollo?cascade=true"])
def test_a_policy_ends_with_what_it_is_about(firm: Tenant, path: str) -> None:
    """When its group, its agent's admission or its resource goes, the policy ends, with what it made."""
    put(firm)
    token = firm.token()
    assert firm.must("DELETE", path.format(planner=firm.planner.id))["revoked"] == [made(firm)[0]["id"]]
    assert (policies(firm)[0]["status"], firm.status(made(firm)[0])) == ("ended", "revoked")
    assert firm.actions(token) == []


def test_an_administrator_of_the_organization_is_the_author(firm: Tenant) -> None:
    """Who administers an organization makes policies in the own name alone, within the own rights."""
    chief = firm.own("chief")
    firm.assign(f"user:{chief}", "organization-admin", f"organization:{firm.id}")
    token = firm.house.user_token(chief, audience=f"{firm.house.issuer}/management")
    body = {"group": "eng", "agent": firm.planner.id, "resource": APOLLO, "roles": [EDITOR], "lifetime": 60}
    named = {**body, "author": firm.anne}
    assert firm.manage("PUT", "/delegation-policies/a", named, bearer=token).status_code == 422
    assert firm.manage("PUT", "/delegation-policies/a", body, bearer=token).json()["author"] == chief
    assert firm.exchange().status_code == 200


def test_several_policies_need_a_word_of_which(firm: Tenant) -> None:
    """Where the request names nothing and several policies would serve, it is refused; named, the oldest serves."""
    put(firm)
    put(firm, "others", resource="project:zeus")
    subject = firm.house.user_token(firm.anne)
    refused = firm.house.exchange(firm.planner, subject, details=[{"type": "resource_role", "organization": firm.id}])
    assert refused.status_code == 400
    assert made(firm) == []
    assert firm.exchange(details=firm.details("project:zeus")).status_code == 200
    assert made(firm)[0]["consent"]["policy"] == "others"


@pytest.mark.threat("I2")
def test_only_the_persons_own_token_brings_one_about(firm: Tenant) -> None:
    """With a token that another agent got, or with a receipt, no policy makes anything, nor where one is named."""
    writer = firm.agent("writer")
    granted = firm.grant(unattended=True)
    token = firm.token()
    put(firm, agent=writer.id)
    put(firm, "more", resource="project:zeus")
    elsewhere = firm.details("project:zeus")
    assert firm.exchange(token, writer).status_code == 400
    assert firm.exchange(token, details=elsewhere).status_code == 400
    assert firm.redeem(granted["receipt"], details=elsewhere).status_code == 400
    named = firm.details("project:zeus", delegation_id=granted["id"])
    assert firm.exchange(details=named).status_code == 400
    assert [one["id"] for one in made(firm)] == [granted["id"]]
    assert firm.exchange(agent=writer).status_code == 200
    assert firm.exchange(details=elsewhere).status_code == 200
