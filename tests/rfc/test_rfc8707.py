"""RFC 8707: the service that a token is for."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.conformance import rfc
from tests.end_to_end.deployment import DOCUMENTS, JWT, payload
from tests.end_to_end.tenant import Tenant
from tests.rfc.answers import refusal
from tests.rfc.stage import Stage, entry, set_up


@pytest.fixture(scope="module")
def kept(found_tenant: Callable[[], Tenant]) -> Stage:
    """A stage whose planner is let act at one service alone."""
    stage = set_up(found_tenant())
    stage.tenant.house.end(stage.tenant.anne, stage.granted["id"], stage.tenant.id)
    granted = stage.tenant.grant(unattended=True, audiences=[DOCUMENTS])
    return replace(stage, granted=granted)


@rfc("8707", "2", "absolute", "unknown-target")
@pytest.mark.parametrize(
    "resource", ["https://", "https:///path", "https:documents.example", "http://[", "x", "://x", "?"]
)
def test_what_is_no_address_is_no_target(stage: Stage, resource: str) -> None:
    """A resource that cannot be an address is refused with the code for targets."""
    assert refusal(stage.ask(resource=resource)) == (400, "invalid_target")


@rfc("8707", "2", "unknown-target")
@rfc("8707", "2", "query")
@pytest.mark.parametrize(
    "near", ["{}/", "{}?", "{}/x", "HTTPS://documents.example", "{}:443", "https://DOCUMENTS.example"]
)
def test_targets_are_compared_character_by_character(stage: Stage, near: str) -> None:
    """What merely resembles a service's address is another address."""
    assert refusal(stage.ask(resource=near.format(DOCUMENTS))) == (400, "invalid_target")


@rfc("8707", "2", "audience")
@rfc("9068", "3", "requested-audience")
@rfc("9700", "2.3", "audience-restricted")
@pytest.mark.threat("S3")
def test_a_token_is_for_the_service_that_was_asked_for(stage: Stage) -> None:
    """The audience is exactly that one address, and another service is told nothing of the token."""
    token = stage.token(resource=stage.billing.audience)
    assert payload(token)["aud"] == stage.billing.audience
    assert payload(token)["authorization_details"][0]["locations"] == [stage.billing.audience]
    assert stage.introspected(token, stage.billing)["active"]
    assert stage.introspected(token) == {"active": False}


@rfc("8707", "2", "repeatable")
@rfc("9068", "3", "mixed-audiences")
def test_a_second_resource_is_refused(stage: Stage) -> None:
    """Two services are two tokens."""
    form = [*stage.form().items(), ("resource", stage.billing.audience)]
    assert refusal(stage.say(form)) == (400, "invalid_target")


@rfc("8707", "2", "unknown-target")
@rfc("8707", "2.2", "within-grant")
@pytest.mark.threat("S13")
def test_a_delegation_that_is_for_one_service_gives_tokens_for_no_other(kept: Stage) -> None:
    """A target that the user did not consent to is refused, however the request names it."""
    assert kept.ask().status_code == 200
    assert refusal(kept.ask(resource=kept.billing.audience)) == (400, "invalid_target")
    assert refusal(kept.ask(resource=None, audience=kept.billing.id)) == (400, "invalid_target")
    assert refusal(kept.redeem(resource=kept.billing.audience)) == (400, "invalid_target")


@rfc("9068", "3", "default-audience")
def test_the_only_service_of_a_delegation_is_its_default(kept: Stage, stage: Stage) -> None:
    """Where one service follows from the delegation it need not be named; where none does, it must be."""
    assert payload(kept.token(resource=None))["aud"] == DOCUMENTS
    assert refusal(stage.ask(resource=None)) == (400, "invalid_target")


@rfc("9396", "3.1", "with-scope")
def test_a_location_names_the_service_where_no_resource_does(stage: Stage) -> None:
    """The details may say which service they are for, and contradict no resource beside them."""
    here = entry(organization=stage.tenant.id, locations=[DOCUMENTS])
    there = entry(organization=stage.tenant.id, locations=[stage.billing.audience])
    assert payload(stage.token(resource=None, authorization_details=here))["aud"] == DOCUMENTS
    assert stage.ask(authorization_details=here, audience=stage.documents.id, resource=None).status_code == 200
    assert refusal(stage.ask(authorization_details=there)) == (400, "invalid_authorization_details")
    unknown = entry(organization=stage.tenant.id, locations=["https://nowhere.example"])
    assert refusal(stage.ask(resource=None, authorization_details=unknown)) == (400, "invalid_target")
    by_id = entry(organization=stage.tenant.id, locations=[stage.documents.id])
    assert refusal(stage.ask(resource=None, authorization_details=by_id)) == (400, "invalid_authorization_details")


@rfc("8707", "2", "audience")
def test_a_receipt_gives_tokens_for_each_service_by_itself(stage: Stage) -> None:
    """A delegation for any service is redeemed for one at a time."""
    for service in (stage.documents, stage.billing):
        answer = stage.redeem(resource=service.audience, subject_token_type=JWT)
        assert payload(answer.json()["access_token"])["aud"] == service.audience
