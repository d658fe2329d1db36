"""Tokens made out of tokens: an agent narrows its own, or one of the chain goes on from it (semantics §6)."""

from datetime import timedelta
from typing import Any, Final

import httpx2
import pytest

from tests.conformance import rfc
from tests.end_to_end.deployment import ACCESS_TOKEN, DOCUMENTS, JWT, Agent, payload
from tests.end_to_end.hops import STOREFRONT, VIEWER, chain, child
from tests.end_to_end.identity_provider import trusted
from tests.end_to_end.tenant import APOLLO, EDITOR, Tenant

pytestmark = pytest.mark.semantics("6")

BILLING: Final = "https://billing.example"


def narrowed(tenant: Tenant, token: str, agent: Agent | None = None, **members: Any) -> httpx2.Response:
    """Ask for a token derived from another one; `members` of its details, and `resource`."""
    resource = members.pop("resource", DOCUMENTS)
    return tenant.exchange(token, agent, details=tenant.details(**members), resource=resource)


def issued(answer: httpx2.Response) -> str:
    """Return the token of an answer that has to hold one."""
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


def code(answer: httpx2.Response) -> str:
    """Return the registered code of a refusal."""
    assert answer.status_code == 400, answer.text
    return str(answer.json()["error"])


@rfc("9396", "6.1", "comparison")
@pytest.mark.threat("S2")
def test_an_agent_narrows_its_own_token(tenant: Tenant) -> None:
    """Fewer actions, a smaller place and a smaller role make a token worth that much, of the same chain and user."""
    tenant.grant()
    wide = tenant.token()
    small = issued(narrowed(tenant, wide, identifier=STOREFRONT, role="app-viewer", actions=["app:view"]))
    assert tenant.actions(small) == ["app:view"]
    assert (tenant.may(small, "app:view"), tenant.may(small, "app:edit")) == (True, False)
    assert tenant.may(wide, "app:edit")
    before, after = payload(wide), payload(small)
    assert [after[name] for name in ("sub", "client_id", "act")] == [
        before[name] for name in ("sub", "client_id", "act")
    ]
    assert after["ancestors"] == [{"jti": before["jti"], "identifier": APOLLO, "privileges": [EDITOR]}]


@pytest.mark.threat("1")
@pytest.mark.threat("S1")
@rfc("9396", "6.1", "compared-in-full")
@pytest.mark.parametrize(
    "members",
    [
        {"actions": ["app:edit"]},
        {"role": EDITOR, "actions": ["document:edit"]},
        {"identifier": "workspace:design", "role": "workspace-member"},
        {"identifier": "project:zeus", "role": VIEWER},
    ],
)
def test_nothing_derived_is_worth_more(tenant: Tenant, members: dict[str, Any]) -> None:
    """What the first token was not asked for is refused, although the delegation has it."""
    tenant.grant()
    tenant.grant(resource="project:zeus")
    viewing = tenant.token(details=tenant.details(actions=["app:view", "document:view"]))
    asked = {"identifier": APOLLO, "role": EDITOR, **members}
    assert code(narrowed(tenant, viewing, **asked)) in {"invalid_authorization_details", "invalid_scope"}


@pytest.mark.threat("2")
def test_what_a_token_was_for_bounds_what_comes_of_it_wherever_things_move(tenant: Tenant) -> None:
    """What moves out of the place of the first token is out of reach of the second, though not of the delegation."""
    tenant.grant(resource="workspace:design", roles=["workspace-member"])
    first = tenant.token()
    second = issued(narrowed(tenant, first, identifier=STOREFRONT, role="app-viewer"))
    direct = tenant.token(details=tenant.details(STOREFRONT, "app-viewer"))
    tenant.move(STOREFRONT, "project:zeus")
    assert [tenant.may(token, "app:view", STOREFRONT) for token in (direct, second, first)] == [True, False, False]
    assert [bool(tenant.actions(token)) for token in (direct, second)] == [True, False]
    assert tenant.why(second, "app:view", STOREFRONT)["failing"] == {"term": "token"}


def test_what_the_first_token_no_longer_gives_is_refused_and_not_trimmed(tenant: Tenant) -> None:
    """A role of the first token that has lost something since makes a bigger wish on it an error."""
    painter = f"org-painter-{tenant.id}"
    tenant.role(painter, "project", "document:view", "document:edit")
    tenant.grant(roles=[painter, EDITOR])
    first = tenant.token(details=tenant.details(role=painter))
    both: dict[str, Any] = {"role": EDITOR, "actions": ["document:edit", "document:view"]}
    assert narrowed(tenant, first, **both).status_code == 200
    tenant.role(painter, "project", "document:view")
    assert code(narrowed(tenant, first, **both)) == "invalid_authorization_details"
    assert narrowed(tenant, first, role=EDITOR, actions=["document:view"]).status_code == 200


@pytest.mark.threat("6")
@pytest.mark.threat("14")
def test_an_agent_stays_with_the_delegation_of_its_token(tenant: Tenant) -> None:
    """Another delegation to the same agent, however much it covers, is no ground for what is derived."""
    first = tenant.grant()
    token = tenant.token()
    second = tenant.grant(resource="workspace:design", roles=["workspace-member"])
    derived = issued(narrowed(tenant, token, identifier=STOREFRONT, role="app-viewer"))
    assert payload(derived)["authorization_details"][0]["delegation_id"] == first["id"]
    assert code(narrowed(tenant, token, delegation_id=second["id"])) == "invalid_authorization_details"
    tenant.hand(tenant.anne, "DELETE", first["id"])
    assert tenant.actions(derived) == []
    assert code(narrowed(tenant, token, identifier=STOREFRONT, role="app-viewer")) == "invalid_request"


@pytest.mark.threat("3")
@rfc("8693", "2.1", "subject-token")
def test_nothing_derived_lives_longer(tenant: Tenant) -> None:
    """An agent cannot prolong what it has by exchanging it with itself, however often."""
    tenant.grant()
    token = tenant.token()
    end = payload(token)["exp"]
    for _ in range(3):
        tenant.house.clock.advance(timedelta(seconds=60))
        token = issued(narrowed(tenant, token))
        assert payload(token)["exp"] == end
    tenant.house.clock.advance(timedelta(seconds=120))
    assert code(narrowed(tenant, token)) == "invalid_request"


@pytest.mark.threat("6")
def test_what_a_token_comes_from_takes_it_along(tenant: Tenant) -> None:
    """Revoking any token ends all that was derived from it, and nothing before it; none of them yields another."""
    tenant.grant()
    line = [tenant.token()]
    for _ in range(4):
        line.append(issued(narrowed(tenant, line[-1])))
    assert tenant.give_up(line[2]).status_code == 200
    assert [bool(tenant.actions(token)) for token in line] == [True, True, False, False, False]
    assert [narrowed(tenant, token).status_code for token in line[:4]] == [200, 200, 400, 400]
    assert code(narrowed(tenant, line[3])) == "invalid_request"


@pytest.mark.threat("15")
def test_a_token_has_four_ancestors_and_none_is_dropped(tenant: Tenant) -> None:
    """The fifth derivation is refused, and not one of the earlier ones left out to make room."""
    tenant.grant()
    line = [tenant.token()]
    for _ in range(4):
        line.append(issued(narrowed(tenant, line[-1])))
    assert [each["jti"] for each in payload(line[4])["ancestors"]] == [payload(each)["jti"] for each in line[3::-1]]
    assert code(narrowed(tenant, line[4])) == "invalid_request"


@rfc("8693", "4.1", "actor")
def test_another_agent_of_the_chain_goes_on_from_a_token(tenant: Tenant) -> None:
    """With a child of the token's delegation it gets one of its own, with all actors in it; without, nothing."""
    made = chain(tenant)
    first, stranger = made.token(0), tenant.agent("stranger")
    second = issued(narrowed(tenant, first, made.agents[1], role=VIEWER))
    third = issued(narrowed(tenant, second, made.agents[2], identifier=STOREFRONT, role="app-viewer"))
    claims = payload(third)
    assert (claims["act"]["sub"], claims["act"]["act"]["sub"]) == (made.agents[2].id, made.agents[1].id)
    assert claims["act"]["act"]["act"]["sub"] == made.agents[0].id
    assert [each["jti"] for each in claims["ancestors"]] == [payload(second)["jti"], payload(first)["jti"]]
    assert tenant.actions(third) == ["app:view", "document:view"]
    assert code(narrowed(tenant, first, stranger, role=VIEWER)) == "invalid_request"
    assert code(narrowed(tenant, third, made.agents[0], identifier=STOREFRONT, role="app-viewer")) == "invalid_request"
    tenant.give_up(first)
    assert tenant.actions(third) == []


def test_a_refusal_says_where_a_person_can_grant(tenant: Tenant) -> None:
    """Of a chain that was cut, and of an agent that nobody let act, the answer names the place to go to."""
    made = chain(tenant)
    token, stranger = made.token(2), tenant.agent("stranger")
    tenant.hand(tenant.anne, "DELETE", made.links[1]["id"])
    asked = {"identifier": STOREFRONT, "role": "app-viewer"}
    for answer in (narrowed(tenant, token, made.agents[2], **asked), made.redeem(2), tenant.exchange(agent=stranger)):
        assert code(answer) == "invalid_request"
        assert answer.json()["consent_uri"] == f"{tenant.house.issuer}/delegations"


def test_a_token_for_one_service_leads_to_one_for_another(tenant: Tenant) -> None:
    """The audience binds who may accept a token; for whom the next may be is the delegation's word."""
    tenant.house.manage("POST", "/services", {"id": "billing", "audience": BILLING})
    tenant.must("PUT", "/services/billing")
    bound = tenant.grant(audiences=[DOCUMENTS])
    token = tenant.token()
    assert code(narrowed(tenant, token, resource=BILLING)) == "invalid_target"
    tenant.hand(tenant.anne, "DELETE", bound["id"])
    tenant.grant()
    assert payload(issued(narrowed(tenant, tenant.token(), resource=BILLING)))["aud"] == BILLING


@pytest.mark.threat("S1")
@rfc("9396", "6.1", "compared-in-full")
def test_a_user_tokens_service_binds_all_that_comes_from_it(tenant: Tenant) -> None:
    """A user token that is for one service alone leads to no token for another, by no detour."""
    tenant.house.manage("POST", "/services", {"id": "billing", "audience": BILLING})
    tenant.must("PUT", "/services/billing")
    tenant.grant()
    provider = trusted(tenant.house, f"idp-{tenant.id}")
    entry = {**tenant.details()[0], "locations": [DOCUMENTS]}
    restricted = provider.token(tenant.anne, authorization_details=[entry])
    token = issued(tenant.exchange(restricted))
    again = issued(narrowed(tenant, token, identifier=STOREFRONT, role="app-viewer"))
    app: dict[str, Any] = {"identifier": STOREFRONT, "role": "app-viewer"}
    whole: dict[str, Any] = {}
    for each, asked in ((token, whole), (again, app)):
        assert code(narrowed(tenant, each, resource=BILLING, **asked)) == "invalid_target"
        assert narrowed(tenant, each, **asked).status_code == 200


@pytest.mark.threat("P12")
def test_a_token_of_four_agents_and_four_ancestors_is_small(tenant: Tenant) -> None:
    """With four agents and four ancestors of different places or roles it has at most 2,048 characters."""
    tenant.resource("app:storefront-checkout", APOLLO)
    agents = [tenant.planner, *(tenant.agent(f"agent-{name}") for name in ("researcher", "fetcher", "summariser"))]
    root = tenant.grant(resource="workspace:design", roles=["workspace-member"], depth=3)
    places = [(APOLLO, EDITOR), (APOLLO, VIEWER), ("app:storefront-checkout", "app-viewer")]
    link, token = root, tenant.token(details=tenant.details("workspace:design", "workspace-member"))
    for n, (identifier, role) in enumerate(places):
        chosen: dict[str, Any] = {"resource": identifier, "roles": [role], "depth": 2 - n}
        link = child(tenant, agents[n], link, agent=agents[n + 1].id, **chosen)
        token = issued(narrowed(tenant, token, agents[n + 1], identifier=identifier, role=role))
    last = {"identifier": "app:storefront-checkout", "role": "app-viewer", "actions": ["app:view"]}
    token = issued(narrowed(tenant, token, agents[3], **last))
    claims = payload(token)
    assert len(claims["ancestors"]) == 4
    assert len({str(each.get("identifier")) + str(each.get("privileges")) for each in claims["ancestors"]}) == 4
    assert len(token) <= 2048, len(token)


@rfc("8693", "2.1", "actor-token")
@pytest.mark.threat("15")
@pytest.mark.threat("22")
def test_an_agents_own_token_proves_the_agent_and_nothing_else(tenant: Tenant) -> None:
    """It is an actor token for itself; never a subject, never active, and of no use to another agent."""
    house, planner, other = tenant.house, tenant.planner, tenant.agent("other")
    for agent in (planner, other):
        tenant.grant(agent=agent.id)
    answer = house.http.post(
        "/token", data={"grant_type": "client_credentials"}, auth=(planner.id, planner.secret or "")
    )
    own = issued(answer)
    claims = payload(own)
    assert (claims["sub"], claims["client_id"], claims["aud"]) == (planner.id, planner.id, house.issuer)
    assert not claims.keys() & {"act", "authorization_details", "scope", "org_id"}
    for declared in (ACCESS_TOKEN, JWT):
        assert tenant.exchange(actor_token=own, actor_token_type=declared).status_code == 200
        assert code(tenant.exchange(own, subject_token_type=declared)) == "invalid_request"
        foreign = tenant.exchange(agent=other, actor_token=own, actor_token_type=declared)
        assert code(foreign) == "invalid_request"
    assert tenant.exchange(agent=other).status_code == 200
    acting = tenant.token()
    assert code(tenant.exchange(actor_token=acting, actor_token_type=ACCESS_TOKEN)) == "invalid_request"
    assert house.introspect(tenant.documents, own) == {"active": False}
    assert code(tenant.give_up(own)) == "unsupported_token_type"
