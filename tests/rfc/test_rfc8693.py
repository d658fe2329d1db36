"""RFC 8693: from a person's token or a receipt to a token of the agent that asks."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import pytest
from joserfc.jwk import ECKey

from tests.conformance import rfc
from tests.end_to_end.deployment import ACCESS_TOKEN, ASSERTION, DOCUMENTS, EXCHANGE, JWT, Agent, payload
from tests.end_to_end.tenant import Tenant
from tests.rfc.answers import refusal, told
from tests.rfc.stage import EDITS, Stage, entry, set_up

TYPES: Final = "urn:ietf:params:oauth:token-type:"
LIFETIME: Final = 300


@pytest.fixture
def fresh(found_tenant: Callable[[], Tenant]) -> Stage:
    """A stage of its own, for what changes."""
    return set_up(found_tenant())


@pytest.fixture
def globex(found_tenant: Callable[[], Tenant]) -> Tenant:
    """Another organization, which anne of the stage knows nothing of."""
    return found_tenant()


@rfc("8693", "2.1", "subject-token")
@pytest.mark.threat("37")
@pytest.mark.threat("S7")
@pytest.mark.parametrize("changed", [{"subject_token": None}, {"subject_token": ""}, {"subject_token": "\t"}])
@pytest.mark.parametrize("declared", [ACCESS_TOKEN, JWT, None, ""])
def test_there_is_no_exchange_without_a_subject_token(
    stage: Stage, changed: dict[str, Any], declared: str | None
) -> None:
    """Missing or blank, whatever type is declared, it is an error and never another way to a token."""
    answer = stage.ask(**changed, subject_token_type=declared)
    assert refusal(answer) == (400, "invalid_request")


@rfc("8693", "2.1", "subject-token")
@pytest.mark.threat("S7")
@pytest.mark.parametrize("length", [16_384, 16_385, 30_000])
@pytest.mark.parametrize("declared", [ACCESS_TOKEN, JWT])
def test_a_subject_token_that_is_too_long_is_refused_and_not_dropped(stage: Stage, length: int, declared: str) -> None:
    """A limit rejects; nothing goes on as if the parameter had not been there."""
    answer = stage.ask(subject_token="x" * length, subject_token_type=declared)
    assert refusal(answer) == (400, "invalid_request")


@rfc("8693", "2.1", "actor-token-pair")
@pytest.mark.parametrize("changed", [{"actor_token": "x"}, {"actor_token_type": JWT}])
def test_an_actor_token_and_its_type_come_together(stage: Stage, changed: dict[str, str]) -> None:
    """Neither stands alone."""
    assert refusal(stage.ask(**changed)) == (400, "invalid_request")


@rfc("8693", "2.1", "actor-token-pair")
def test_one_assertion_may_prove_client_and_actor(stage: Stage) -> None:
    """The same JWT in both places is used once."""
    assertion = stage.assertion()
    form = stage.form(actor_token=assertion, actor_token_type=JWT)
    form |= {"subject_token": stage.lent["receipt"], "subject_token_type": JWT}
    assert stage.signed("/token", form, assertion).status_code == 200
    assert refusal(stage.signed("/token", form, assertion)) == (401, "invalid_client")


@rfc("8693", "2.1", "actor-token-pair")
def test_another_assertion_of_the_same_agent_proves_the_actor_once(stage: Stage) -> None:
    """An actor token of its own is used up like every assertion."""
    actor = stage.assertion()
    form = stage.form(actor_token=actor, actor_token_type=JWT)
    form |= {"subject_token": stage.lent["receipt"], "subject_token_type": JWT}
    assert stage.signed("/token", form, stage.assertion()).status_code == 200
    assert stage.signed("/token", form, stage.assertion()).status_code == 401


@rfc("8693", "2.2.2", "unacceptable-token")
@pytest.mark.threat("15")
@pytest.mark.parametrize("actor", ["another agent's", "with act", "no key", "access token", "subject token"])
def test_an_actor_token_proves_the_client_itself(stage: Stage, actor: str) -> None:
    """Another agent's proof, one that carries `act`, and tokens of other kinds prove nothing."""
    house = stage.tenant.house
    tokens: dict[str, Callable[[], str]] = {
        "another agent's": lambda: stage.tenant.agent("second", keyed=True).assertion(house),
        "with act": lambda: stage.assertion(act={"sub": stage.planner.id}),
        "no key": lambda: Agent(stage.keyed.id, None, ECKey.generate_key("P-256")).assertion(house),
        "access token": stage.token,
        "subject token": lambda: str(stage.lent["receipt"]),
    }
    form = stage.form(actor_token=tokens[actor](), actor_token_type=JWT)
    form |= {"subject_token": stage.lent["receipt"], "subject_token_type": JWT}
    assert refusal(stage.signed("/token", form, stage.assertion())) == (400, "invalid_request")


@rfc("8693", "2.1", "declared-type")
@pytest.mark.threat("S8")
def test_a_token_is_checked_as_what_it_was_declared_to_be(stage: Stage) -> None:
    """A receipt declared as an access token fails, and so does a user token declared as a receipt."""
    user_token, receipt = stage.user_token(), stage.granted["receipt"]
    assert stage.ask(subject_token=user_token, subject_token_type=ACCESS_TOKEN).status_code == 200
    assert stage.ask(subject_token=receipt, subject_token_type=JWT).status_code == 200
    for token, declared in ((user_token, JWT), (receipt, ACCESS_TOKEN)):
        answer = stage.ask(subject_token=token, subject_token_type=declared)
        assert refusal(answer) == (400, "invalid_request")


@rfc("8693", "2.1", "resource-fragment")
@rfc("8707", "2", "absolute")
@pytest.mark.parametrize(
    "resource", [f"{DOCUMENTS}#", f"{DOCUMENTS}#part", "documents", "/documents", "//x", "mailto:a"]
)
def test_a_resource_is_an_absolute_address_without_a_fragment(stage: Stage, resource: str) -> None:
    """Anything else is no target, not even the id of a service that is one."""
    assert refusal(stage.ask(resource=resource)) == (400, "invalid_target")


@rfc("8693", "2.1.1", "several-targets")
@pytest.mark.parametrize("also", [("resource", "https://x.example"), ("audience", "billing"), ("audience", "")])
def test_a_second_target_is_refused(stage: Stage, also: tuple[str, str]) -> None:
    """A token has one audience; a blank second one is none, and the same one twice is still one."""
    form = list(stage.form().items())
    answer = stage.say([*form, also])
    assert (answer.status_code == 200) is (also[1] == "")
    assert also[1] == "" or refusal(answer) == (400, "invalid_target")
    assert stage.say([*form, ("resource", DOCUMENTS), ("audience", DOCUMENTS)]).status_code == 200


@rfc("8693", "2.1", "audience")
def test_the_audience_may_be_the_name_of_a_service(stage: Stage) -> None:
    """A logical name is understood as `audience`, and the token is for the service's address."""
    token = stage.token(resource=None, audience=stage.documents.id)
    assert payload(token)["aud"] == DOCUMENTS


@rfc("8693", "2.2.1", "issued-token-type", "token-type", "lifetime")
@rfc("8693", "2.1", "grant-type", "requested-token-type")
@pytest.mark.parametrize("requested", [None, "", ACCESS_TOKEN])
def test_the_answer_says_what_it_issues(stage: Stage, requested: str | None) -> None:
    """Type, use and lifetime of the token are told, whether or not a type was requested."""
    document = stage.ask(requested_token_type=requested).json()
    assert document["issued_token_type"] == ACCESS_TOKEN
    assert document["token_type"] == "Bearer"
    claims = payload(document["access_token"])
    assert document["expires_in"] == claims["exp"] - claims["iat"] == LIFETIME


@rfc("8693", "2.2.1", "lifetime")
@pytest.mark.threat("3")
def test_a_token_outlives_nothing_it_comes_from(fresh: Stage) -> None:
    """It ends with the subject token, the receipt or the delegation, whichever is first."""
    now = int(fresh.tenant.house.clock().timestamp())
    soon = fresh.ask(subject_token=fresh.user_token(exp=now + 40)).json()
    assert (soon["expires_in"], payload(soon["access_token"])["exp"]) == (40, now + 40)
    fresh.tenant.house.clock.advance(timedelta(seconds=1700))
    assert fresh.ask().json()["expires_in"] == 100
    assert fresh.redeem().json()["expires_in"] == 100


@rfc("8693", "2.2.1", "scope")
@rfc("8693", "4.2", "scope-claim")
def test_scope_is_one_string_in_answer_token_and_introspection(stage: Stage) -> None:
    """What was asked as scope comes back as scope, and nothing does where none was asked."""
    answer = stage.ask(scope="document:view document:edit").json()
    assert answer["scope"] == "document:edit document:view"
    assert payload(answer["access_token"])["scope"] == answer["scope"]
    assert stage.introspected(answer["access_token"])["scope"] == answer["scope"]
    assert "scope" not in stage.ask().json()
    assert "scope" not in payload(stage.token())


@rfc("8693", "2.2.1", "refresh-token")
def test_no_refresh_token_is_ever_issued(stage: Stage) -> None:
    """Not for a user token, not for a receipt, and not on request."""
    refresh = f"{TYPES}refresh_token"
    for answer in (stage.ask(), stage.redeem(), stage.ask(scope="document:view")):
        assert answer.json().keys().isdisjoint({"refresh_token", "id_token"})
    assert refusal(stage.ask(requested_token_type=refresh)) == (400, "invalid_request")


@rfc("8693", "2.2.2", "unacceptable-token")
@pytest.mark.threat("37")
@pytest.mark.parametrize(
    "changed",
    [
        {"exp": 0},
        {"exp": None},
        {"iss": "https://nobody.example"},
        {"iss": None},
        {"sub": "nobody"},
        {"sub": None},
        {"sub": ""},
        {"aud": "https://elsewhere.example"},
        {"aud": None},
        {"act": {"sub": "planner"}},
        {"act": None, "cnf": {"jkt": "x"}},
        {"may_act": {"sub": "somebody else"}},
        {"may_act": "planner"},
        {"org_id": "globex"},
        {"org_id": 1},
        {"nbf": 2**33},
        {"scope": ["document:view"]},
        {"authorization_details": "x"},
        {"client_id": "a", "azp": "b"},
    ],
)
def test_a_subject_token_that_is_not_acceptable_is_an_invalid_request(stage: Stage, changed: dict[str, Any]) -> None:
    """Expired, foreign, bound, acted or contradicting tokens have the code of the standard, and change nothing."""
    before = stage.revision()
    answer = stage.ask(subject_token=stage.user_token(**changed))
    assert refusal(answer) == (400, "invalid_request")
    assert stage.revision() == before


@rfc("8693", "2.2.2", "unacceptable-token")
def test_a_token_for_several_audiences_is_for_nobody(stage: Stage) -> None:
    """The issuer is the one audience of a subject token; anything beside it is one too many."""
    assert stage.ask(subject_token=stage.user_token(aud=[stage.issuer])).status_code == 200
    for audience in (
        [stage.issuer, DOCUMENTS],
        f"{stage.issuer}/",
        f"{stage.issuer}/delegations",
        [],
        [[stage.issuer]],
    ):
        answer = stage.ask(subject_token=stage.user_token(aud=audience))
        assert refusal(answer) == (400, "invalid_request")


@rfc("8693", "2.2.2", "unacceptable-token")
@pytest.mark.threat("S8")
def test_a_token_that_was_issued_to_an_agent_is_no_persons_own(stage: Stage) -> None:
    """A user token whose client is an agent, in either claim, proves nothing about the user's wish."""
    for claim in ("client_id", "azp"):
        answer = stage.ask(subject_token=stage.user_token(**{claim: stage.stranger.id}))
        assert refusal(answer) == (400, "invalid_request")
    assert stage.ask(subject_token=stage.user_token(client_id="a-browser")).status_code == 200


@rfc("8693", "2.2.2", "unacceptable-token")
@pytest.mark.threat("37")
def test_a_person_who_let_the_agent_do_nothing_is_refused(stage: Stage) -> None:
    """No delegation, no token, and the answer says where a person can grant one."""
    answer = stage.post("/token", stage.form(), by=stage.stranger)
    assert refusal(answer) == (400, "invalid_request")
    assert answer.json()["consent_uri"] == f"{stage.issuer}/delegations"


@rfc("8693", "2.2.2", "unacceptable-token")
@pytest.mark.threat("37")
def test_a_receipt_is_worthless_to_another_agent(stage: Stage) -> None:
    """Only the agent that a receipt names may present it."""
    form = stage.form(subject_token=stage.granted["receipt"], subject_token_type=JWT, authorization_details=None)
    answers = [stage.post("/token", form, by=stage.stranger), stage.signed("/token", form, stage.assertion())]
    assert [refusal(answer) for answer in answers] == [(400, "invalid_request")] * 2
    assert not any("consent_uri" in answer.json() for answer in answers)
    assert stage.redeem().status_code == 200


@rfc("8693", "2.2.2", "unacceptable-token")
@pytest.mark.threat("S5")
@pytest.mark.threat("16")
def test_a_foreign_organization_is_told_from_none_by_nothing(stage: Stage, globex: Tenant) -> None:
    """Whoever names an organization the user is not in learns the same whether it exists or not."""
    answers = [stage.ask(authorization_details=entry(organization=name)) for name in (globex.id, "no-such")]
    assert [refusal(answer) for answer in answers] == [(400, "invalid_request")] * 2
    assert told(answers[0]) == told(answers[1])


@rfc("8693", "2.2.2", "unacceptable-token")
@pytest.mark.threat("S5")
def test_a_receipt_speaks_of_its_own_organization(stage: Stage, globex: Tenant) -> None:
    """A request that names another organization than the receipt's contradicts itself."""
    answer = stage.redeem(authorization_details=entry(organization=globex.id))
    assert refusal(answer) == (400, "invalid_request")
    assert stage.redeem(authorization_details=entry(organization=stage.tenant.id)).status_code == 200


@rfc("8693", "2.2.2", "unacceptable-target")
@rfc("8707", "2", "unknown-target")
@pytest.mark.threat("S3")
def test_a_target_that_may_not_be_had_is_an_invalid_target(stage: Stage, globex: Tenant) -> None:
    """A service that is unknown, deleted, suspended or not admitted is no target; nothing tells these apart."""
    house, tenant = stage.tenant.house, stage.tenant
    there = [house.service(tenant.own(name), f"https://{name}.example/{tenant.id}", tenant.id) for name in "abc"]
    house.must("DELETE", f"/services/{there[0].id}")
    house.must("PATCH", f"/services/{there[1].id}", {"status": "suspended"})
    tenant.must("DELETE", f"/services/{there[2].id}")
    foreign = house.service(globex.own("d"), f"https://d.example/{globex.id}", globex.id)
    wanted = [service.audience for service in (*there, foreign)]
    answers = [stage.ask(resource=audience) for audience in (*wanted, "https://nowhere.example", f"{DOCUMENTS}/")]
    assert {refusal(answer) for answer in answers} == {(400, "invalid_target")}
    assert [told(answer) for answer in answers] == [told(answers[0])] * len(answers)


@rfc("8693", "3", "token-types")
@rfc("8693", "2.1", "requested-token-type")
@pytest.mark.parametrize("parameter", ["subject_token_type", "requested_token_type"])
@pytest.mark.parametrize("kind", ["refresh_token", "id_token", "saml1", "saml2", "id-jag", "txn_token", "ACCESS_TOKEN"])
def test_a_token_type_that_is_not_supported_is_refused(stage: Stage, parameter: str, kind: str) -> None:
    """Registered types without a use here and names that are merely alike are refused alike."""
    assert refusal(stage.ask(**{parameter: TYPES + kind})) == (400, "invalid_request")


@rfc("8693", "4.1", "actor")
@rfc("8693", "4.3", "client-id-claim")
@pytest.mark.threat("37")
@pytest.mark.parametrize("by_receipt", [False, True])
def test_every_token_names_who_acts_for_whom(stage: Stage, *, by_receipt: bool) -> None:
    """The subject is the user, actor and client are the agent, and an answer without `act` is never given."""
    claims = payload((stage.redeem() if by_receipt else stage.ask()).json()["access_token"])
    assert claims["sub"] == stage.tenant.anne
    assert claims["client_id"] == stage.planner.id
    assert claims["act"] == {"iss": stage.issuer, "sub": stage.planner.id, "sub_profile": "ai_agent"}


@rfc("8693", "4.4", "may-act")
def test_may_act_narrows_who_may_act(stage: Stage) -> None:
    """A subject token that names its actor is good for that agent, and its word is not copied into the result."""
    token = stage.token(subject_token=stage.user_token(may_act={"sub": stage.planner.id}))
    assert "may_act" not in payload(token)


@pytest.mark.semantics("6")
@pytest.mark.threat("S2")
@pytest.mark.parametrize(
    ("asked", "actions"),
    [
        ({}, EDITS),
        ({"scope": "document:view"}, ["document:view"]),
        (
            {"authorization_details": entry(privileges=["project-viewer"])},
            ["app:view", "document:view", "project:view"],
        ),
        ({"authorization_details": entry(actions=["app:view"])}, ["app:view"]),
        ({"authorization_details": entry(identifier="app:storefront", privileges=["app-viewer"])}, EDITS[1:4:2]),
    ],
    ids=["all", "scope", "role", "actions", "place"],
)
def test_an_agent_may_ask_for_less(stage: Stage, asked: dict[str, Any], actions: list[str]) -> None:
    """Every way of asking for less than was granted succeeds, and gives no more than was asked."""
    answer = stage.redeem(**asked)
    assert answer.status_code == 200, answer.text
    assert answer.json()["authorization_details"][0]["actions"] == actions


@rfc("8693", "2.1", "unauthenticated")
def test_whoever_found_a_user_token_cannot_trade_it(stage: Stage) -> None:
    """Without an agent that authenticates there is no exchange, and an assertion type alone is no proof."""
    for form in (stage.form(), stage.form(client_assertion_type=ASSERTION), {"grant_type": EXCHANGE}):
        assert refusal(stage.post("/token", form)) == (401, "invalid_client")
