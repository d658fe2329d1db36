"""Kill switches: what stops at once, what comes back, who is affected, and what the log says of it."""

import json
from dataclasses import dataclass
from itertools import product

import pytest

from tests.databases import rows
from tests.end_to_end.deployment import ACCESS_TOKEN, JSON, JWT, Agent
from tests.end_to_end.hops import VIEWER, chain, child
from tests.end_to_end.tenant import ALIVE, APOLLO, DEAD, EDITOR, Tenant

pytestmark = [pytest.mark.semantics("4"), pytest.mark.threat("5")]


def told(tenant: Tenant) -> JSON:
    """Return the detail of the newest record about the organization."""
    sql = "SELECT body FROM log WHERE chain = :chain ORDER BY sequence DESC LIMIT 1"
    [(body,)] = rows(tenant.house.settings.database, sql, chain=f"org:{tenant.id}")
    detail: JSON = json.loads(body)["detail"]
    return detail


def affected(tenant: Tenant, **named: str) -> list[str]:
    """Return the delegations that administrators are told would end or sleep with something."""
    (kind, name), *_ = named.items()
    answer = tenant.must("GET", f"/affected?{kind}={name}")
    assert answer["count"] == len(answer["delegations"])
    return sorted(one["id"] for one in answer["delegations"])


def stop_all(tenant: Tenant, user: str) -> list[JSON]:
    """End all that a user lets the planner do, by the user's own hand."""
    wanted = {"organization": tenant.id, "agent": tenant.planner.id}
    answer = tenant.house.hand(user, "POST", "/delegations/stop", wanted)
    assert answer.status_code == 200, answer.text
    ended: list[JSON] = answer.json()["delegations"]
    return ended


def test_a_person_stops_an_agent_in_one_call(tenant: Tenant) -> None:
    """All that the person lets the agent do ends for ever, and nothing of anybody else's."""
    first, second = tenant.grant(), tenant.grant(resource="project:zeus", unattended=True)
    tenant.assign(f"user:{tenant.bob}", EDITOR, APOLLO)
    others = tenant.grant(tenant.bob)
    token = tenant.token(details=tenant.details(delegation_id=first["id"]))
    ended = stop_all(tenant, tenant.anne)
    assert {one["id"]: one["status"] for one in ended} == {first["id"]: "revoked", second["id"]: "revoked"}
    assert sorted(told(tenant)["revoked"]) == sorted([first["id"], second["id"]])
    assert tenant.seen(token) == DEAD
    assert tenant.redeem(second["receipt"]).status_code == 400
    assert tenant.status(others) == "active"
    assert stop_all(tenant, tenant.anne) == []


def test_an_administrator_stops_an_agent_in_the_organization(tenant: Tenant) -> None:
    """A suspended admission makes all of it sleep and nothing new; resumed, what was not revoked counts again."""
    kept, ended = tenant.grant(), tenant.grant(resource="project:zeus")
    token = tenant.token(details=tenant.details(delegation_id=kept["id"]))
    tenant.must("POST", f"/agents/{tenant.planner.id}/suspend")
    assert sorted(told(tenant)["dormant"]) == sorted([kept["id"], ended["id"]])
    assert (tenant.seen(token), tenant.status(kept)) == (DEAD, "dormant")
    assert tenant.ask(tenant.anne).status_code == 422
    tenant.must("DELETE", f"/delegations/{ended['id']}")
    tenant.must("POST", f"/agents/{tenant.planner.id}/resume")
    assert (tenant.seen(token), tenant.status(kept), tenant.status(ended)) == (ALIVE, "active", "revoked")


def test_another_ceiling_lifts_no_suspension(tenant: Tenant) -> None:
    """A suspended admission keeps its ceiling, and is not resumed by being given another one."""
    bound = {"resource": APOLLO, "roles": [EDITOR]}
    tenant.admit(tenant.planner, [bound])
    tenant.grant(resource="workspace:design", roles=["workspace-member"])
    token = tenant.token()
    tenant.must("POST", f"/agents/{tenant.planner.id}/suspend")
    tenant.admit(tenant.planner, "none")
    assert not tenant.may(token)
    tenant.admit(tenant.planner, [bound])
    tenant.must("POST", f"/agents/{tenant.planner.id}/resume")
    assert tenant.may(token)
    assert not tenant.may(token, "document:edit", "app:backoffice")


def test_who_is_affected_is_told_before(tenant: Tenant) -> None:
    """For each thing that may end, the delegations are named that end or sleep with it, without anything changing."""
    tenant.must("POST", "/groups", {"id": "eng"})
    tenant.must("PUT", f"/groups/eng/members/user:{tenant.bob}")
    tenant.assign(f"user:{tenant.bob}", EDITOR, APOLLO)
    body = {"group": "eng", "agent": tenant.planner.id, "resource": APOLLO, "roles": [EDITOR], "lifetime": 600}
    tenant.must("PUT", "/delegation-policies/editors", {**body, "author": tenant.anne})
    above = tenant.grant(resource="workspace:design", roles=["workspace-member"])["id"]
    mine = tenant.grant()["id"]
    tenant.token(tenant.bob)
    by_policy = next(
        one["id"] for one in tenant.must("GET", "/delegations")["delegations"] if one["user"] != tenant.anne
    )
    assert affected(tenant, agent=tenant.planner.id) == sorted([above, mine, by_policy])
    assert affected(tenant, user=tenant.anne) == sorted([above, mine, by_policy])
    assert affected(tenant, user=tenant.bob) == affected(tenant, group="eng") == [by_policy]
    assert affected(tenant, policy="editors") == [by_policy]
    assert affected(tenant, role=EDITOR) == affected(tenant, resource=APOLLO) == sorted([mine, by_policy])
    assert affected(tenant, resource="workspace:design") == sorted([above, mine, by_policy])
    assert affected(tenant, delegation=mine) == [mine]
    assert affected(tenant, agent="nobody") == affected(tenant, resource="nothing:here") == []
    tenant.must("DELETE", f"/delegations/{mine}")
    assert affected(tenant, role=EDITOR) == [by_policy]


def test_what_lies_below_is_told_before_and_after(tenant: Tenant) -> None:
    """What was passed on shares the fate of what it was made out of, and is named with it; nothing above is."""
    made = chain(tenant)
    root, second, third = (link["id"] for link in made.links)
    assert affected(tenant, delegation=root) == affected(tenant, user=tenant.anne) == sorted([root, second, third])
    assert affected(tenant, agent=made.agents[1].id) == affected(tenant, role=VIEWER) == sorted([second, third])
    tenant.must("POST", f"/delegations/{second}/suspend")
    assert told(tenant)["below"] == [third]
    stop_all(tenant, tenant.anne)
    assert (told(tenant)["revoked"], told(tenant)["below"]) == ([root], sorted([second, third]))


@pytest.mark.parametrize("query", ["", "?agent=a&user=b", "?agent=a&agent=b", "?colour=red", "?resource=apollo"])
def test_one_thing_is_asked_about(tenant: Tenant, query: str) -> None:
    """A question about nothing, about several things, or about what nothing is called, is refused."""
    assert tenant.manage("GET", f"/affected{query}").status_code in {400, 422}


def test_who_is_affected_everywhere(tenant: Tenant) -> None:
    """For a user or an agent, the organizations are named where it takes part, with how much hangs on it there."""
    tenant.grant()
    for kind, name in (("agent", tenant.planner.id), ("user", tenant.anne)):
        answer = tenant.house.must("GET", f"/affected?{kind}={name}")
        assert answer == {"organizations": [{"id": tenant.id, "count": 1}], "more": 0}
    assert tenant.house.must("GET", "/affected?agent=nobody") == {"organizations": [], "more": 0}


Turn = tuple[str, str, JSON | None]
SUSPENDED, ACTIVE = {"status": "suspended"}, {"status": "active"}
SWITCHES: dict[str, tuple[Turn, Turn | None]] = {
    # how it is turned off, and how on again; None: it is off for ever
    "user suspended": (("PATCH", "/users/{anne}", SUSPENDED), ("PATCH", "/users/{anne}", ACTIVE)),
    "user deleted": (("DELETE", "/users/{anne}", None), None),
    "agent suspended": (("PATCH", "/agents/{planner}", SUSPENDED), ("PATCH", "/agents/{planner}", ACTIVE)),
    "agent deleted": (("DELETE", "/agents/{planner}", None), None),
    "membership off": (
        ("PUT", "{here}/memberships/{anne}", {"active": False}),
        ("PUT", "{here}/memberships/{anne}", {"active": True}),
    ),
    "membership removed": (("DELETE", "{here}/memberships/{anne}", None), None),
    "admission suspended": (
        ("POST", "{here}/agents/{planner}/suspend", None),
        ("POST", "{here}/agents/{planner}/resume", None),
    ),
    "admission ended": (("DELETE", "{here}/agents/{planner}", None), None),
    "service dismissed": (
        ("DELETE", "{here}/services/documents", None),
        ("PUT", "{here}/services/documents", None),
    ),
    "delegation suspended": (
        ("POST", "{here}/delegations/{delegation}/suspend", None),
        ("POST", "{here}/delegations/{delegation}/resume", None),
    ),
    "delegation revoked": (("DELETE", "{here}/delegations/{delegation}", None), None),
    "organization deleted": (("DELETE", "{here}", None), None),
}
KINDS = ("by user token", "by receipt", "by policy", "by delegated token", "by sub-agent")


@dataclass(frozen=True, slots=True)
class Standing:
    """A token for anne, the agent that has it, the delegation of the planner that it stands on, and every way there is.

    Each of `subjects` is a subject token that the agent may present, with its type.
    """

    token: str
    agent: Agent
    delegation: str
    subjects: list[tuple[str, str]]


def standing(tenant: Tenant, kind: str) -> Standing:
    """Return a token got in one of the ways there are."""
    user = (tenant.house.user_token(tenant.anne), ACCESS_TOKEN)
    if kind == "by policy":
        by_policy(tenant)
        token = tenant.token()
        return Standing(token, tenant.planner, tenant.must("GET", "/delegations")["delegations"][0]["id"], [user])
    granted = tenant.grant(unattended=kind == "by receipt", depth=1)
    token = tenant.token()
    if kind == "by receipt":
        receipt = (granted["receipt"], JWT)
        token = tenant.redeem(granted["receipt"]).json()["access_token"]
        return Standing(token, tenant.planner, granted["id"], [receipt, user])
    if kind == "by delegated token":
        derived = tenant.exchange(token).json()["access_token"]
        return Standing(derived, tenant.planner, granted["id"], [(token, ACCESS_TOKEN), (derived, ACCESS_TOKEN), user])
    if kind == "by sub-agent":
        return of_sub_agent(tenant, token, granted)
    return Standing(token, tenant.planner, granted["id"], [user])


def by_policy(tenant: Tenant) -> None:
    """Let a policy of chief's act for anne's group."""
    tenant.join("chief")
    tenant.assign(f"user:{tenant.own('chief')}", "workspace-member", "workspace:design")
    tenant.must("POST", "/groups", {"id": "eng"})
    tenant.must("PUT", f"/groups/eng/members/user:{tenant.anne}")
    body = {"group": "eng", "agent": tenant.planner.id, "resource": APOLLO, "roles": [EDITOR], "lifetime": 600}
    tenant.must("PUT", "/delegation-policies/editors", {**body, "author": tenant.own("chief")})


def of_sub_agent(tenant: Tenant, token: str, granted: JSON) -> Standing:
    """Return a token of an agent to which the planner passed its delegation on."""
    writer = tenant.agent("writer")
    child(tenant, tenant.planner, granted, agent=writer.id)
    own = tenant.token(agent=writer)
    subjects = [(token, ACCESS_TOKEN), (own, ACCESS_TOKEN), (tenant.house.user_token(tenant.anne), ACCESS_TOKEN)]
    return Standing(own, writer, granted["id"], subjects)


def seen(tenant: Tenant, has: Standing) -> set[bool]:
    """Return what comes of every use of a token, and of every way to another: yes, no, or both."""
    service, house = tenant.documents, tenant.house
    auth = (service.id, service.secret)
    introspected = house.http.post("/introspect", data={"token": has.token}, auth=auth).json()["active"]
    ways = [tenant.exchange(text, has.agent, subject_token_type=type_) for text, type_ in has.subjects]
    return {introspected, tenant.may(has.token), *(answer.status_code == 200 for answer in ways)}


@pytest.mark.threat("P3")
@pytest.mark.threat("P26")
@pytest.mark.parametrize(("switch", "kind"), [*product(SWITCHES, KINDS)])
def test_each_switch_stops_every_way_at_once(tenant: Tenant, switch: str, kind: str) -> None:
    """Whatever is turned off, no token is issued and none counts, however it was got; turned on again, all is back."""
    off, on = SWITCHES[switch]
    has = standing(tenant, kind)
    names = {"anne": tenant.anne, "planner": tenant.planner.id, "delegation": has.delegation}
    names["here"] = f"/organizations/{tenant.id}"
    assert seen(tenant, has) == {True}
    turn(tenant, off, names)
    assert seen(tenant, has) == {False}
    if on is not None:
        turn(tenant, on, names)
        assert seen(tenant, has) == {True}


def turn(tenant: Tenant, how: Turn, names: dict[str, str]) -> None:
    """Turn a switch."""
    method, path, body = how
    tenant.house.must(method, path.format(**names), body)
