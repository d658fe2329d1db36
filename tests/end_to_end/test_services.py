"""What a service gets: the live truth about tokens that are meant for it, and nothing about others."""

from collections.abc import Callable
from datetime import timedelta

import httpx2
import pytest

from tests.clock import Clock
from tests.end_to_end.deployment import DOCUMENTS, JSON, Service, payload
from tests.end_to_end.sites import Sites
from tests.end_to_end.tenant import APOLLO, EDITOR, Tenant, documents_service, found

pytestmark = pytest.mark.semantics("7")

INACTIVE = {"active": False}
PERMISSIONS = [
    *("organization:view", "organization:administer", "workspace:view", "workspace:manage"),
    *("project:view", "project:edit", "project:delete", "app:view", "app:edit", "app:deploy", "database:query"),
    *("document:view", "document:comment", "document:edit", "document:delete"),
]


@pytest.fixture
def mail(tenant: Tenant) -> Service:
    """Another service that the organization admits."""
    return tenant.house.service(tenant.own("mail"), f"https://mail.{tenant.id}.example", tenant.id)


@pytest.mark.threat("P6")
@pytest.mark.threat("S14")
def test_introspection_says_all_that_the_token_says(tenant: Tenant) -> None:
    """Every claim of the token is told, with the type and the revision, and the actor chain never left out."""
    tenant.grant()
    token = tenant.token()
    told, claims = tenant.house.introspect(tenant.documents, token), payload(token)
    assert {name: told[name] for name in claims} == claims
    assert (told["active"], told["token_type"]) == (True, "Bearer")
    assert isinstance(told["revision"], int)
    assert told["act"]["sub"] == tenant.planner.id


def test_introspection_names_the_actions_of_this_moment(tenant: Tenant) -> None:
    """The actions told are those effective at the identifier now, whatever was in the token."""
    tenant.assign(f"user:{tenant.bob}", EDITOR, APOLLO)
    tenant.grant(tenant.bob)
    token = tenant.token(tenant.bob)
    issued = payload(token)["authorization_details"][0]["actions"]
    assert tenant.actions(token) == issued
    tenant.assign(f"user:{tenant.bob}", "project-viewer", APOLLO)
    tenant.unassign(f"user:{tenant.bob}", EDITOR, APOLLO)
    assert tenant.actions(token) == ["app:view", "document:view", "project:view"]
    tenant.unassign(f"user:{tenant.bob}", "project-viewer", APOLLO)
    assert tenant.house.introspect(tenant.documents, token) == INACTIVE


def test_what_is_left_beneath_the_identifier_is_not_active_at_it(tenant: Tenant) -> None:
    """A token whose user holds something only further down is inactive, though evaluation there says yes."""
    tenant.grant()
    token = tenant.token()
    tenant.unassign(f"user:{tenant.anne}", "workspace-member", "workspace:design")
    tenant.assign(f"user:{tenant.anne}", "app-viewer", "app:storefront")
    assert tenant.house.introspect(tenant.documents, token) == INACTIVE
    assert tenant.may(token, "document:view")
    assert not tenant.may(token, "document:view", APOLLO)


@pytest.mark.threat("I6")
@pytest.mark.threat("11")
@pytest.mark.parametrize("asked", [{}, {"actions": ["document:view"]}, {"role": "project-viewer"}])
@pytest.mark.parametrize("held", ["workspace-member", "workspace-admin", None])
def test_the_list_of_actions_equals_evaluation_one_by_one(tenant: Tenant, asked: JSON, held: str | None) -> None:
    """Introspection lists exactly the permissions for which evaluation at the identifier says yes."""
    tenant.grant()
    token = tenant.token(details=tenant.details(**asked))
    tenant.admit(
        tenant.planner, [{"resource": APOLLO, "roles": [EDITOR], "permissions": ["app:view", "document:view"]}]
    )
    tenant.unassign(f"user:{tenant.anne}", "workspace-member", "workspace:design")
    tenant.assign(f"user:{tenant.anne}", held or "workspace-admin", "workspace:design" if held else "workspace:sales")
    assert tenant.actions(token) == sorted(slug for slug in PERMISSIONS if tenant.may(token, slug, APOLLO))


@pytest.mark.threat("I10")
def test_a_token_is_known_to_its_audience_alone(tenant: Tenant, mail: Service) -> None:
    """Another service of the same organization is told that the token is nothing, by introspection and evaluation."""
    tenant.grant()
    token = tenant.token()
    assert tenant.house.introspect(mail, token) == INACTIVE
    told = tenant.house.evaluate(mail, token, "document:edit", "app:storefront")
    nothing = tenant.house.evaluate(mail, "x.y.z", "document:edit", "app:storefront")
    assert {**told, "context": {**told["context"], "revision": 0}} == {
        **nothing,
        "context": {**nothing["context"], "revision": 0},
    }
    assert told["decision"] is False
    assert tenant.house.introspect(mail, tenant.token(resource=mail.audience))["active"] is True


@pytest.mark.threat("16")
def test_a_service_gets_no_answer_where_it_is_not_admitted(tenant: Tenant, found_tenant: Callable[[], Tenant]) -> None:
    """About people of an organization that does not admit it a service hears what it hears about none."""
    other = found_tenant()
    mail = other.house.service(other.own("mail"), f"https://mail.{other.id}.example", other.id)

    def asked(organization: str, user: str) -> JSON:
        question = {
            "subject": {"type": "user", "id": user},
            "action": {"name": "project:view"},
            "resource": {"type": "project", "id": "apollo", "properties": {"organization": organization}},
        }
        answer = tenant.house.http.post("/access/v1/evaluation", json=question, auth=(mail.id, mail.secret))
        document: JSON = answer.json()
        document["context"].pop("revision", None)
        return document

    assert asked(tenant.id, tenant.anne) == asked("nowhere", tenant.anne)
    assert asked(tenant.id, tenant.anne)["decision"] is False
    assert asked(other.id, other.anne)["decision"] is True


def test_what_is_no_token_of_ours_is_inactive_and_nothing_more(tenant: Tenant) -> None:
    """Nonsense, a user token, a receipt, an assertion and a forged token are answered alike."""
    receipt = tenant.grant(unattended=True)["receipt"]
    keyed = tenant.agent("keyed", keyed=True)
    head, body, signature = tenant.token().split(".")
    things = [
        *("nonsense", "x.y.z", "x" * 9_000, receipt, tenant.house.user_token(tenant.anne)),
        *(keyed.assertion(tenant.house), f"{head}.{body}.{signature[::-1]}", f"{head}.{body}."),
    ]
    for thing in things:
        assert tenant.house.introspect(tenant.documents, thing) == INACTIVE
        assert not tenant.may(thing)


def test_a_token_of_another_deployment_is_nothing_here(tenant: Tenant, sites: Sites) -> None:
    """A token that another deployment issued, for people and things of the same names, is inactive."""
    with sites() as site, site.running(Clock()) as elsewhere:
        twin = found(elsewhere, tenant.id, documents_service(elsewhere))
        twin.grant()
        token = twin.token()
        assert twin.may(token)
    tenant.grant()
    assert tenant.house.introspect(tenant.documents, token) == INACTIVE
    assert not tenant.may(token)


@pytest.mark.parametrize("who", ["nobody", "agent", "guess", "empty"])
def test_only_a_service_is_answered(tenant: Tenant, who: str) -> None:
    """Without a service's credentials nothing is told; an agent is told of no token, not even its own."""
    tenant.grant()
    token, planner = tenant.token(), tenant.planner
    pairs = {"agent": (planner.id, planner.secret or ""), "guess": (tenant.documents.id, "x"), "empty": ("", "")}
    http, pair = tenant.house.http, pairs.get(who, httpx2.USE_CLIENT_DEFAULT)
    told = http.post("/introspect", data={"token": token}, auth=pair)
    expected = (200, INACTIVE) if who == "agent" else (401, {**told.json(), "error": "invalid_client"})
    assert (told.status_code, told.json()) == expected
    question = {
        "subject": {"type": "token", "id": token},
        "action": {"name": "document:edit"},
        "resource": {"type": "app", "id": "storefront"},
    }
    answer = http.post("/access/v1/evaluation", json=question, auth=pair)
    assert answer.json().get("decision", False) is False


@pytest.mark.semantics("5")
@pytest.mark.threat("I19")
@pytest.mark.threat("P7")
@pytest.mark.parametrize("term", ["status", "user", "delegation", "ceiling", "token"])
def test_a_denial_names_the_first_term_that_fails(tenant: Tenant, term: str) -> None:
    """Of user, delegation, ceiling and token the first that says no is named, and status before all of them."""
    granted = tenant.grant()
    token = tenant.token(details=tenant.details(actions=["document:view"]))
    strikes: dict[str, tuple[str, str, JSON | None]] = {
        "ceiling": ("PUT", f"/agents/{tenant.planner.id}", {"ceiling": []}),
        "delegation": ("PATCH", "/resources/app:storefront", {"parent": "project:zeus"}),
        "user": ("PATCH", "/resources/app:storefront", {"parent": "project:forecast"}),
        "status": ("POST", f"/delegations/{granted['id']}/suspend", None),
    }
    order = ["token", "ceiling", "delegation", "user", "status"]
    for earlier in order[1 : order.index(term) + 1]:
        tenant.must(*strikes[earlier])
    told = tenant.why(token)
    assert told["failing"]["term"] == term
    assert told["reason"]
    assert told["detail"]
    assert isinstance(told["revision"], int)


@pytest.mark.threat("I19")
def test_a_yes_comes_with_the_facts_that_prove_it(tenant: Tenant) -> None:
    """An allowing answer names the assignment and the places that alone lead to it."""
    tenant.grant()
    answer = tenant.house.evaluate(tenant.documents, tenant.token(), "document:edit", "app:storefront")
    assert answer["context"]["path"] == [
        f"user:{tenant.anne} workspace-member workspace:design",
        f"workspace:design parent {APOLLO}",
        f"{APOLLO} parent app:storefront",
    ]


def test_a_service_asks_about_the_nearest_managed_parent(tenant: Tenant) -> None:
    """Permissions of asset data are asked on the resource that holds the data; the data itself is unknown."""
    tenant.grant()
    token = tenant.token()
    assert tenant.may(token, "document:edit", APOLLO)
    assert tenant.may(token, "document:edit", "app:storefront")
    assert not tenant.may(token, "document:edit", "document:letter")


@pytest.mark.parametrize("kind", ["user", "agent", "group", "token", "resource", "everyone"])
def test_who_is_unknown_may_nothing(settled: Tenant, kind: str) -> None:
    """A subject that does not exist, or of a type that is none, is denied."""
    assert not settled.principal_may(f"{kind}:nobody", "project:view", APOLLO)


@pytest.mark.threat("8")
@pytest.mark.parametrize("name", ["*", "a b", "a#member", "\u00e9".join("ab"), "x" * 300, " anne", "anne\n"])
def test_odd_names_in_questions_are_denied(settled: Tenant, name: str) -> None:
    """A name in no proper form is nobody's and nothing's."""
    assert not settled.principal_may(f"user:{name}", "project:view", APOLLO)
    assert not settled.person_may(settled.anne, "project:view", f"project:{name}")


@pytest.mark.threat("3")
@pytest.mark.parametrize(("at", "active"), [(0, True), (299, True), (300, False), (301, False), (10**6, False)])
def test_a_token_is_active_until_it_ends(tenant: Tenant, at: int, *, active: bool) -> None:
    """Introspection and evaluation agree on the second in which a token ends."""
    tenant.grant()
    token = tenant.token()
    tenant.house.clock.advance(timedelta(seconds=at))
    assert bool(tenant.actions(token)) is active
    assert tenant.may(token) is active


@pytest.mark.threat("I11")
def test_one_organizations_changes_never_alter_anothers_answers(
    tenant: Tenant, found_tenant: Callable[[], Tenant]
) -> None:
    """Whatever is done in one organization, every answer about another stays byte for byte the same."""
    tenant.grant()
    token, other = tenant.token(), found_tenant()
    house, documents = tenant.house, tenant.documents
    before = (house.introspect(documents, token), house.evaluate(documents, token, "document:edit", "app:storefront"))
    other.must("PUT", f"/memberships/{tenant.anne}")
    other.admit(tenant.planner, [])
    other.grant()
    other.role("org-maker", "workspace", "document:edit")
    other.move("app:storefront", "project:zeus")
    other.must("PUT", f"/memberships/{tenant.anne}", {"active": False})
    other.must("DELETE", f"/resources/{APOLLO}?cascade=true")
    other.must("DELETE", f"/services/{documents.id}")
    other.must("DELETE", "")
    after = (house.introspect(documents, token), house.evaluate(documents, token, "document:edit", "app:storefront"))
    assert after == before


def test_the_published_keys_verify_what_is_issued(tenant: Tenant) -> None:
    """An offline verifier finds the token's key among the published ones, which hold nothing secret."""
    tenant.grant()
    keys = tenant.house.http.get("/jwks.json").json()["keys"]
    claims = payload(tenant.token())
    assert keys
    assert not [key for key in keys if "d" in key]
    assert (claims["iss"], claims["aud"], claims["exp"] - claims["iat"]) == (tenant.house.issuer, DOCUMENTS, 300)
