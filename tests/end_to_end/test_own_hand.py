"""The user's own hand: nothing an agent can hold creates, widens, prolongs or resumes a delegation."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from tests.end_to_end.deployment import ACCESS_TOKEN, JSON, JWT, Agent, payload
from tests.end_to_end.identity_provider import IdentityProvider, trusted
from tests.end_to_end.tenant import ALIVE, APOLLO, EDITOR, Tenant

APIS = ("delegations", "management")

pytestmark = [pytest.mark.semantics("4"), pytest.mark.threat("17")]


@dataclass
class Scene:
    """Anne has let a keyed agent act, one delegation asleep and one awake; the agent holds all it can come to hold."""

    tenant: Tenant
    provider: IdentityProvider
    agent: Agent
    asleep: JSON
    awake: JSON

    def send(self, method: str, path: str, body: JSON | None, bearer: str) -> httpx2.Response:
        """Send a request with something presented as a bearer token."""
        headers = {"Authorization": f"Bearer {bearer}"}
        return self.tenant.house.http.request(method, path, json=body, headers=headers)

    def state(self) -> list[JSON]:
        """Return every delegation of the organization as it stands; when it was last used is told a moment later."""
        shown: list[JSON] = self.tenant.must("GET", "/delegations")["delegations"]
        return [{name: value for name, value in one.items() if name != "last_used"} for one in shown]


@pytest.fixture(scope="module")
def watched(found_tenant: Callable[[], Tenant]) -> Scene:
    """The scene of all attempts that must change nothing in it."""
    return staged(found_tenant())


@pytest.fixture
def scene(tenant: Tenant) -> Scene:
    """The scene of one test alone."""
    return staged(tenant)


def staged(tenant: Tenant) -> Scene:
    """Return the scene in a fresh organization."""
    provider = trusted(tenant.house, f"idp-{tenant.id}")
    agent = tenant.agent("keyed", keyed=True)
    tenant.assign(f"user:{tenant.anne}", "organization-admin", f"organization:{tenant.id}")
    asleep = tenant.grant(agent=agent.id, unattended=True)
    tenant.hand(tenant.anne, "POST", asleep["id"], "/suspend")
    awake = tenant.grant(agent=agent.id, unattended=True, resource="project:zeus")
    return Scene(tenant, provider, agent, asleep, awake)


def delegated(scene: Scene) -> str:
    """Return a token that the agent got for anne."""
    return scene.tenant.token(agent=scene.agent, details=scene.tenant.details("project:zeus"))


def said(scene: Scene, aim: str, **changed: Any) -> str:
    """Return anne's token for the API aimed at, which is refused only for the claims that are changed."""
    now = scene.tenant.now
    claims = {"iss": scene.provider.issuer, "sub": scene.tenant.anne, "aud": aim, "iat": now, "exp": now + 3600}
    return scene.provider.signed({**claims, **changed})


HOLDINGS: dict[str, Callable[[Scene, str], str]] = {
    "the user token that anne hands to agents": lambda s, _: s.provider.token(s.tenant.anne),
    "a user token of the development provider": lambda s, _: s.tenant.house.user_token(s.tenant.anne),
    "a delegated token": lambda s, _: delegated(s),
    "a receipt": lambda s, _: str(s.awake["receipt"]),
    "a client assertion": lambda s, _: s.agent.assertion(s.tenant.house),
    "a client assertion for this API": lambda s, aim: s.agent.assertion(s.tenant.house, aud=aim),
    "a client secret": lambda s, _: str(s.tenant.planner.secret),
    "a service's secret": lambda s, _: s.tenant.documents.secret,
    "a token of somebody who acts for anne": lambda s, aim: said(s, aim, act={"sub": s.agent.id}),
    "a token with an empty act": lambda s, aim: said(s, aim, act={}),
    "a token with act null": lambda s, aim: said(s, aim, act=None),
    "a token issued to the agent": lambda s, aim: said(s, aim, client_id=s.agent.id),
    "a token whose authorized party is the agent": lambda s, aim: said(s, aim, azp=s.agent.id),
    "a token issued to another agent": lambda s, aim: said(s, aim, client_id=s.tenant.planner.id),
    "a token for agents too": lambda s, aim: said(s, aim, aud=[aim, s.tenant.house.issuer]),
    "a token for both our APIs": lambda s, aim: said(s, aim, aud=[f"{s.tenant.house.issuer}/{api}" for api in APIS]),
    "a token for an audience that only begins alike": lambda s, aim: said(s, aim, aud=f"{aim}/"),
    "a token bound to a key": lambda s, aim: said(s, aim, cnf={"jkt": "x"}),
    "a token restricted to a scope": lambda s, aim: said(s, aim, scope="document:view"),
    "a token restricted to nothing": lambda s, aim: said(s, aim, authorization_details=[]),
    "a token of the agent itself": lambda s, aim: said(s, aim, sub=s.agent.id),
    "an expired token": lambda s, aim: said(s, aim, exp=s.tenant.now),
    "a token not yet valid": lambda s, aim: said(s, aim, nbf=s.tenant.now + 60),
    "a token without an end": lambda s, aim: said(s, aim, exp=None),
    "a token of an issuer that is not trusted": lambda s, aim: said(s, aim, iss="https://elsewhere.example"),
}


@pytest.mark.parametrize("holding", HOLDINGS)
def test_nothing_an_agent_can_hold_moves_the_users_hand(watched: Scene, holding: str) -> None:
    """Whatever is presented, no delegation is created, resumed, suspended, revoked or even listed with it."""
    tenant, before = watched.tenant, watched.state()
    aim = f"{tenant.house.issuer}/delegations"
    where = f"?organization={tenant.id}"
    attempts: list[tuple[str, str, JSON | None]] = [
        ("POST", "/delegations", tenant.wish(agent=watched.agent.id, resource="workspace:design")),
        ("POST", f"/delegations/{watched.asleep['id']}/resume{where}", None),
        ("POST", f"/delegations/{watched.awake['id']}/suspend{where}", None),
        ("DELETE", f"/delegations/{watched.awake['id']}{where}", None),
        ("GET", f"/delegations{where}", None),
        ("GET", f"/delegations/{watched.awake['id']}{where}", None),
    ]
    for method, path, body in attempts:
        assert watched.send(method, path, body, HOLDINGS[holding](watched, aim)).status_code == 401, (method, path)
    assert watched.state() == before


@pytest.mark.semantics("1")
@pytest.mark.parametrize("holding", HOLDINGS)
def test_nothing_an_agent_can_hold_administers(watched: Scene, holding: str) -> None:
    """Whatever is presented, no command of administration is performed with it, though anne may give all of them."""
    tenant, before = watched.tenant, watched.state()
    aim = f"{tenant.house.issuer}/management"
    here = f"/organizations/{tenant.id}"
    root = f"organization:{tenant.id}"
    attempts: list[tuple[str, str, JSON | None]] = [
        ("POST", f"{here}/delegations/{watched.asleep['id']}/resume", None),
        ("PUT", f"{here}/agents/{watched.agent.id}", {"ceiling": "none"}),
        ("PUT", f"{here}/assignments?principal=agent:{watched.agent.id}&role=organization-admin&resource={root}", None),
        ("PUT", f"{here}/roles/org-mine", {"type": "project", "permissions": ["document:delete"]}),
        ("PATCH", f"{here}/resources/project:forecast", {"parent": "workspace:design"}),
        ("POST", f"{here}/groups", {"id": "mine"}),
        ("GET", f"{here}/delegations", None),
        ("GET", here, None),
        ("POST", "/users", {"id": tenant.own("mine")}),
    ]
    for method, path, body in attempts:
        assert watched.send(method, path, body, HOLDINGS[holding](watched, aim)).status_code == 401, (method, path)
    assert watched.state() == before
    assert "mine" not in tenant.must("GET", "")["groups"]


def test_the_attempts_fail_for_what_they_present_alone(scene: Scene) -> None:
    """The same requests succeed with anne's own tokens for the two APIs, so nothing else stops them."""
    tenant = scene.tenant
    wish = tenant.wish(agent=scene.agent.id, resource="workspace:design", roles=["workspace-member"])
    assert scene.send("POST", "/delegations", wish, scene.provider.by_hand(tenant.anne)).status_code == 201
    where = f"/delegations/{scene.asleep['id']}/resume?organization={tenant.id}"
    assert scene.send("POST", where, None, scene.provider.by_hand(tenant.anne)).status_code == 200
    groups = f"/organizations/{tenant.id}/groups"
    assert scene.send("POST", groups, {"id": "mine"}, scene.provider.to_manage(tenant.anne)).status_code == 201


@pytest.mark.parametrize("basic", ["agent", "service", "keyed agent"])
def test_a_clients_credentials_open_no_other_door(scene: Scene, basic: str) -> None:
    """What authenticates a client at the OAuth endpoints is nothing at the delegations and management APIs."""
    tenant = scene.tenant
    pair = {
        "agent": (tenant.planner.id, tenant.planner.secret or ""),
        "service": (tenant.documents.id, tenant.documents.secret),
        "keyed agent": (scene.agent.id, scene.agent.assertion(tenant.house)),
    }[basic]
    http = tenant.house.http
    assert http.post("/delegations", json=tenant.wish(), auth=pair).status_code == 401
    assert http.get(f"/delegations?organization={tenant.id}", auth=pair).status_code == 401
    assert http.get(f"/organizations/{tenant.id}", auth=pair).status_code == 401
    assert http.post("/users", json={"id": tenant.own("mine")}, auth=pair).status_code == 401


@pytest.mark.semantics("6")
@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("declared", [ACCESS_TOKEN, JWT])
def test_a_token_for_our_apis_is_no_subject_token(scene: Scene, api: str, declared: str) -> None:
    """The token with which a user grants or administers gets an agent nothing, whatever it is called."""
    tenant = scene.tenant
    subject = scene.provider.token(tenant.anne, aud=f"{tenant.house.issuer}/{api}")
    answer = tenant.exchange(subject, scene.agent, subject_token_type=declared, details=tenant.details("project:zeus"))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.semantics("6")
@pytest.mark.parametrize("api", APIS)
def test_no_provider_makes_such_a_token_a_subject_token(scene: Scene, api: str) -> None:
    """A provider whose audience is set to one of our APIs does not turn those tokens into subject tokens."""
    tenant = scene.tenant
    aim = f"{tenant.house.issuer}/{api}"
    body = {"issuer": scene.provider.issuer, "jwks": jwks(scene), "subjects": "same", "audience": aim}
    tenant.house.manage("PUT", f"/identity-providers/{scene.provider.id}", body)
    answer = tenant.exchange(scene.provider.token(tenant.anne, aud=aim), scene.agent)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def jwks(scene: Scene) -> JSON:
    """Return the public keys of the scene's provider."""
    return {"keys": [scene.provider.key.as_dict(private=False)]}


@pytest.mark.semantics("6")
@pytest.mark.threat("S5")
@pytest.mark.parametrize(
    "changed",
    [
        {"act": {"sub": "somebody"}},
        {"act": {}},
        {"client_id": "{keyed}"},
        {"azp": "{keyed}"},
        {"client_id": "{planner}"},
        {"client_id": "a", "azp": "b"},
        {"aud": ["{issuer}", "https://elsewhere.example"]},
        {"aud": "https://elsewhere.example"},
        {"aud": []},
        {"aud": None},
        {"sub": "{keyed}"},
        {"sub": "{documents}"},
        {"sub": "nobody"},
        {"sub": None},
        {"exp": None},
        {"exp": 1},
        {"iss": "https://elsewhere.example"},
    ],
)
def test_only_a_users_own_token_for_this_issuer_is_a_subject_token(watched: Scene, changed: JSON) -> None:
    """A token with an actor, issued to an agent, for others too, of an agent or a service is refused."""
    tenant, zeus = watched.tenant, watched.tenant.details("project:zeus")
    names = {"keyed": watched.agent.id, "planner": tenant.planner.id, "documents": tenant.documents.id}

    def filled(value: object) -> object:
        if isinstance(value, list):
            return [filled(each) for each in value]
        return value.format(**names, issuer=tenant.house.issuer) if isinstance(value, str) else value

    assert tenant.exchange(watched.provider.token(tenant.anne), watched.agent, details=zeus).status_code == 200
    subject = watched.provider.token(tenant.anne, **{name: filled(value) for name, value in changed.items()})
    answer = tenant.exchange(subject, watched.agent, details=zeus)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.semantics("6")
@pytest.mark.threat("S8")
def test_a_delegated_token_gets_its_own_agent_nothing_more(scene: Scene) -> None:
    """What its agent derives from it ends when it does and names the same actor."""
    tenant, token = scene.tenant, delegated(scene)
    tenant.house.clock.advance(timedelta(seconds=100))
    answer = tenant.exchange(token, scene.agent, details=tenant.details("project:zeus"))
    before, after = payload(token), payload(answer.json()["access_token"])
    assert (after["exp"], after["act"]) == (before["exp"], before["act"])


@pytest.mark.semantics("6")
@pytest.mark.threat("S8")
@pytest.mark.parametrize(("declared", "own"), [(JWT, True), (JWT, False), (ACCESS_TOKEN, False)])
def test_a_delegated_token_gets_no_other_token(scene: Scene, declared: str, *, own: bool) -> None:
    """Presented by another agent, or declared as what it is not, a delegated token is worth nothing."""
    tenant = scene.tenant
    token = delegated(scene)
    tenant.grant(resource="project:zeus")
    agent = scene.agent if own else tenant.planner
    answer = tenant.exchange(token, agent, subject_token_type=declared, details=tenant.details("project:zeus"))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.threat("15")
def test_one_token_is_not_both_subject_and_actor(scene: Scene) -> None:
    """A user token, a receipt or an assertion presented in both places is refused."""
    tenant, receipt = scene.tenant, str(scene.awake["receipt"])
    user_token, assertions = scene.provider.token(tenant.anne), [scene.agent.assertion(tenant.house) for _ in APIS]
    presented = [(user_token, ACCESS_TOKEN), (receipt, JWT), *zip(assertions, (JWT, ACCESS_TOKEN), strict=True)]
    for token, declared in presented:
        form = {"subject_token_type": declared, "actor_token": token, "actor_token_type": JWT}
        answer = tenant.exchange(token, scene.agent, details=tenant.details("project:zeus"), **form)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.threat("I2")
def test_nothing_an_agent_does_changes_a_delegation(scene: Scene) -> None:
    """Exchanges and refused attempts leave every delegation as it was; only giving it up ends it."""
    tenant, before = scene.tenant, scene.state()
    zeus = tenant.details("project:zeus")
    for _ in range(3):
        assert tenant.exchange(agent=scene.agent, details=zeus).status_code == 200
        assert tenant.redeem(str(scene.awake["receipt"]), scene.agent, details=zeus).status_code == 200
        assert tenant.exchange(agent=scene.agent, details=tenant.details(APOLLO, EDITOR)).status_code == 400
        assert tenant.exchange(agent=scene.agent, details=tenant.details("workspace:design")).status_code == 400
    assert tenant.give_up(delegated(scene), scene.agent).status_code == 200
    assert scene.state() == before
    assert tenant.give_up(str(scene.awake["receipt"]), scene.agent).status_code == 200
    assert (tenant.status(scene.awake), tenant.status(scene.asleep)) == ("revoked", "suspended")


def test_an_agent_without_the_user_gets_nothing(tenant: Tenant) -> None:
    """Attended delegations are worth nothing without a token of the user."""
    tenant.grant()
    for grant_type in ("client_credentials", "refresh_token", "authorization_code", "password", ""):
        form = {"grant_type": grant_type, "scope": "document:edit", "username": tenant.anne, "password": "x"}
        pair = (tenant.planner.id, tenant.planner.secret or "")
        answer = tenant.house.http.post("/token", data=form, auth=pair)
        assert (answer.status_code, "access_token" in answer.json()) == (400, False)
    assert tenant.seen(tenant.token()) == ALIVE
