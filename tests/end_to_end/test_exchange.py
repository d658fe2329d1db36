"""Token exchange: what is asked, what is found, what is issued (semantics: token exchange)."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.databases import rows
from tests.end_to_end.deployment import ACCESS_TOKEN, DOCUMENTS, JSON, JWT, payload
from tests.end_to_end.identity_provider import trusted
from tests.end_to_end.tenant import APOLLO, EDITOR, Tenant

pytestmark = pytest.mark.semantics("6")

VIEWS = ["app:view", "document:view", "project:view"]
EDITS = ["app:edit", "app:view", "document:edit", "document:view", "project:view"]


@pytest.fixture(scope="module")
def lent(settled: Tenant) -> Tenant:
    """The shared organization, in which anne has let the planner edit apollo."""
    settled.grant(expires_in=86_400)
    return settled


def error(tenant: Tenant, **chosen: Any) -> str:
    """Return the code with which an exchange that has to be refused is refused."""
    answer = tenant.exchange(**chosen)
    assert answer.status_code == 400, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return str(answer.json()["error"])


def test_the_answer_and_the_token_say_the_same(tenant: Tenant) -> None:
    """Type, life, details and claims of an issued token agree with the answer."""
    granted = tenant.grant()
    answer = tenant.exchange().json()
    claims = payload(answer["access_token"])
    assert (answer["issued_token_type"], answer["token_type"]) == (ACCESS_TOKEN, "Bearer")
    assert answer["authorization_details"] == claims["authorization_details"]
    assert claims["authorization_details"] == [
        {
            "type": "resource_role",
            "identifier": APOLLO,
            "privileges": [EDITOR],
            "actions": EDITS,
            "locations": [DOCUMENTS],
            "delegation_id": granted["id"],
        }
    ]
    assert (claims["iat"], claims["nbf"], claims["exp"]) == (tenant.now, tenant.now, tenant.now + 300)
    assert answer["expires_in"] == 300
    assert "refresh_token" not in answer
    assert "scope" not in answer


@pytest.mark.threat("P12")
def test_a_token_is_small(tenant: Tenant) -> None:
    """A token refers to its delegation and copies nothing of it."""
    tenant.grant(purpose="x" * 500, audiences=[DOCUMENTS])
    assert len(tenant.token()) < 2048


@pytest.mark.threat("3")
@pytest.mark.parametrize(
    ("delegation", "subject", "expected"),
    [(1800, 3600, 300), (200, 3600, 200), (1800, 100, 100), (90, 100, 90), (300, 300, 300), (1, 3600, 1)],
)
def test_a_token_lives_no_longer_than_anything_it_stands_on(
    tenant: Tenant, delegation: int, subject: int, expected: int
) -> None:
    """The end is the earliest of the usual lifetime, the subject token's end and the delegation's."""
    provider = trusted(tenant.house, f"idp-{tenant.id}")
    tenant.grant(expires_in=delegation)
    answer = tenant.exchange(provider.token(tenant.anne, exp=tenant.now + subject)).json()
    assert answer["expires_in"] == expected
    assert payload(answer["access_token"])["exp"] == tenant.now + expected


@pytest.mark.threat("3")
def test_a_token_is_good_until_its_end_and_not_in_it(tenant: Tenant) -> None:
    """A token counts in its last second and no longer in the second of its `exp`."""
    tenant.grant()
    token = tenant.token()
    tenant.house.clock.advance(timedelta(seconds=299))
    assert (bool(tenant.actions(token)), tenant.may(token)) == (True, True)
    tenant.house.clock.advance(timedelta(seconds=1))
    assert (bool(tenant.actions(token)), tenant.may(token)) == (False, False)


def test_identical_requests_get_different_tokens(tenant: Tenant) -> None:
    """Every token has a `jti` of its own."""
    tenant.grant()
    subject = tenant.house.user_token(tenant.anne)
    tokens = [tenant.exchange(subject).json()["access_token"] for _ in range(5)]
    assert len({payload(token)["jti"] for token in tokens}) == 5


def test_what_was_asked_is_what_counts(tenant: Tenant) -> None:
    """A token is worth no more than the actions, the role and the place that were asked for."""
    tenant.grant()
    token = tenant.token(details=tenant.details(actions=["document:view"]))
    assert tenant.actions(token) == ["document:view"]
    assert not tenant.may(token)
    viewer = tenant.token(details=tenant.details(role="project-viewer"))
    assert tenant.actions(viewer) == VIEWS
    assert not tenant.may(viewer)
    there = tenant.token(details=tenant.details("app:storefront", "app-viewer"))
    assert tenant.may(there, "app:view")
    assert not tenant.may(there, "app:view", APOLLO)


@pytest.mark.threat("4")
def test_what_the_user_lacks_is_left_out_and_counts_once_regained(tenant: Tenant) -> None:
    """The answer names the actions effective now; the token is bound by what was asked, so a right regained counts."""
    tenant.assign(f"user:{tenant.bob}", "project-viewer", APOLLO)
    tenant.grant(tenant.bob)
    asked = tenant.details(actions=["document:edit", "document:view"])
    answer = tenant.exchange(tenant.house.user_token(tenant.bob), details=asked).json()
    assert answer["authorization_details"][0]["actions"] == ["document:view"]
    token = answer["access_token"]
    assert not tenant.may(token)
    tenant.assign(f"user:{tenant.bob}", "workspace-member", "workspace:design")
    assert tenant.may(token)
    assert tenant.actions(token) == ["document:edit", "document:view"]
    assert not tenant.may(token, "app:edit")


@pytest.mark.threat("1")
def test_nothing_left_is_an_error(tenant: Tenant) -> None:
    """When nothing of what was asked is effective no token is issued."""
    tenant.assign(f"user:{tenant.bob}", "project-viewer", APOLLO)
    tenant.grant(tenant.bob)
    subject = tenant.house.user_token(tenant.bob)
    asked = tenant.details(actions=["document:edit"])
    assert error(tenant, subject_token=subject, details=asked) == "invalid_authorization_details"


@pytest.mark.threat("1")
@pytest.mark.parametrize(
    "asked",
    [
        {"identifier": "workspace:design"},
        {"identifier": "project:zeus"},
        {"identifier": "app:backoffice", "role": "app-viewer"},
        {"identifier": "project:nowhere"},
        {"identifier": "planet:mars"},
        {"role": "workspace-member"},
        {"role": "app-viewer"},
        {"role": "org-nothing"},
        {"privileges": [EDITOR, "org-nothing"]},
        {"privileges": [EDITOR, "workspace-member"]},
        {"actions": ["document:delete"]},
        {"actions": ["document:edit", "document:delete"]},
        {"actions": ["document:fold"]},
        {"role": "project-viewer", "actions": ["document:edit"]},
        {"delegation_id": "dlg_nothing"},
    ],
)
def test_what_exceeds_the_delegation_is_refused_and_not_trimmed(lent: Tenant, asked: JSON) -> None:
    """A role, an action or a place beyond what was granted is an error, though the user holds it."""
    assert error(lent, details=lent.details(**asked)) == "invalid_authorization_details"


@pytest.mark.threat("1")
@pytest.mark.threat("I3")
@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "{}",
        "null",
        "nonsense",
        "[{}]",
        '[{"type":"resource_role"}]',
        '[{"type":"resource_role","identifier":"project:apollo"}]',
        '[{"type":"resource_role","identifier":"project:apollo","privileges":[]}]',
        '[{"type":"resource_role","identifier":"project:apollo","privileges":["project-editor"],"actions":[]}]',
        '[{"type":"resource_role","identifier":"project:apollo","privileges":["project-editor"],"until":1}]',
        '[{"type":"resource_role","identifier":"apollo","privileges":["project-editor"]}]',
        '[{"type":"resource_role","identifier":"project:*","privileges":["project-editor"]}]',
        '[{"type":"everything","identifier":"project:apollo","privileges":["project-editor"]}]',
        '[{"type":"resource_role","identifier":"project:apollo","privileges":["project-editor","project-editor"]}]',
    ],
)
def test_an_empty_or_odd_wish_is_no_wish_for_everything(lent: Tenant, text: str) -> None:
    """Details that are empty, incomplete or not understood are refused, never read as no restriction."""
    answer = lent.exchange(authorization_details=text)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_authorization_details")


@pytest.mark.threat("1")
def test_two_entries_are_refused(tenant: Tenant) -> None:
    """A token has one entry and one chain."""
    tenant.grant()
    two = json.dumps([*tenant.details(), *tenant.details("app:storefront", "app-viewer")])
    answer = tenant.exchange(authorization_details=two)
    assert answer.json()["error"] == "invalid_authorization_details"


def test_without_a_delegation_the_answer_says_where_to_grant_one(tenant: Tenant) -> None:
    """No delegation, or none that covers the request: refused, with the place where a person can grant it."""
    none = tenant.exchange()
    assert none.status_code == 400
    assert none.json()["consent_uri"].startswith(tenant.house.issuer)
    tenant.grant()
    beyond = tenant.exchange(details=tenant.details("project:zeus"))
    assert beyond.json()["consent_uri"] == none.json()["consent_uri"]


def test_among_several_delegations_one_has_to_be_named(tenant: Tenant) -> None:
    """When several delegations cover a request it is refused with their names; naming one decides."""
    first, second = tenant.grant(), tenant.grant()
    tenant.grant(resource="project:zeus")
    answer = tenant.exchange()
    assert answer.json()["delegations"] == sorted([first["id"], second["id"]])
    for granted in (first, second):
        named = tenant.exchange(details=tenant.details(delegation_id=granted["id"])).json()
        assert named["authorization_details"][0]["delegation_id"] == granted["id"]


def test_only_delegations_in_force_that_cover_the_request_are_candidates(tenant: Tenant) -> None:
    """One that ended, one that is suspended and one for less do not stand in the way of the one that does."""
    ended, asleep, narrow = tenant.grant(), tenant.grant(), tenant.grant(roles=["project-viewer"])
    tenant.role("org-seller", "project", "project:edit")
    tenant.grant(roles=[EDITOR, "org-seller"], permissions=["project:edit"])
    good = tenant.grant()
    tenant.hand(tenant.anne, "DELETE", ended["id"])
    tenant.hand(tenant.anne, "POST", asleep["id"], "/suspend")
    entry = tenant.exchange().json()["authorization_details"][0]
    assert entry["delegation_id"] == good["id"]
    for other in (ended, asleep):
        assert tenant.exchange(details=tenant.details(delegation_id=other["id"])).status_code == 400
    assert tenant.exchange(details=tenant.details(delegation_id=narrow["id"])).status_code == 400


@pytest.mark.threat("16")
def test_a_delegation_of_others_cannot_be_named(tenant: Tenant) -> None:
    """Naming another user's or another agent's delegation is answered as naming none that exists."""
    tenant.assign(f"user:{tenant.bob}", "workspace-member", "workspace:design")
    writer = tenant.agent("writer")
    tenant.grant()
    foreign = [tenant.grant(tenant.bob), tenant.grant(agent=writer.id)]
    missing = tenant.exchange(details=tenant.details(delegation_id="dlg_nothing"))
    for granted in foreign:
        answer = tenant.exchange(details=tenant.details(delegation_id=granted["id"]))
        assert (answer.status_code, answer.text) == (400, missing.text)


@pytest.mark.threat("S3")
@pytest.mark.threat("S13")
@pytest.mark.parametrize(
    ("target", "code"),
    [
        ({"resource": None}, "invalid_target"),
        ({"resource": "https://elsewhere.example"}, "invalid_target"),
        ({"resource": "project:apollo"}, "invalid_target"),
        ({"resource": [DOCUMENTS, "https://elsewhere.example"]}, "invalid_target"),
        ({"audience": "https://elsewhere.example"}, "invalid_target"),
        ({"resource": ""}, "invalid_target"),
    ],
)
def test_a_token_is_for_one_admitted_service(lent: Tenant, target: JSON, code: str) -> None:
    """No service, an unknown one, or two of them: refused."""
    assert error(lent, **target) == code


@pytest.mark.threat("S13")
def test_a_delegation_for_some_services_is_for_no_other(tenant: Tenant) -> None:
    """A delegation kept to one service gets tokens for that one, which then need not be named."""
    mail = tenant.house.service(tenant.own("mail"), f"https://mail.{tenant.id}.example", tenant.id)
    tenant.grant(audiences=[mail.audience])
    assert error(tenant) == "invalid_target"
    token = tenant.exchange(resource=None).json()["access_token"]
    assert payload(token)["aud"] == mail.audience
    assert tenant.exchange(resource=None, audience=mail.id).status_code == 200
    located = tenant.details(locations=[mail.audience])
    assert tenant.exchange(resource=None, details=located).status_code == 200
    assert error(tenant, details=located) == "invalid_target"


@pytest.mark.threat("1")
def test_scope_is_a_plain_way_to_name_actions(tenant: Tenant) -> None:
    """Permissions may be asked for as scope, with the same bounds; the answer then states the scope granted."""
    tenant.grant()
    answer = tenant.exchange(scope="document:view document:edit").json()
    assert answer["scope"] == "document:edit document:view"
    assert tenant.actions(answer["access_token"]) == ["document:edit", "document:view"]
    assert tenant.house.introspect(tenant.documents, answer["access_token"])["scope"] == answer["scope"]
    for beyond in ("document:delete", "document:view document:delete", "document:view  document:edit"):
        assert error(tenant, scope=beyond) == "invalid_scope"
    both = tenant.details(actions=["document:view"])
    assert error(tenant, details=both, scope="document:edit") == "invalid_scope"


def test_a_request_may_leave_resource_and_role_to_the_delegation(tenant: Tenant) -> None:
    """What is asked follows from the delegation when the request names no place and no role, and never more."""
    tenant.grant(permissions=["document:view", "project:view"])
    subject = tenant.house.user_token(tenant.anne, organization=tenant.id)
    answer = tenant.house.exchange(tenant.planner, subject).json()
    assert answer["authorization_details"][0]["actions"] == ["document:view", "project:view"]
    narrower = tenant.house.exchange(tenant.planner, subject, scope="document:view").json()
    assert narrower["authorization_details"][0]["actions"] == ["document:view"]


@pytest.mark.threat("S7")
@pytest.mark.parametrize(
    "changed",
    [
        {"subject_token": ""},
        {"subject_token": " "},
        {"subject_token": None},
        {"subject_token": "x" * 20_000},
        {"subject_token": "x.y.z"},
        {"subject_token_type": None},
        {"subject_token_type": "urn:ietf:params:oauth:token-type:id_token"},
        {"requested_token_type": "urn:ietf:params:oauth:token-type:refresh_token"},
        {"actor_token": "x.y.z", "actor_token_type": JWT},
        {"actor_token": "x.y.z"},
        {"actor_token_type": JWT},
    ],
)
def test_a_blank_or_oversized_token_is_an_error_and_never_another_grant(lent: Tenant, changed: JSON) -> None:
    """A request whose tokens are missing, blank, too long or of no known type is refused."""
    parameters = {"subject_token": lent.house.user_token(lent.anne), **changed}
    subject = parameters.pop("subject_token")
    answer = lent.house.exchange(lent.planner, subject, details=lent.details(), **parameters)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.threat("15")
def test_an_actor_token_proves_the_same_agent(tenant: Tenant) -> None:
    """An actor token is the agent's own fresh assertion; that of another, a user token and a delegated one are not."""
    keyed, writer = tenant.agent("keyed", keyed=True), tenant.agent("writer", keyed=True)
    tenant.grant(agent=keyed.id)
    tenant.grant()
    user_token = tenant.house.user_token(tenant.anne)
    own = tenant.exchange(user_token, keyed, actor_token=keyed.assertion(tenant.house), actor_token_type=JWT)
    assert own.status_code == 200
    delegated = own.json()["access_token"]
    for wrong in (writer.assertion(tenant.house), user_token, delegated):
        answer = tenant.exchange(user_token, keyed, actor_token=wrong, actor_token_type=JWT)
        assert answer.json()["error"] == "invalid_request"


@pytest.mark.threat("I13")
def test_every_token_and_every_refusal_leaves_its_record(tenant: Tenant) -> None:
    """What is issued and what is refused to an agent stands in the log before the answer is there."""
    granted = tenant.grant()
    claims = payload(tenant.token())
    assert error(tenant, details=tenant.details("project:zeus")) == "invalid_authorization_details"
    query = "SELECT body FROM log WHERE chain LIKE 'process:%' ORDER BY sequence DESC LIMIT 2"
    refused, issued = (json.loads(body) for (body,) in rows(tenant.house.settings.database, query))
    assert (refused["action"], refused["outcome"]) == ("token.refused", "refused")
    assert (issued["action"], issued["outcome"], issued["actor"]) == (
        "token.issued",
        "issued",
        f"agent:{tenant.planner.id}",
    )
    detail = issued["detail"]
    assert (detail["jti"], detail["delegation"], detail["user"]) == (claims["jti"], granted["id"], tenant.anne)


@pytest.mark.threat("I8")
def test_an_assertion_is_used_once(tenant: Tenant) -> None:
    """Of two requests with the same client assertion one is answered."""
    keyed = tenant.agent("keyed", keyed=True)
    tenant.grant(agent=keyed.id)
    assertion = {"client_assertion": keyed.assertion(tenant.house)}
    assert tenant.exchange(agent=keyed, **assertion).status_code == 200
    assert tenant.exchange(agent=keyed, **assertion).status_code == 401


@pytest.mark.threat("S5")
def test_only_an_agent_that_the_organization_admits_exchanges(tenant: Tenant) -> None:
    """An agent without a delegation of this user, or not admitted at all, gets nothing."""
    tenant.grant()
    stranger = tenant.house.agent(tenant.own("stranger"), organization=tenant.id)
    assert error(tenant, agent=stranger) == "invalid_request"
    tenant.must("DELETE", f"/agents/{stranger.id}")
    assert error(tenant, agent=stranger) == "invalid_request"
