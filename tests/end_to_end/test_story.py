"""The main job, end to end: a user lets an agent do one thing in one place."""

from tests.end_to_end.deployment import JWT, Agent, Deployment, Service, payload


def test_an_agent_does_what_it_was_let_do_where_it_was_let_do_it(
    acme: Deployment, documents: Service, planner: Agent
) -> None:
    """A token works for the role's permissions on the subtree, and for nothing beside it."""
    acme.grant("anne", "planner", "project:apollo", "project-editor")
    token = acme.token(planner, "anne", "project:apollo", "project-editor")
    assert acme.may(documents, token, "document:edit", "app:storefront")
    assert not acme.may(documents, token, "document:edit", "app:backoffice")
    assert not acme.may(documents, token, "document:delete", "app:storefront")


def test_a_lost_role_bites_on_the_very_next_request(acme: Deployment, documents: Service, planner: Agent) -> None:
    """A right that the user loses is lost to the agent at once, and is back at once."""
    acme.grant("anne", "planner", "project:apollo", "project-editor")
    token = acme.token(planner, "anne", "project:apollo", "project-editor")
    acme.unassign("user:anne", "workspace-member", "workspace:design")
    answer = acme.evaluate(documents, token, "document:edit", "app:storefront")
    assert answer["decision"] is False
    assert answer["context"]["failing"]["term"] == "user"
    assert acme.introspect(documents, token) == {"active": False}
    acme.assign("user:anne", "workspace-member", "workspace:design")
    assert acme.may(documents, token, "document:edit", "app:storefront")


def test_a_revoked_delegation_is_dead_for_ever(acme: Deployment, documents: Service, planner: Agent) -> None:
    """After revocation token and receipt are dead; granting the same again revives neither."""
    granted = acme.grant("anne", "planner", "project:apollo", "project-editor", unattended=True)
    token = acme.token(planner, "anne", "project:apollo", "project-editor")
    by_receipt = acme.exchange(planner, granted["receipt"], subject_token_type=JWT)
    assert by_receipt.status_code == 200, by_receipt.text
    acme.end("anne", granted["id"])
    assert not acme.may(documents, token, "document:edit", "app:storefront")
    assert not acme.may(documents, by_receipt.json()["access_token"], "document:edit", "app:storefront")
    refused = acme.exchange(planner, granted["receipt"], subject_token_type=JWT)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")
    acme.grant("anne", "planner", "project:apollo", "project-editor")
    assert not acme.may(documents, token, "document:edit", "app:storefront")
    fresh = acme.token(planner, "anne", "project:apollo", "project-editor")
    assert acme.may(documents, fresh, "document:edit", "app:storefront")


def test_a_token_says_who_acts_for_whom_where(acme: Deployment, documents: Service, planner: Agent) -> None:
    """The subject is the user, the actor the agent; one audience, one grant, one organization."""
    granted = acme.grant("anne", "planner", "project:apollo", "project-editor")
    claims = payload(acme.token(planner, "anne", "project:apollo", "project-editor"))
    assert (claims["sub"], claims["client_id"], claims["org_id"]) == ("anne", "planner", "acme")
    assert claims["act"] == {"iss": acme.issuer, "sub": "planner", "sub_profile": "ai_agent"}
    assert claims["aud"] == documents.audience
    assert claims["authorization_details"][0]["delegation_id"] == granted["id"]
