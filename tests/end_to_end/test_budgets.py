"""Budgets: a delegation may be used so many times, counted exactly, and shared with whatever lies below it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from tests.end_to_end.deployment import JSON
from tests.end_to_end.hops import child
from tests.end_to_end.tenant import Tenant

pytestmark = [pytest.mark.semantics("4"), pytest.mark.threat("P9")]

RACERS = 12


def budget_of(tenant: Tenant, granted: JSON) -> JSON:
    """Return the budget of a delegation as its user is shown it."""
    shown: JSON = tenant.hand(tenant.anne, "GET", granted["id"]).json()["budget"]
    return shown


def at_once(do: Callable[[], Any]) -> list[Any]:
    """Return what came of doing something many times at the same moment."""
    with ThreadPoolExecutor(RACERS) as racers:
        return list(racers.map(lambda _: do(), range(RACERS)))


def batch(tenant: Tenant, token: str, actions: list[str], semantic: str) -> list[bool]:
    """Return the decisions of a batch of questions about a token."""
    question = {
        "subject": {"type": "token", "id": token},
        "resource": {"type": "app", "id": "storefront"},
        "evaluations": [{"action": {"name": action}} for action in actions],
        "options": {"evaluations_semantic": semantic},
    }
    service = tenant.documents
    answer = tenant.house.http.post("/access/v1/evaluations", json=question, auth=(service.id, service.secret))
    assert answer.status_code == 200, answer.text
    return [bool(one["decision"]) for one in answer.json()["evaluations"]]


def test_a_delegation_is_good_for_so_many_tokens(tenant: Tenant) -> None:
    """As many tokens are issued as the budget says; the next is refused, and the answer says why."""
    granted = tenant.grant(budget={"tokens": 2})
    assert [tenant.exchange().status_code for _ in range(2)] == [200, 200]
    refused = tenant.exchange()
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")
    assert "so many tokens" in refused.json()["error_description"]
    assert budget_of(tenant, granted) == {"tokens": 2, "evaluations": None, "used": {"tokens": 2}}


def test_a_delegation_is_good_for_so_many_evaluations(tenant: Tenant) -> None:
    """Allowed evaluations and active introspections use it alike; when it is used up both say no, and why."""
    granted = tenant.grant(budget={"evaluations": 3})
    token = tenant.token()
    assert tenant.may(token)
    assert tenant.actions(token) != []
    assert tenant.may(token)
    denial = tenant.why(token)
    assert denial["reason"] == "budget_spent"
    assert denial["failing"] == {"term": "delegation", "delegation_id": granted["id"], "hop": 1}
    assert "path" not in denial
    assert tenant.actions(token) == []


def test_a_denial_uses_nothing(tenant: Tenant) -> None:
    """Questions that are denied anyway cost no budget, nor do questions about people."""
    granted = tenant.grant(budget={"evaluations": 1})
    token = tenant.token()
    assert not tenant.may(token, "project:delete", "project:apollo")
    assert not tenant.may(token, "document:edit", "app:backoffice")
    assert tenant.person_may(tenant.anne, "document:edit", "app:storefront")
    assert budget_of(tenant, granted)["used"]["evaluations"] == 0
    assert tenant.may(token)
    assert not tenant.may(token)


def test_a_refused_exchange_uses_nothing(tenant: Tenant) -> None:
    """Only a token that was issued is counted."""
    tenant.grant(budget={"tokens": 1})
    assert tenant.exchange(details=tenant.details(actions=["project:delete"])).status_code == 400
    assert tenant.exchange(resource="https://nowhere.example").status_code == 400
    assert tenant.exchange().status_code == 200


def test_racing_exchanges_never_exceed_it(tenant: Tenant) -> None:
    """Of exchanges at the same moment exactly as many get a token as there are left."""
    granted = tenant.grant(budget={"tokens": 5})
    codes = [answer.status_code for answer in at_once(tenant.exchange)]
    assert sorted(codes) == [200] * 5 + [400] * (RACERS - 5)
    assert budget_of(tenant, granted)["used"]["tokens"] == 5


def test_racing_evaluations_never_exceed_it(tenant: Tenant) -> None:
    """Of evaluations and introspections at the same moment exactly as many say yes as there are left."""
    tenant.grant(budget={"evaluations": 7})
    token = tenant.token()
    said = at_once(lambda: (tenant.may(token), bool(tenant.actions(token))))
    assert sum(map(sum, said)) == 7


@pytest.mark.parametrize(
    ("semantic", "left", "decisions"),
    [
        ("execute_all", 2, [True, False, True, False]),
        ("deny_on_first_deny", 2, [True, False]),
        ("deny_on_first_deny", 0, [False]),
        ("permit_on_first_permit", 1, [True]),
        ("permit_on_first_permit", 0, [False, False, False, False]),
    ],
)
def test_a_batch_uses_one_for_each_yes(tenant: Tenant, semantic: str, left: int, decisions: list[bool]) -> None:
    """In a batch each allowed answer is counted, the first ones first; one that finds nothing left is a denial."""
    tenant.grant(budget={"evaluations": left + 1})
    token = tenant.token()
    assert tenant.may(token)
    actions = ["document:edit", "app:fly", "document:edit", "document:edit"]
    assert batch(tenant, token, actions, semantic) == decisions


def test_answers_from_older_facts_are_counted_exactly(tenant: Tenant) -> None:
    """Who is content with facts of some seconds ago is still told yes no more often than the budget says."""
    tenant.grant(budget={"evaluations": 2})
    token = tenant.token()
    assert [stale(tenant, token) for _ in range(4)] == [True, True, False, False]


def stale(tenant: Tenant, token: str) -> bool:
    """Return what introspection says from facts that may be a minute old."""
    service = tenant.documents
    answer: httpx2.Response = tenant.house.http.post(
        "/introspect",
        data={"token": token},
        auth=(service.id, service.secret),
        headers={"Prefer": "max-staleness=60"},
    )
    return bool(answer.json()["active"])


def test_granting_again_gives_a_new_budget_and_not_the_old_token(tenant: Tenant) -> None:
    """A budget is its delegation's: a new delegation has its own, which old tokens do not draw from."""
    tenant.grant(budget={"evaluations": 1})
    old = tenant.token()
    assert [tenant.may(old), tenant.may(old)] == [True, False]
    again = tenant.grant(budget={"evaluations": 1})
    assert not tenant.may(old)
    assert tenant.may(tenant.token(details=tenant.details(delegation_id=again["id"])))


@pytest.mark.parametrize(
    "budget", [{}, {"tokens": 0}, {"tokens": -1}, {"tokens": 2**53}, {"calls": 3}, {"tokens": "3"}]
)
def test_a_budget_that_means_nothing_is_refused(tenant: Tenant, budget: JSON) -> None:
    """A budget without a limit, with one that is no count, or of another kind is refused."""
    assert tenant.ask(tenant.anne, budget=budget).status_code == 400


def test_administrators_see_what_is_left(tenant: Tenant) -> None:
    """The list of an organization's delegations tells how far each budget is used."""
    tenant.grant(budget={"tokens": 3})
    tenant.grant(resource="project:zeus")
    tenant.token()
    shown = tenant.must("GET", "/delegations")["delegations"]
    used = [None if one["budget"] is None else one["budget"]["used"] for one in shown]
    assert sorted(used, key=str) == [None, {"tokens": 1}]


def test_children_draw_from_their_parents(tenant: Tenant) -> None:
    """However many children an agent makes, they share what their parent has, and what each has of its own."""
    granted = tenant.grant(budget={"tokens": 4, "evaluations": 3}, depth=1)
    agents = [tenant.agent(name) for name in ("writer", "reader", "sender")]
    for agent, own in zip(agents, ({"tokens": 1}, None, None), strict=True):
        child(tenant, tenant.planner, granted, agent=agent.id, budget=own)
    issued = [tenant.exchange(agent=agent) for agent in (agents[0], agents[0], agents[1], agents[2], tenant.planner)]
    assert [answer.status_code for answer in issued] == [200, 400, 200, 200, 200]
    assert [tenant.exchange(agent=agent).status_code for agent in (*agents, tenant.planner)] == [400] * 4
    tokens = [answer.json()["access_token"] for answer in issued if answer.status_code == 200]
    assert [tenant.may(token) for token in tokens] == [True, True, True, False]
    assert tenant.why(tokens[0])["failing"] == {"term": "delegation", "delegation_id": granted["id"], "hop": 1}
    assert budget_of(tenant, granted)["used"] == {"tokens": 4, "evaluations": 3}
