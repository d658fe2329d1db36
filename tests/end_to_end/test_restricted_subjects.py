"""Restricted user tokens: what restricts a subject token restricts all that comes of it (semantics: exchange)."""

from typing import Any

import httpx2
import pytest

from tests.end_to_end.deployment import DOCUMENTS, JSON
from tests.end_to_end.identity_provider import IdentityProvider, trusted
from tests.end_to_end.tenant import APOLLO, EDITOR, Tenant

pytestmark = [pytest.mark.semantics("6"), pytest.mark.threat("S1")]

EDITS = ["app:edit", "app:view", "document:edit", "document:view", "project:view"]


@pytest.fixture
def provider(tenant: Tenant) -> IdentityProvider:
    """A provider that issues user tokens with whatever restriction a test wants; anne has granted editing of apollo."""
    tenant.grant()
    return trusted(tenant.house, f"idp-{tenant.id}")


@pytest.fixture(scope="module")
def known(settled: Tenant) -> IdentityProvider:
    """Such a provider beside the organization that the tests of this module share, where anne granted the same."""
    settled.grant(expires_in=86_400)
    return trusted(settled.house, f"idp-{settled.id}")


def exchanged(tenant: Tenant, provider: IdentityProvider, claims: JSON, **asked: Any) -> httpx2.Response:
    """Exchange anne's user token with these claims for what is asked."""
    return tenant.exchange(provider.token(tenant.anne, **claims), details=tenant.details(**asked))


def entry(**members: Any) -> list[JSON]:
    """Return the authorization details that a restricted user token carries."""
    return [{"type": "resource_role", "identifier": "app:storefront", "privileges": ["app-viewer"], **members}]


@pytest.mark.parametrize(
    ("scope", "actions"),
    [
        ("document:view", ["document:view"]),
        ("document:view document:delete", ["document:view"]),
        ("openid document:view profile", ["document:view"]),
        ("openid profile email", EDITS),
        (None, EDITS),
    ],
)
def test_a_scope_leaves_no_more_than_it_names(
    settled: Tenant, known: IdentityProvider, scope: str | None, actions: list[str]
) -> None:
    """Of what the request leaves open only the permissions of the subject token's scope remain."""
    answer = exchanged(settled, known, {"scope": scope}).json()
    assert answer["authorization_details"][0]["actions"] == actions
    assert settled.actions(answer["access_token"]) == actions


@pytest.mark.threat("1")
@pytest.mark.parametrize("scope", ["", "document:delete", "mail.read", "openid mail.read", "*"])
def test_a_scope_that_leaves_nothing_gets_nothing(settled: Tenant, known: IdentityProvider, scope: str) -> None:
    """An empty scope and one of other words are restrictions, and leave no token."""
    answer = exchanged(settled, known, {"scope": scope})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")


@pytest.mark.threat("1")
def test_what_exceeds_the_scope_is_refused(settled: Tenant, known: IdentityProvider) -> None:
    """Actions asked for by name beyond the subject token's scope are refused, not trimmed."""
    restricted = {"scope": "document:view"}
    answer = exchanged(settled, known, restricted, actions=["document:view", "document:edit"])
    assert answer.json()["error"] == "invalid_scope"
    subject = known.token(settled.anne, **restricted)
    assert settled.exchange(subject, scope="document:edit").json()["error"] == "invalid_scope"


def test_a_scope_restricts_for_as_long_as_the_token_lives(tenant: Tenant, provider: IdentityProvider) -> None:
    """Nothing that the user gains later passes a restriction that the subject token had."""
    token = exchanged(tenant, provider, {"scope": "document:view"}).json()["access_token"]
    tenant.assign(f"user:{tenant.anne}", "organization-admin", f"organization:{tenant.id}")
    assert tenant.actions(token) == ["document:view"]
    assert not tenant.may(token)


def test_details_restrict_to_their_place_and_role(settled: Tenant, known: IdentityProvider) -> None:
    """From a user token for one app comes no token that reaches beyond that app or that role."""
    restricted = {"authorization_details": entry()}
    there = exchanged(settled, known, restricted, identifier="app:storefront", role="app-viewer")
    token = there.json()["access_token"]
    assert settled.may(token, "document:view")
    assert not settled.may(token)
    above = exchanged(settled, known, restricted)
    assert above.json()["error"] == "invalid_authorization_details"


def test_details_on_a_wider_place_leave_the_delegation_as_it_is(settled: Tenant, known: IdentityProvider) -> None:
    """A restriction that allows more than the delegation gives nothing more and takes nothing away."""
    wide = entry(identifier="workspace:design", privileges=["workspace-member"])
    answer = exchanged(settled, known, {"authorization_details": wide}).json()
    assert answer["authorization_details"][0]["actions"] == EDITS
    assert not settled.may(answer["access_token"], "document:delete")
    assert not settled.may(answer["access_token"], "document:edit", "app:backoffice")


def test_details_restrict_to_their_actions(settled: Tenant, known: IdentityProvider) -> None:
    """Actions named in the subject token's details bound every later answer."""
    narrow = entry(identifier=APOLLO, privileges=[EDITOR], actions=["document:view"])
    token = exchanged(settled, known, {"authorization_details": narrow}).json()["access_token"]
    assert settled.actions(token) == ["document:view"]
    assert not settled.may(token)
    assert settled.why(token)["failing"]["term"] == "token"


@pytest.mark.threat("4")
@pytest.mark.threat("7")
def test_details_restrict_live(tenant: Tenant, provider: IdentityProvider) -> None:
    """The restriction of a subject token is asked at every use: its role may shrink, its place may move."""
    tenant.role("org-reader", "project", "document:view", "app:view")
    restricted = {"authorization_details": entry(identifier=APOLLO, privileges=["org-reader"])}
    token = exchanged(tenant, provider, restricted).json()["access_token"]
    assert tenant.actions(token) == ["app:view", "document:view"]
    tenant.role("org-reader", "project", "app:view")
    assert tenant.actions(token) == ["app:view"]
    assert tenant.may(token, "app:view")
    tenant.move("app:storefront", "project:zeus")
    assert not tenant.may(token, "app:view")


@pytest.mark.threat("S13")
@pytest.mark.parametrize(
    ("member", "refused"),
    [
        ({"locations": [DOCUMENTS]}, False),
        ({"locations": ["https://elsewhere.example"]}, True),
        ({"organization": "elsewhere"}, True),
        ({"delegation_id": "dlg_elsewhere"}, True),
    ],
)
def test_details_restrict_by_every_member(
    settled: Tenant, known: IdentityProvider, member: JSON, *, refused: bool
) -> None:
    """A user token kept to another service, organization or delegation gets no token here."""
    details = entry(identifier=APOLLO, privileges=[EDITOR], **member)
    answer = exchanged(settled, known, {"authorization_details": details})
    assert answer.status_code == (400 if refused else 200)


@pytest.mark.threat("I3")
@pytest.mark.parametrize(
    "details",
    [
        [],
        [{}],
        [{"type": "payment", "amount": 1}],
        [*entry(), *entry()],
        entry(until=1),
        entry(privileges=[]),
        entry(identifier="storefront"),
        {"type": "resource_role"},
        "resource_role",
        None,
    ],
)
def test_a_restriction_that_is_not_understood_refuses(
    settled: Tenant, known: IdentityProvider, details: object
) -> None:
    """Details that are empty, several or of another form are no licence: the user token is refused."""
    now = settled.now
    claims = {"iss": known.issuer, "sub": settled.anne, "aud": settled.house.issuer, "iat": now, "exp": now + 60}
    subject = known.signed({**claims, "authorization_details": details})
    answer = settled.exchange(subject)
    assert answer.status_code == 400
    assert answer.json()["error"] in {"invalid_request", "invalid_authorization_details"}


@pytest.mark.parametrize(("actor", "status"), [("planner", 200), ("writer", 400)])
def test_a_user_token_may_say_who_may_act(settled: Tenant, known: IdentityProvider, actor: str, status: int) -> None:
    """A user token that names one actor in `may_act` is refused from any other."""
    answer = exchanged(settled, known, {"may_act": {"sub": settled.own(actor)}})
    assert answer.status_code == status


def test_a_token_bound_to_a_key_is_refused_without_its_proof(settled: Tenant, known: IdentityProvider) -> None:
    """No proof of a key can be given here yet, so a key-bound user token gets nothing."""
    assert exchanged(settled, known, {"cnf": {"jkt": "x"}}).json()["error"] == "invalid_request"
