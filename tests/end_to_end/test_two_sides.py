"""What one side may not undo, widen or hide from the other."""

from urllib.parse import quote

import pytest

from tests.databases import rows
from tests.end_to_end.deployment import DOCUMENTS, JWT, Agent, Deployment, Service


@pytest.mark.semantics("4")
def test_a_user_does_not_lift_an_administrators_suspension(acme: Deployment, planner: Agent) -> None:
    """A delegation that an administrator suspended stays so until an administrator resumes it."""
    granted = acme.grant("anne", planner.id, "project:apollo", "project-editor")
    acme.must("POST", f"/organizations/acme/delegations/{granted['id']}/suspend")
    refused = acme.hand("anne", "POST", f"/delegations/{granted['id']}/resume?organization=acme")
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert acme.must("POST", f"/organizations/acme/delegations/{granted['id']}/resume")["status"] == "active"


@pytest.mark.semantics("4")
def test_an_administrator_does_not_lift_the_users_suspension(acme: Deployment, planner: Agent) -> None:
    """A delegation that its user suspended stays so until the user resumes it: nobody else consents."""
    granted = acme.grant("anne", planner.id, "project:apollo", "project-editor")
    path = f"/delegations/{granted['id']}"
    assert acme.hand("anne", "POST", f"{path}/suspend?organization=acme").json()["status"] == "suspended"
    assert acme.manage("POST", f"/organizations/acme{path}/resume").status_code == 409
    assert acme.hand("anne", "POST", f"{path}/resume?organization=acme").json()["status"] == "active"


@pytest.mark.threat("8")
def test_an_encoded_slash_names_nothing(acme: Deployment) -> None:
    """A path in which a slash hides is refused: decoded it would name another route, and another thing."""
    before = acme.must("GET", "/organizations/acme")["revision"]
    refused = acme.manage("DELETE", f"/organizations/{quote('acme/memberships/anne', safe='')}")
    assert (refused.status_code, refused.json()["code"]) == (400, "malformed")
    assert acme.must("GET", "/organizations/acme")["revision"] == before
    assert acme.manage("POST", "/agents", {"id": "a/b", "secret": True}).status_code == 400


@pytest.mark.semantics("4")
@pytest.mark.parametrize("scope", ["document:view", "calendar.read"])
def test_a_restricted_token_is_not_the_users_own_hand(acme: Deployment, planner: Agent, scope: str) -> None:
    """A token that stands for less than the user grants nothing and administers nothing."""
    body = {
        "organization": "acme",
        "agent": planner.id,
        "resource": "project:apollo",
        "roles": ["project-editor"],
        "expires_in": 60,
    }
    for audience, path in (("delegations", "/delegations"), ("management", "/organizations")):
        token = acme.user_token("anne", audience=f"{acme.issuer}/{audience}", scope=scope)
        refused = acme.http.post(path, json=body, headers={"Authorization": f"Bearer {token}"})
        assert (refused.status_code, refused.json()["code"]) == (401, "invalid_token")


@pytest.mark.semantics("6")
def test_a_delegation_for_another_service_is_no_candidate(acme: Deployment, documents: Service, planner: Agent) -> None:
    """Of two delegations the one that is for the service asked for covers the request; none for it is its refusal."""
    acme.service("other", "https://other.example")
    acme.grant("anne", planner.id, "project:apollo", "project-editor", audiences=["https://other.example"])
    only_other = acme.exchange(planner, acme.user_token("anne", organization="acme"))
    assert (only_other.status_code, only_other.json()["error"]) == (400, "invalid_target")
    ours = acme.grant("anne", planner.id, "project:apollo", "project-editor", audiences=[DOCUMENTS])
    answer = acme.exchange(planner, acme.user_token("anne", organization="acme"))
    assert answer.json()["authorization_details"][0]["delegation_id"] == ours["id"]
    assert documents.audience == DOCUMENTS


@pytest.mark.slow
def test_a_token_that_nobody_could_read_is_not_issued(acme: Deployment, documents: Service, planner: Agent) -> None:
    """A token too long for a header is refused, and what to do is said, before it is recorded as issued."""
    slugs = [f"document:{'x' * 30}-{number}" for number in range(120)]
    for slug in slugs:
        acme.must("PUT", f"/permissions/{slug}", {"type": "document"})
    acme.must("PUT", "/roles/project-everything", {"type": "project", "permissions": slugs})
    acme.assign("user:anne", "project-everything", "project:apollo")
    granted = acme.grant("anne", planner.id, "project:apollo", "project-everything", unattended=True)
    refused = acme.exchange(planner, granted["receipt"], subject_token_type=JWT)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_authorization_details")
    assert "fewer actions" in refused.json()["error_description"]
    entry = {"type": "resource_role", "identifier": "project:apollo", "privileges": ["project-everything"]}
    narrow = acme.exchange(
        planner, granted["receipt"], subject_token_type=JWT, details=[{**entry, "actions": slugs[:5]}]
    )
    assert acme.introspect(documents, narrow.json()["access_token"])["active"] is True


def test_refusals_of_those_we_know_are_recorded(acme: Deployment, documents: Service, planner: Agent) -> None:
    """What an administrator, a user or a client was refused stands in the log with who asked."""
    acme.user("olga")
    token = acme.user_token("olga", audience=f"{acme.issuer}/management")
    acme.manage("DELETE", "/organizations/acme", bearer=token)
    body = {"organization": "acme", "agent": planner.id, "resource": "project:apollo", "roles": ["project-editor"]}
    acme.hand("bob", "POST", "/delegations", {**body, "expires_in": 60})
    service = Agent(documents.id, documents.secret)
    acme.exchange(service, acme.user_token("anne"))
    bodies = [row[0] for row in rows(acme.settings.database, "SELECT body FROM log WHERE chain LIKE 'process:%'")]
    refused = [entry for entry in bodies if '"outcome":"refused"' in entry]
    for actor, action in (
        ("user:olga", "delete-organization"),
        ("user:bob", "delegation.refused"),
        ("service:documents", "token.refused"),
    ):
        assert any(f'"actor":"{actor}"' in entry and f'"action":"{action}"' in entry for entry in refused)


def test_only_the_platform_lets_a_stranger_in(acme: Deployment) -> None:
    """An administrator of an organization makes no user of others a member, and learns not whether one exists."""
    acme.user("olga")
    acme.assign("user:olga", "organization-admin", "organization:acme")
    acme.must("POST", "/users", {"id": "carl"})
    token = acme.user_token("olga", audience=f"{acme.issuer}/management")
    answers = {
        (answer.status_code, answer.json()["detail"])
        for user in ("carl", "nobody")
        for answer in [acme.manage("PUT", f"/organizations/acme/memberships/{user}", bearer=token)]
    }
    assert answers == {(403, "a new member is let in by an administrator of the platform")}
