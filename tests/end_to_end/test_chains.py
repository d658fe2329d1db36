"""Chains: an agent passes a part of what it may do on to another, and what ends above ends below (semantics §4)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Final

import httpx2
import pytest

from tests.conformance import rfc
from tests.databases import rows
from tests.end_to_end.deployment import ASSERTION, DOCUMENTS, JSON, Agent, payload
from tests.end_to_end.hops import STOREFRONT, VIEWER, Chain, ask_child, chain, child, end
from tests.end_to_end.tenant import APOLLO, EDITOR, Tenant

pytestmark = pytest.mark.semantics("4")

ALL: Final = (True, True, True)


def alive(made: Chain, tokens: tuple[str, ...]) -> tuple[bool, ...]:
    """Return which links still let their agents through, by the tokens they had; receipts must agree."""
    seen = tuple(made.tenant.may(token, "app:view", STOREFRONT) for token in tokens)
    assert tuple(bool(made.tenant.actions(token)) for token in tokens) == seen
    assert tuple(made.redeem(hop).status_code == 200 for hop in range(3)) == seen
    return seen


@pytest.fixture
def made(tenant: Tenant) -> Chain:
    """A chain of three agents in a fresh organization."""
    return chain(tenant)


@pytest.fixture
def tokens(made: Chain) -> tuple[str, ...]:
    """A token of each agent of the chain."""
    return tuple(made.token(hop) for hop in range(3))


@rfc("8693", "4.1", "chain", "identity-only", "actor-told")
def test_a_token_names_every_agent_of_its_chain(made: Chain, tokens: tuple[str, ...]) -> None:
    """The one that acts stands outermost, each earlier one inside, by identity alone, and the user is the subject."""
    claims = [payload(token) for token in tokens]
    assert {each["sub"] for each in claims} == {made.tenant.anne}
    assert [each["client_id"] for each in claims] == [agent.id for agent in made.agents]
    planner, researcher, fetcher = (
        {"iss": made.tenant.house.issuer, "sub": agent.id, "sub_profile": "ai_agent"} for agent in made.agents
    )
    told = [planner, {**researcher, "act": planner}, {**fetcher, "act": {**researcher, "act": planner}}]
    assert [each["act"] for each in claims] == told
    service = made.tenant.documents
    assert [made.tenant.house.introspect(service, token)["act"] for token in tokens] == told


def test_a_child_is_recorded_as_the_agents_deed(made: Chain) -> None:
    """The log names the agent that passed on; the user and the administrators see parent, chain and consent."""
    tenant, (root, second, third) = made.tenant, made.links
    listed = tenant.house.hand(tenant.anne, "GET", f"/delegations?organization={tenant.id}").json()["delegations"]
    shown = {each["id"]: each for each in listed}
    assert shown.keys() == {root["id"], second["id"], third["id"]}
    assert [link["id"] for link in shown[third["id"]]["chain"]] == [root["id"], second["id"], third["id"]]
    assert [link["agent"] for link in third["chain"]] == [agent.id for agent in made.agents]
    assert (third["parent"], third["created_by"]) == (second["id"], f"agent:{made.agents[1].id}")
    assert third["consent"] == {"by": "agent", "agent": made.agents[1].id, "delegation": second["id"]}
    deed = f'%"actor":"{third["created_by"]}"%"delegation":"{third["id"]}"%'
    found = rows(tenant.house.settings.database, "SELECT count(*) FROM log WHERE body LIKE :deed", deed=deed)
    assert found == [(1,)]


@pytest.mark.parametrize(
    ("changed", "codes"),
    [
        ({"roles": [EDITOR]}, {"roles"}),
        ({"roles": [EDITOR], "permissions": ["app:view"]}, {"roles"}),
        ({"resource": "project:zeus"}, {"resource"}),
        ({"expires_in": 1801}, {"expires_at"}),
        ({"depth": 1}, {"depth"}),
        ({"unattended": True}, {"unattended"}),
        ({"audiences": ["https://billing.example"]}, {"audiences"}),
        ({"budget": {"tokens": 6}}, {"budget"}),
        ({"resource": "project:zeus", "expires_in": 1801, "depth": 3}, {"resource", "expires_at", "depth"}),
    ],
)
@pytest.mark.threat("2")
@pytest.mark.threat("3")
def test_what_would_widen_is_refused_by_name_and_all_at_once(tenant: Tenant, changed: JSON, codes: set[str]) -> None:
    """A wider role, place, time, depth, use, audience or budget than the parent's makes nothing, and is told."""
    tenant.house.manage("POST", "/services", {"id": "billing", "audience": "https://billing.example"})
    tenant.must("PUT", "/services/billing")
    researcher = tenant.agent("researcher")
    root = tenant.grant(roles=[VIEWER], depth=1, audiences=[DOCUMENTS], budget={"tokens": 5})
    before = tenant.must("GET", "")["revision"]
    asked: JSON = {"agent": researcher.id, "roles": [VIEWER], **changed}
    answer = ask_child(tenant, tenant.planner, root["id"], **asked)
    assert (answer.status_code, answer.json()["code"]) == (422, "widens")
    assert answer.headers["content-type"] == "application/problem+json"
    assert {each["code"] for each in answer.json()["widens"]} == codes
    assert tenant.must("GET", "")["revision"] == before


def test_what_a_child_leaves_open_is_its_parents(tenant: Tenant) -> None:
    """Permissions of the parent's own role, and audiences, are as narrow as the parent's where nothing is said."""
    researcher = tenant.agent("researcher")
    root = tenant.grant(permissions=["app:view", "project:view"], audiences=[DOCUMENTS], depth=1)
    made = child(tenant, tenant.planner, root, agent=researcher.id)
    assert (made["permissions"], made["audiences"]) == (["app:view", "project:view"], [DOCUMENTS])
    refused = ask_child(tenant, tenant.planner, root["id"], agent=researcher.id, permissions=["app:edit"])
    assert refused.json()["widens"] == [
        {"code": "permissions", "detail": "the permission `app:edit`", "beyond": ["app:edit"]}
    ]


@pytest.mark.threat("15")
@pytest.mark.parametrize("again", [0, 1])
def test_no_agent_stands_twice_in_a_chain(made: Chain, again: int) -> None:
    """Neither the agent itself nor one above it can be let act once more."""
    tenant, agents = made.tenant, made.agents
    root = tenant.grant(depth=3)
    second = child(tenant, agents[0], root, agent=agents[1].id, depth=2)
    answer = ask_child(tenant, agents[1], second["id"], agent=agents[again].id)
    assert (answer.status_code, answer.json()["code"]) == (422, "loop")


@pytest.mark.threat("15")
def test_a_chain_grows_to_its_limit_and_not_further(tenant: Tenant) -> None:
    """Five delegations are a chain; a sixth is refused, whatever depth is left; so is one where none is left."""
    agents = [tenant.planner, *(tenant.agent(f"hop{n}") for n in range(5))]
    link = tenant.grant(depth=4)
    for n in range(4):
        link = child(tenant, agents[n], link, agent=agents[n + 1].id, depth=3 - n)
    assert len(link["chain"]) == 5
    answer = ask_child(tenant, agents[4], link["id"], agent=agents[5].id)
    assert (answer.status_code, answer.json()["code"]) == (422, "no_depth")


@pytest.mark.threat("34")
def test_only_the_agent_that_holds_a_delegation_passes_it_on(made: Chain) -> None:
    """For agents above, below and beside it there is no such delegation; who proves nothing is nobody."""
    tenant, stranger = made.tenant, made.tenant.agent("stranger")
    for agent in (made.agents[0], made.agents[2], stranger):
        answer = ask_child(tenant, agent, made.links[1]["id"], agent=stranger.id, roles=[VIEWER])
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    wrong = Agent(made.agents[1].id, "wrong")
    answer = ask_child(tenant, wrong, made.links[1]["id"], agent=stranger.id, roles=[VIEWER])
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    assert answer.headers["www-authenticate"].startswith("Basic")


@pytest.mark.threat("33")
def test_an_assertion_passes_on_once(tenant: Tenant) -> None:
    """An agent with a key proves itself in the body; the same assertion does nothing more, refused or not."""
    house, keyed, researcher = tenant.house, tenant.agent("keyed", keyed=True), tenant.agent("researcher")
    root = tenant.grant(agent=keyed.id, depth=1)
    body: JSON = {"organization": tenant.id, "agent": researcher.id, "resource": APOLLO, "roles": [EDITOR]}

    def ask(assertion: str, expires_in: int) -> int:
        proof = {"client_id": keyed.id, "client_assertion_type": ASSERTION, "client_assertion": assertion}
        answer = house.http.post(
            f"/delegations/{root['id']}/children", json={**body, **proof, "expires_in": expires_in}
        )
        return answer.status_code

    used, refused = keyed.assertion(house), keyed.assertion(house)
    assert [ask(used, 60), ask(used, 60)] == [201, 401]
    assert [ask(refused, 99_999), ask(refused, 60)] == [422, 401]


@pytest.mark.threat("33")
def test_an_assertion_under_a_used_key_is_used_up(tenant: Tenant) -> None:
    """Where an idempotency key was used for another request, what proved the agent is used up all the same."""
    house, keyed, researcher = tenant.house, tenant.agent("keyed", keyed=True), tenant.agent("researcher")
    root = tenant.grant(agent=keyed.id, depth=1)
    body: JSON = {"organization": tenant.id, "agent": researcher.id, "resource": APOLLO, "roles": [EDITOR]}

    def ask(assertion: str, expires_in: int) -> int:
        proof = {"client_id": keyed.id, "client_assertion_type": ASSERTION, "client_assertion": assertion}
        wish, header = {**body, **proof, "expires_in": expires_in}, {"Idempotency-Key": "once"}
        return house.http.post(f"/delegations/{root['id']}/children", json=wish, headers=header).status_code

    refused = keyed.assertion(house)
    assert [ask(keyed.assertion(house), 60), ask(refused, 61), ask(refused, 60)] == [201, 422, 401]


def test_passing_on_may_be_repeated(tenant: Tenant) -> None:
    """With one idempotency key there is one child, told alike; to another agent it is told nothing."""
    researcher, stranger = tenant.agent("researcher"), tenant.agent("stranger")
    root = tenant.grant(depth=1, unattended=True)
    wish: JSON = {"organization": tenant.id, "agent": researcher.id, "resource": APOLLO, "roles": [EDITOR]}
    wish |= {"expires_in": 60, "unattended": True}

    def ask(agent: Agent) -> httpx2.Response:
        header, auth = {"Idempotency-Key": "once"}, (agent.id, agent.secret or "")
        return tenant.house.http.post(f"/delegations/{root['id']}/children", json=wish, headers=header, auth=auth)

    first, second, foreign = ask(tenant.planner), ask(tenant.planner), ask(stranger)
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert foreign.status_code == 404
    assert len(tenant.must("GET", "/delegations")["delegations"]) == 2


@pytest.mark.threat("6")
@pytest.mark.threat("P21")
@pytest.mark.parametrize(("cut", "left"), [(0, (False,) * 3), (1, (True, False, False)), (2, (True, True, False))])
@pytest.mark.parametrize("by", ["user", "agent", "receipt"])
def test_what_ends_above_ends_below(
    made: Chain, tokens: tuple[str, ...], cut: int, left: tuple[bool, ...], by: str
) -> None:
    """Whoever ends a link, all below it is dead at once and for ever, and all above lives on."""
    assert alive(made, tokens) == ALL
    tenant, link = made.tenant, made.links[cut]
    match by:
        case "user":
            assert tenant.hand(tenant.anne, "DELETE", link["id"]).status_code == 200
        case "agent":
            assert end(tenant, made.agents[cut], link).json()["status"] == "revoked"
        case _:
            assert tenant.give_up(link["receipt"], made.agents[0]).status_code == 200
    assert alive(made, tokens) == left
    assert [tenant.status(each) for each in made.links] == ["active" if one else "revoked" for one in left]
    again = ask_child(tenant, made.agents[1], made.links[1]["id"], agent=tenant.agent("another").id, roles=[VIEWER])
    assert (again.status_code, again.json().get("code")) == ((201, None) if left[1] else (422, "not_in_force"))


def test_an_agent_ends_what_was_made_out_of_its_own_and_nothing_else(made: Chain) -> None:
    """The planner ends the fetcher's; to the fetcher those above are no delegations at all, by either way."""
    tenant, (planner, _, fetcher) = made.tenant, made.agents
    for link in made.links[:2]:
        assert end(tenant, fetcher, link).status_code == 404
    assert tenant.give_up(made.links[1]["receipt"], fetcher).status_code == 400
    body = {"organization": tenant.id, "client_id": planner.id, "client_secret": planner.secret}
    answer = tenant.house.http.post(f"/delegations/{made.links[2]['id']}/end", json=body)
    assert (answer.status_code, answer.json()["ended_by"]) == (200, f"agent:{planner.id}")
    assert [tenant.status(each) for each in made.links] == ["active", "active", "revoked"]


STRUCK: Final[dict[str, Callable[[Chain], JSON]]] = {
    "suspended agent": lambda made: made.tenant.house.must(
        "PATCH", f"/agents/{made.agents[1].id}", {"status": "suspended"}
    ),
    "suspended link": lambda made: made.tenant.must("POST", f"/delegations/{made.links[1]['id']}/suspend"),
    "inactive user": lambda made: made.tenant.house.must(
        "PATCH", f"/users/{made.tenant.anne}", {"status": "suspended"}
    ),
}
RAISED: Final[dict[str, Callable[[Chain], JSON]]] = {
    "suspended agent": lambda made: made.tenant.house.must(
        "PATCH", f"/agents/{made.agents[1].id}", {"status": "active"}
    ),
    "suspended link": lambda made: made.tenant.must("POST", f"/delegations/{made.links[1]['id']}/resume"),
    "inactive user": lambda made: made.tenant.house.must("PATCH", f"/users/{made.tenant.anne}", {"status": "active"}),
}


@pytest.mark.threat("5")
@pytest.mark.parametrize("how", [*STRUCK])
def test_what_sleeps_above_sleeps_below_until_it_wakes(made: Chain, tokens: tuple[str, ...], how: str) -> None:
    """Dormant comes back when its cause goes, except for what was revoked meanwhile."""
    above = how != "inactive user"
    STRUCK[how](made)
    assert alive(made, tokens) == (above, False, False)
    assert made.tenant.status(made.links[2]) == "dormant"
    end(made.tenant, made.agents[2], made.links[2])
    RAISED[how](made)
    assert alive(made, tokens) == (True, True, False)


def later(made: Chain, delta: timedelta) -> JSON:
    """Let time pass."""
    made.tenant.house.clock.advance(delta)
    return {}


DELETED: Final[dict[str, Callable[[Chain], JSON]]] = {
    "agent dismissed": lambda made: made.tenant.must("DELETE", f"/agents/{made.agents[1].id}"),
    "agent deleted": lambda made: made.tenant.house.must("DELETE", f"/agents/{made.agents[1].id}"),
    "expiry": lambda made: later(made, timedelta(seconds=600)),
}


@pytest.mark.threat("6")
@pytest.mark.threat("P4")
@pytest.mark.parametrize("how", [*DELETED])
def test_what_goes_above_takes_what_is_below_with_it(made: Chain, how: str) -> None:
    """A link whose agent is dismissed or deleted, or that has expired, leaves nothing below it, and all above."""
    DELETED[how](made)
    answers = [made.redeem(hop) for hop in range(3)]
    assert answers[0].status_code == 200
    assert {answer.status_code for answer in answers[1:]} <= {400, 401}
    assert "consent_uri" in answers[2].json() or how == "expiry"
    assert made.tenant.status(made.links[2]) == ("expired" if how == "expiry" else "revoked")


@pytest.mark.threat("6")
def test_a_link_dies_with_its_role_and_its_resource(tenant: Tenant) -> None:
    """A role or a resource that is deleted takes the links that hold it, and all below them, for ever."""
    looker = f"org-looker-{tenant.id}"
    tenant.role(looker, "project", "project:view", "app:view", "document:view")
    agents = [tenant.planner, tenant.agent("researcher"), tenant.agent("fetcher")]
    root = tenant.grant(depth=2, unattended=True)
    by_role = child(tenant, agents[0], root, agent=agents[1].id, roles=[looker], depth=1)
    below_role = child(tenant, agents[1], by_role, agent=agents[2].id, resource=STOREFRONT, roles=["app-viewer"])
    at_app: JSON = {"resource": STOREFRONT, "roles": ["app-viewer"], "unattended": True}
    by_app = child(tenant, agents[0], root, agent=agents[1].id, depth=1, **at_app)
    below_app = child(tenant, agents[1], by_app, agent=agents[2].id, **at_app)
    tenant.must("DELETE", f"/roles/{looker}")
    assert [tenant.status(each) for each in (root, by_role, below_role, by_app)] == [
        "active",
        "revoked",
        "revoked",
        "active",
    ]
    assert tenant.redeem(below_app["receipt"], agents[2], details=tenant.details(STOREFRONT, "app-viewer")).is_success
    tenant.must("DELETE", f"/resources/{STOREFRONT}?cascade=true")
    assert [tenant.status(each) for each in (root, by_app, below_app)] == ["active", "revoked", "revoked"]
    assert tenant.redeem(root["receipt"]).is_success


@pytest.mark.threat("6")
@pytest.mark.parametrize("turn", range(6))
def test_a_child_made_while_its_parent_ends_is_never_alive(tenant: Tenant, turn: int) -> None:
    """Whichever comes first, what was acknowledged as ended has nothing in force below it."""
    researcher = tenant.agent("researcher")
    root = tenant.grant(depth=1, unattended=True)
    with ThreadPoolExecutor(2) as pool:
        tasks = [
            lambda: ask_child(tenant, tenant.planner, root["id"], agent=researcher.id, unattended=True),
            lambda: end(tenant, tenant.planner, root),
        ]
        futures = [pool.submit(task) for task in (tasks if turn % 2 else tasks[::-1])]
        answers = {future.result().request.method: future.result() for future in futures}
    assert answers["DELETE"].status_code == 200
    made = answers["POST"]
    if made.status_code == 201:
        assert tenant.status(made.json()) == "revoked"
        assert tenant.redeem(made.json()["receipt"], researcher).status_code == 400
    else:
        assert (made.status_code, made.json()["code"]) == (422, "not_in_force")
