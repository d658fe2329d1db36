"""AuthZEN Authorization API 1.0: services ask whether a token, or a person, may do something."""

import json
from collections.abc import Callable
from typing import Any, Final

import pytest

from delegation.web import authzen, searches
from tests.conformance import rfc
from tests.end_to_end.deployment import JSON, Agent
from tests.end_to_end.tenant import Tenant
from tests.rfc.answers import problem, told
from tests.rfc.stage import Stage, basic, set_up

DENIED: Final = {"decision": False}


def question(stage: Stage, **changed: Any) -> JSON:
    """Return the question whether anne may edit the storefront; None leaves a part out."""
    good = {
        "subject": {"type": "user", "id": stage.tenant.anne},
        "action": {"name": "document:edit"},
        "resource": {"type": "app", "id": "storefront", "properties": {"organization": stage.tenant.id}},
    }
    return {name: value for name, value in {**good, **changed}.items() if value is not None}


def about(token: str) -> JSON:
    """Return the part of a question that is about a token."""
    return {"type": "token", "id": token}


@rfc("authzen", "6.1", "request")
@pytest.mark.parametrize("part", ["subject", "action", "resource"])
@pytest.mark.parametrize(
    "value", [None, {}, [], "x", 1, {"type": "user"}, {"id": "x"}, {"type": 1, "id": 1, "name": 1}]
)
def test_a_question_has_subject_action_and_resource(stage: Stage, part: str, value: object) -> None:
    """A part that is missing or of the wrong form makes the question malformed."""
    assert problem(stage.evaluated(question(stage, **{part: value}))) == (400, "malformed")


@rfc("authzen", "6.1", "request")
@pytest.mark.parametrize(
    "changed",
    [
        {"subject": {"type": "", "id": "x"}},
        {"subject": {"type": "user", "id": ""}},
        {"action": {"name": ""}},
        {"resource": {"type": "app", "id": "storefront", "properties": None}},
        {"resource": {"type": "app", "id": "storefront", "properties": {"organization": 1}}},
        {"resource": {"type": "app", "id": "storefront", "properties": {"organization": ""}}},
        {"resource": {"type": "app", "id": "storefront", "properties": []}},
        {"resource": {"type": ["app"], "id": "storefront"}},
        {"resource": {"type": "app", "id": 1}},
        {"resource": {"type": "app"}},
        {"subject": {"type": "user", "id": ["anne"]}},
        {"subject": {"type": None, "id": "anne"}},
        {"subject": {"type": "user", "id": "anne", "properties": "x"}},
        {"action": {"name": ["document:edit"]}},
        {"action": {"name": None}},
        {"action": {"name": 1.5}},
        {"context": []},
        {"context": "x"},
        {"subject": {"type": "token", "id": "x" * 16_385}},
    ],
)
def test_parts_of_the_wrong_form_are_refused(stage: Stage, changed: JSON) -> None:
    """What the standard gives a type has that type."""
    assert problem(stage.evaluated(question(stage, **changed))) == (400, "malformed")


@rfc("authzen", "6.1", "unknown-members")
def test_members_that_nobody_knows_are_ignored(stage: Stage) -> None:
    """At every level something may be added that this service does not know."""
    extended = question(stage, context={"time": "now", "deep": [{"a": None}]}, extra=[1], options={"x": 1})
    for part in ("subject", "action", "resource"):
        extended[part] = {**extended[part], "unknown": {"x": 1}}
    extended["resource"]["properties"] |= {"colour": "red"}
    extended["subject"]["properties"] = {"organization": "elsewhere", "role": "admin"}
    extended["action"]["properties"] = {"organization": 1}
    assert stage.evaluated(extended).json()["decision"] is True


@rfc("authzen", "6.2", "decision", "context")
def test_an_answer_holds_a_decision_and_its_reason(stage: Stage) -> None:
    """An allowance names the facts that it follows from, a denial the term that failed, both their revision."""
    allowed = stage.evaluated(question(stage)).json()
    denied = stage.evaluated(question(stage, subject={"type": "user", "id": stage.tenant.bob})).json()
    assert (allowed["decision"], denied["decision"]) == (True, False)
    assert f"user:{stage.tenant.anne} workspace-member workspace:design" in allowed["context"]["path"]
    assert denied["context"]["failing"] == {"term": "user"}
    assert allowed["context"]["revision"] == denied["context"]["revision"] == stage.revision()


@rfc("authzen", "6.2", "decision")
def test_a_token_is_asked_about_by_itself(stage: Stage) -> None:
    """What the bearer may do is what user, delegation and token let through together."""
    subject = about(stage.token(scope="document:view"))
    actions = ("document:view", "document:edit", "document:delete", "organization:administer", "no:such")
    answers = [stage.evaluated(question(stage, subject=subject, action={"name": name})).json() for name in actions]
    assert [answer["decision"] for answer in answers] == [True, False, False, False, False]
    assert answers[1]["context"]["failing"]["term"] == "token"
    assert answers[2]["context"]["failing"]["term"] == "delegation"


@rfc("authzen", "9", "metadata")
@rfc("authzen", "9.1.1", "endpoints")
@rfc("authzen", "9.2.2", "metadata-answer")
@rfc("authzen", "9.2.3", "same-identifier")
def test_metadata_names_the_endpoints_that_exist(stage: Stage) -> None:
    """The decision point and its endpoints are told by absolute addresses: all that are there, and no others."""
    answer = stage.http.get("/.well-known/authzen-configuration")
    assert answer.headers["content-type"] == "application/json"
    told = answer.json()
    assert told.pop("policy_decision_point") == stage.issuer
    routes = {route.path for route in authzen.ROUTES + searches.ROUTES if "POST" in (route.methods or ())}
    assert set(told.values()) == {f"{stage.issuer}{path}" for path in routes}
    assert told["access_evaluations_endpoint"] == f"{stage.issuer}/access/v1/evaluations"
    for kind in ("subject", "resource", "action"):
        assert told[f"search_{kind}_endpoint"] == f"{stage.issuer}/access/v1/search/{kind}"
    assert all(stage.http.get(address).status_code == 405 for address in told.values())


@rfc("authzen", "9.2", "well-known")
def test_metadata_is_found_by_the_identifier_alone(stage: Stage) -> None:
    """The well-known part stands between host and path, and another path is another decision point."""
    assert stage.http.get("/.well-known/authzen-configuration/elsewhere").status_code == 404


@rfc("authzen", "10.1", "denial-is-200")
@pytest.mark.threat("8")
@pytest.mark.parametrize(
    "changed",
    [
        {"subject": {"type": "user", "id": "nobody"}},
        {"subject": {"type": "user", "id": "*"}},
        {"subject": {"type": "user", "id": "a b"}},
        {"subject": {"type": "user", "id": "\u0000"}},
        {"subject": {"type": "group", "id": "nobody#member"}},
        {"subject": {"type": "service", "id": "documents"}},
        {"subject": {"type": "organization", "id": "acme"}},
        {"subject": {"type": "no such type", "id": "x"}},
        {"subject": {"type": "token", "id": "x"}},
        {"action": {"name": "no:such"}},
        {"action": {"name": "parent"}},
        {"action": {"name": "member"}},
        {"action": {"name": "workspace-member"}},
        {"action": {"name": "\u0000" * 100}},
        {"resource": {"type": "app", "id": "nowhere"}},
        {"resource": {"type": "app", "id": "storefront"}},
        {"resource": {"type": "app", "id": "storefront", "properties": {"organization": "no-such"}}},
        {"resource": {"type": "app", "id": "storefront", "properties": {"organization": "a\u0000b"}}},
        {"resource": {"type": "app", "id": "storefront", "properties": {"organization": "x" * 5_000}}},
        {"resource": {"type": "user", "id": "anne"}},
        {"resource": {"type": "app\u202e", "id": "storefront"}},
    ],
)
def test_a_denial_is_an_answer(stage: Stage, changed: JSON) -> None:
    """Whatever is unknown or makes no sense is denied, with status 200."""
    answer = stage.evaluated(question(stage, **changed))
    assert answer.status_code == 200, answer.text
    assert answer.json()["decision"] is False
    assert answer.headers["cache-control"] == "no-store"


@rfc("authzen", "10.1", "errors")
@rfc("authzen", "11.5", "unambiguous")
@pytest.mark.threat("24")
@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "null",
        "x",
        '{"subject": NaN}',
        '{"a": 1, "a": 2}',
        "[" * 5000,
        '{"a":' * 5000,
        '"\\ud800"',
        '{"context": {"a": 1e999}}',
        '{"context": {"a": ' + "9" * 100 + "}}",
        '{"context": {"a": "\\udc00"}}',
    ],
)
def test_a_body_that_is_malformed_is_400(stage: Stage, body: str) -> None:
    """What is no JSON object with one meaning is refused before anything is asked."""
    whole = json.dumps(question(stage))[:-1] + "," + body[1:] if body.startswith('{"context"') else body
    headers = {"Content-Type": "application/json", "Authorization": basic(stage.documents.id, stage.documents.secret)}
    assert problem(stage.http.post("/access/v1/evaluation", content=whole, headers=headers)) == (400, "malformed")


@rfc("authzen", "10.1", "errors")
@rfc("authzen", "10.1", "json")
@pytest.mark.parametrize("type_", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_question_comes_as_json(stage: Stage, type_: str) -> None:
    """A body of any other type is malformed."""
    headers = {"Content-Type": type_, "Authorization": basic(stage.documents.id, stage.documents.secret)}
    body = json.dumps(question(stage))
    assert problem(stage.http.post("/access/v1/evaluation", content=body, headers=headers)) == (400, "malformed")


@rfc("authzen", "10.1", "errors")
@rfc("6750", "3", "challenge")
@rfc("authzen", "11.3", "unauthenticated")
@pytest.mark.parametrize("credentials", ["none", "wrong secret", "unknown", "bearer", "keyed agent"])
def test_a_caller_that_fails_to_authenticate_is_401(stage: Stage, credentials: str) -> None:
    """The answer is the same for all, is a problem document, and its challenge names the scheme."""
    headers = {
        "none": {},
        "wrong secret": {"Authorization": basic(stage.documents.id, "wrong")},
        "unknown": {"Authorization": basic("nobody", "x")},
        "bearer": {"Authorization": f"Bearer {stage.token()}"},
        "keyed agent": {"Authorization": basic(stage.keyed.id, "x")},
    }
    answer = stage.http.post("/access/v1/evaluation", json=question(stage), headers=headers[credentials])
    assert problem(answer) == (401, "unauthorized")
    assert answer.headers["www-authenticate"] == 'Basic realm="delegation"'


@rfc("authzen", "10.1", "request-id")
@pytest.mark.threat("47")
@pytest.mark.parametrize("given", ["bfe9eb29-ab87-4ca3-be83-a1d5d8305716", "a", "x" * 64, "A.b_c-1"])
def test_a_harmless_request_id_is_given_back(stage: Stage, given: str) -> None:
    """The id of a request returns unchanged with its answer."""
    headers = {"X-Request-ID": given, "Authorization": basic(stage.documents.id, stage.documents.secret)}
    answer = stage.http.post("/access/v1/evaluation", json=question(stage), headers=headers)
    assert answer.headers["x-request-id"] == given


@rfc("authzen", "10.1", "request-id")
@pytest.mark.threat("47")
@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a\tb", "<script>", "a;b", "é", "${x}", "a,b", '"'])
def test_a_request_id_that_could_do_harm_is_replaced(stage: Stage, given: str) -> None:
    """An id that is no plain word is not written into logs and headers."""
    answer = stage.http.get("/healthz", headers=[(b"X-Request-ID", given.encode("latin-1"))])
    assert answer.headers["x-request-id"] != given
    assert answer.headers["x-request-id"].isalnum()


@pytest.mark.threat("39")
@pytest.mark.threat("16")
def test_a_service_that_gets_no_answers_learns_nothing(found_tenant: Callable[[], Tenant], stage: Stage) -> None:
    """A token for another service is denied as an unknown one; a foreign organization as one that is not there."""
    other = set_up(found_tenant())
    by = other.billing
    tokens = [stage.token(), stage.token(resource=stage.billing.audience), "x", other.token()]
    answers = [stage.evaluated(question(stage, subject=about(token)), by) for token in tokens]
    assert [told(answer) for answer in answers] == [told(answers[0])] * len(answers)
    assert "revision" not in answers[0].json()["context"]
    named = [stage.tenant.id, "no-such"]
    places = [{"type": "app", "id": "storefront", "properties": {"organization": name}} for name in named]
    denials = [stage.evaluated(question(stage, resource=place), by) for place in places]
    assert told(denials[0]) == told(denials[1])
    assert denials[0].json()["decision"] is False


@rfc("authzen", "11.2", "caller")
@pytest.mark.threat("39")
def test_an_agent_asks_in_vain(stage: Stage) -> None:
    """An agent's credentials get no answer about anybody, not even about its own token."""
    agent = Agent(stage.planner.id, stage.planner.secret)
    header = {"Authorization": basic(agent.id, agent.secret or "")}
    for subject in (about(stage.token()), {"type": "user", "id": stage.tenant.anne}):
        asked = question(stage, subject=subject)
        answer = stage.http.post("/access/v1/evaluation", json=asked, headers=header)
        assert answer.json()["decision"] is False
        assert "revision" not in answer.json()["context"]


@pytest.mark.semantics("1")
def test_an_organization_that_contradicts_the_token_denies(stage: Stage) -> None:
    """A token speaks of its own organization, whatever the question says."""
    subject = about(stage.token())
    elsewhere = {"type": "app", "id": "storefront", "properties": {"organization": "elsewhere"}}
    nowhere = {"type": "app", "id": "storefront"}
    assert stage.evaluated(question(stage, subject=subject)).json()["decision"] is True
    assert stage.evaluated(question(stage, subject=subject, resource=nowhere)).json()["decision"] is True
    assert stage.evaluated(question(stage, subject=subject, resource=elsewhere)).json()["decision"] is False
