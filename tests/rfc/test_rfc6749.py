"""RFC 6749: client authentication, the token endpoint and the form of its answers."""

import base64
from typing import Final

import pytest

from tests.conformance import rfc
from tests.databases import execute
from tests.end_to_end.deployment import ACCESS_TOKEN, ASSERTION, EXCHANGE, JWT, Agent, Service
from tests.rfc.answers import problem, refusal, told
from tests.rfc.stage import FORM, Stage, basic, entry

SECRET: Final = "dss-with: a colon, a +, a % and 100%25, an & and ünïcödé ✓"
STRANGE: Final = "robot+one%2B&=é"
ENDPOINTS: Final = ("/token", "/introspect", "/revoke")
MALFORMED: Final = (
    "Basic",
    "Basic =",
    "Basic !!!!",
    "Basic a",
    f"Basic {base64.b64encode(b'planner').decode()}",
    f"Basic {base64.b64encode(b':').decode()}",
    f"Basic {base64.b64encode(b'planner:%zz%ff').decode()}",
    f"Basic {base64.b64encode(bytes([0xFF, 0xFE, 0x3A, 0x78])).decode()}",
    "Basic \xff\xfe",
    "Bearer dGVzdDp0ZXN0",
    "Digest username=planner",
)


@pytest.fixture(scope="module")
def robot(stage: Stage) -> Agent:
    """An agent whose id and secret hold every character that a form writes otherwise."""
    stage.tenant.house.must("POST", "/agents", {"id": STRANGE, "secret": SECRET})
    return Agent(STRANGE, SECRET)


@rfc("6749", "2.3", "one-method")
@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("second", ["secret", "assertion", "both"])
def test_a_client_authenticates_in_one_way(stage: Stage, endpoint: str, second: str) -> None:
    """Credentials in the header and in the body, each of them right, are one too many."""
    also: dict[str, dict[str, str]] = {
        "secret": {"client_id": stage.planner.id, "client_secret": stage.planner.secret or ""},
        "assertion": {"client_assertion_type": ASSERTION, "client_assertion": stage.assertion()},
    }
    also["both"] = also["secret"] | also["assertion"]
    answer = stage.post(endpoint, {**stage.form(), "token": "x", **also[second]}, by=stage.planner)
    assert refusal(answer) == (400, "invalid_request")


@rfc("6749", "2.3", "one-method")
def test_two_sets_of_credentials_in_the_body_are_one_too_many(stage: Stage) -> None:
    """A secret beside an assertion is refused without any header."""
    secret = {"client_id": stage.planner.id, "client_secret": stage.planner.secret or ""}
    answer = stage.signed("/token", {**stage.form(), **secret}, stage.assertion())
    assert refusal(answer) == (400, "invalid_request")


@rfc("6749", "2.3", "one-method")
def test_two_authorization_headers_are_one_too_many(stage: Stage) -> None:
    """Which of two headers would count is not left to chance."""
    good = basic(stage.planner.id, stage.planner.secret or "")
    headers = [("Authorization", good), ("Authorization", basic("other", "x")), ("Content-Type", FORM)]
    answer = stage.http.post("/token", content=f"grant_type={EXCHANGE}", headers=headers)
    assert refusal(answer) == (400, "invalid_request")


@rfc("6749", "2.3.1", "basic")
def test_id_and_secret_are_form_encoded_each_by_itself(stage: Stage, robot: Agent) -> None:
    """Blanks, colons, percent signs and letters beyond ASCII arrive as they were registered."""
    assert stage.post("/revoke", {"token": "x"}, by=robot).status_code == 200


@rfc("6749", "2.3.1", "basic")
def test_credentials_that_are_not_form_encoded_are_not_guessed_at(stage: Stage, robot: Agent) -> None:
    """A plus sign that was not encoded is a blank, as the form says, and no second reading is tried."""
    raw = base64.b64encode(f"{robot.id}:{robot.secret}".encode()).decode()
    answer = stage.post("/revoke", {"token": "x"}, headers={"Authorization": f"Basic {raw}"})
    assert refusal(answer) == (401, "invalid_client")


@rfc("6749", "2.3.1", "secret-in-body")
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_id_and_secret_may_stand_in_the_body(stage: Stage, endpoint: str) -> None:
    """A client without a header is known by its id and secret in the form."""
    client: Agent | Service = stage.documents if endpoint == "/introspect" else stage.planner
    credentials = {"client_id": client.id, "client_secret": client.secret or ""}
    assert stage.post(endpoint, {**stage.form(), "token": "x", **credentials}).status_code == 200


@rfc("6749", "2.3.1", "secret-not-in-address")
@pytest.mark.threat("41")
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_credentials_in_the_address_count_for_nothing(stage: Stage, endpoint: str) -> None:
    """Id and secret in the query authenticate nobody."""
    query = f"?client_id={stage.planner.id}&client_secret={stage.planner.secret}"
    answer = stage.post(endpoint + query, {**stage.form(), "token": "x"})
    assert refusal(answer) == (401, "invalid_client")


@rfc("6749", "3.2", "post")
@pytest.mark.threat("41")
@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_only_post_asks(stage: Stage, endpoint: str, method: str) -> None:
    """Any other method is 405 and names the one that there is, whatever else the request says."""
    answer = stage.http.request(
        method,
        f"{endpoint}?grant_type={EXCHANGE}&token=x",
        headers={"Authorization": basic(stage.planner.id, stage.planner.secret or "")},
    )
    assert problem(answer) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "POST"


@rfc("6749", "3.2", "post")
def test_parameters_in_the_address_are_not_read(stage: Stage) -> None:
    """A request that has its parameters in the query has none."""
    from_query = stage.post(f"/token?grant_type={EXCHANGE}&subject_token=x", {"client_id": ""}, by=stage.planner)
    assert refusal(from_query) == (400, "invalid_request")


@rfc("6749", "3.2", "blank-is-absent")
@pytest.mark.parametrize("blank", ["", " ", "\t "])
@pytest.mark.parametrize("name", ["scope", "audience", "requested_token_type", "actor_token", "actor_token_type"])
def test_a_blank_parameter_is_an_absent_one(stage: Stage, name: str, blank: str) -> None:
    """A parameter without a value changes nothing."""
    assert stage.ask(**{name: blank}).status_code == 200


@rfc("6749", "3.2", "blank-is-absent")
@pytest.mark.threat("37")
@pytest.mark.parametrize("blank", ["", " ", "\t "])
@pytest.mark.parametrize("name", ["grant_type", "subject_token", "subject_token_type"])
def test_a_blank_parameter_that_is_needed_is_missing(stage: Stage, name: str, blank: str) -> None:
    """A needed parameter without a value is refused, and no other way is taken instead."""
    assert refusal(stage.ask(**{name: blank})) == (400, "invalid_request")


@rfc("6749", "3.2", "unknown-ignored")
def test_a_parameter_that_nobody_knows_is_ignored(stage: Stage) -> None:
    """Unknown parameters change nothing, whatever they are called."""
    pairs = [*stage.form().items(), ("x", "1"), ("may_act", "me"), ("", "nameless"), ("__proto__", "x"), ("[]", "")]
    assert stage.say(pairs).status_code == 200


@rfc("6749", "3.2", "no-repeats")
@pytest.mark.threat("41")
@pytest.mark.parametrize("repeated", ["", "same", "other"])
@pytest.mark.parametrize(
    "name",
    [
        "grant_type",
        "subject_token",
        "subject_token_type",
        "authorization_details",
        "scope",
        "actor_token",
        "actor_token_type",
        "requested_token_type",
        "client_id",
        "client_secret",
        "client_assertion",
        "unknown",
    ],
)
def test_a_repeated_parameter_is_refused(stage: Stage, name: str, repeated: str) -> None:
    """No parameter is given twice, not even with the same value, a blank one or one that nobody knows."""
    form = stage.form()
    first = form.pop(name, "x")
    second = first if repeated == "same" else repeated
    assert refusal(stage.say([*form.items(), (name, first), (name, second)])) == (400, "invalid_request")


@rfc("6749", "3.2", "no-repeats")
@pytest.mark.parametrize("endpoint", ["/introspect", "/revoke"])
def test_a_repeated_token_is_refused(stage: Stage, endpoint: str) -> None:
    """The other endpoints read forms no less strictly."""
    client: Agent | Service = stage.documents if endpoint == "/introspect" else stage.planner
    answer = stage.post(endpoint, [("token", "a"), ("token", "a")], by=client)
    assert refusal(answer) == (400, "invalid_request")


@rfc("6749", "3.2.1", "authenticated")
@rfc("9700", "2.5", "client-authentication")
@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("header", ["", *MALFORMED])
def test_no_client_gets_anything_without_authenticating(stage: Stage, endpoint: str, header: str) -> None:
    """Absent, malformed and foreign credentials have one answer."""
    headers = [(b"Content-Type", FORM.encode())]
    headers += [(b"Authorization", header.encode("latin-1"))] if header else []
    answer = stage.http.post(endpoint, content=f"grant_type={EXCHANGE}&token=x", headers=headers)
    assert refusal(answer) == (401, "invalid_client")


@rfc("6749", "3.2.1", "authenticated")
def test_the_client_id_alone_is_no_authentication(stage: Stage) -> None:
    """There are no public clients here."""
    answer = stage.post("/token", stage.form(client_id=stage.planner.id))
    assert refusal(answer) == (401, "invalid_client")


@rfc("6749", "3.2.1", "authenticated")
def test_the_client_id_beside_other_credentials_names_the_same_client(stage: Stage) -> None:
    """A request that names one client and authenticates another is nobody's."""
    assert stage.ask(client_id=stage.planner.id).status_code == 200
    assert refusal(stage.ask(client_id=stage.keyed.id)) == (401, "invalid_client")


@rfc("6749", "3.3", "scope-reported")
def test_the_granted_scope_is_told_when_it_is_not_the_one_asked(stage: Stage) -> None:
    """Scope that the user lacks at this moment is left out, and the answer says what is left."""
    tenant = stage.tenant
    tenant.unassign(f"user:{tenant.anne}", "workspace-member", "workspace:design")
    tenant.assign(f"user:{tenant.anne}", "project-viewer", "project:apollo")
    answer = stage.ask(scope="document:view document:edit")
    tenant.unassign(f"user:{tenant.anne}", "project-viewer", "project:apollo")
    tenant.assign(f"user:{tenant.anne}", "workspace-member", "workspace:design")
    assert answer.json()["scope"] == "document:view"


@rfc("6749", "3.3", "scope-reported")
@pytest.mark.parametrize(
    "scope", ["document:view  document:edit", " document:view", "document:view\tdocument:edit", "x " * 300]
)
def test_scope_is_words_with_one_blank_between_them(stage: Stage, scope: str) -> None:
    """Scope in any other form is refused, not repaired."""
    assert refusal(stage.ask(scope=scope)) == (400, "invalid_scope")


@rfc("6749", "5.1", "members", "no-store")
def test_a_successful_answer_holds_token_type_and_lifetime_and_is_not_stored(stage: Stage) -> None:
    """The answer is JSON with exactly the members there are, and no cache keeps it."""
    answer = stage.ask()
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert (answer.headers["cache-control"], answer.headers["pragma"]) == ("no-store", "no-cache")
    document = answer.json()
    standard = {"access_token", "token_type", "expires_in"}
    assert document.keys() == standard | {"issued_token_type", "authorization_details"}
    assert (document["token_type"], document["expires_in"]) == ("Bearer", 300)


@rfc("6749", "5.2", "error-member")
@pytest.mark.threat("1")
@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"subject_token": None}, "invalid_request"),
        ({"subject_token": "x"}, "invalid_request"),
        ({"subject_token": "x" * 16_385}, "invalid_request"),
        ({"subject_token_type": None}, "invalid_request"),
        ({"subject_token_type": "access_token"}, "invalid_request"),
        ({"subject_token_type": JWT}, "invalid_request"),
        ({"actor_token": "x"}, "invalid_request"),
        ({"actor_token_type": JWT}, "invalid_request"),
        ({"actor_token": "x", "actor_token_type": JWT}, "invalid_request"),
        ({"actor_token": "x", "actor_token_type": ACCESS_TOKEN}, "invalid_request"),
        ({"requested_token_type": JWT}, "invalid_request"),
        ({"requested_token_type": "urn:ietf:params:oauth:token-type:refresh_token"}, "invalid_request"),
        ({"authorization_details": entry()}, "invalid_request"),
        ({"resource": "https://elsewhere.example"}, "invalid_target"),
        ({"resource": None}, "invalid_target"),
        ({"resource": "https://billing.example", "audience": "documents"}, "invalid_target"),
        ({"scope": "projects.admin"}, "invalid_scope"),
        ({"scope": "document:delete"}, "invalid_scope"),
        ({"scope": 'document:view" "'}, "invalid_scope"),
        ({"authorization_details": "x"}, "invalid_authorization_details"),
        ({"authorization_details": "[]"}, "invalid_authorization_details"),
    ],
)
def test_every_refusal_has_its_registered_code(stage: Stage, changed: dict[str, str], code: str) -> None:
    """What is wrong decides the code, the status is 400, and nothing is changed by it."""
    before = stage.revision()
    assert refusal(stage.ask(**changed)) == (400, code)
    assert stage.revision() == before


@rfc("6749", "5.2", "error-member")
def test_a_service_may_not_exchange(stage: Stage) -> None:
    """A client that may not use the grant is told so, once it has authenticated."""
    answer = stage.post("/token", stage.form(), by=stage.documents)
    assert refusal(answer) == (400, "unauthorized_client")


@rfc("6749", "5.2", "error-member")
@pytest.mark.parametrize("type_", ["application/json", "text/plain", "multipart/form-data; boundary=x", ""])
def test_parameters_come_as_a_form(stage: Stage, type_: str) -> None:
    """A body of any other type is refused, even one that reads like a form."""
    answer = stage.post("/token", stage.form(), by=stage.planner, headers={"Content-Type": type_})
    assert refusal(answer) == (400, "invalid_request")


@rfc("6749", "5.2", "error-member")
@pytest.mark.parametrize("type_", [f"{FORM}; charset=utf-8", f"{FORM};charset=ISO-8859-1", FORM.upper()])
def test_a_form_is_utf_8_whatever_its_type_adds(stage: Stage, type_: str) -> None:
    """The media type is compared without case, and a charset changes nothing."""
    assert stage.post("/token", stage.form(), by=stage.planner, headers={"Content-Type": type_}).status_code == 200


@rfc("6749", "5.2", "invalid-client")
@pytest.mark.threat("46")
def test_no_answer_tells_whether_a_client_exists(stage: Stage) -> None:
    """Unknown, deleted and suspended clients and a wrong secret are answered by the same bytes."""
    house, tenant = stage.tenant.house, stage.tenant
    deleted, suspended = tenant.agent("deleted"), tenant.agent("suspended")
    asleep = house.service(tenant.own("asleep"), f"https://asleep.example/{tenant.id}", tenant.id)
    house.must("DELETE", f"/agents/{deleted.id}")
    house.must("PATCH", f"/agents/{suspended.id}", {"status": "suspended"})
    house.must("PATCH", f"/services/{asleep.id}", {"status": "suspended"})
    callers: list[Agent | Service] = [
        Agent("nobody", "x"),
        Agent(stage.planner.id, "x"),
        Agent(suspended.id, "x"),
        deleted,
        asleep,
    ]
    for endpoint in ENDPOINTS:
        answers = [told(stage.post(endpoint, {**stage.form(), "token": "x"}, by=caller)) for caller in callers]
        assert refusal(stage.post(endpoint, stage.form(), by=callers[0])) == (401, "invalid_client")
        assert answers == [answers[0]] * len(callers)


@rfc("6749", "5.2", "invalid-client")
def test_an_agent_that_is_suspended_is_told_so_when_it_has_proved_who_it_is(stage: Stage) -> None:
    """The one who holds the secret learns why it gets nothing."""
    agent = stage.tenant.agent("paused")
    stage.tenant.house.must("PATCH", f"/agents/{agent.id}", {"status": "suspended"})
    answer = stage.post("/token", stage.form(), by=agent)
    assert refusal(answer) == (400, "invalid_request")
    assert "suspended" in answer.json()["error_description"]


@rfc("6749", "5.2", "description-characters")
@pytest.mark.threat("47")
@pytest.mark.parametrize(
    "text", ['"', "\\", "é", "\x00", "\x1b[31m", "\r\nSet-Cookie: a=b", "</script>", "☃", "\u202e"]
)
@pytest.mark.parametrize(
    "name", ["grant_type", "subject_token_type", "scope", "authorization_details", "resource", "q"]
)
def test_a_description_keeps_to_its_characters(stage: Stage, name: str, text: str) -> None:
    """What the caller wrote never brings a forbidden character into the answer or its headers."""
    form = stage.form()
    form.pop(name, None)
    wrong = entry(**{text: text}) if name == "authorization_details" else text
    pairs = [*form.items(), (name, wrong), ("token" + text, "1"), ("token" + text, "2")]
    answer = stage.say(pairs)
    assert refusal(answer) == (400, "invalid_request")
    assert refusal(stage.say(pairs[:-2] if name != "q" else pairs))[0] == 400
    assert "set-cookie" not in answer.headers


@rfc("6749", "5.2", "unsupported-grant")
@rfc("9700", "2.4", "password")
@pytest.mark.parametrize(
    "grant_type",
    ["authorization_code", "Client_Credentials", "password", "refresh_token", "x", EXCHANGE.upper(), f"{EXCHANGE} "],
)
def test_a_grant_type_that_is_not_known_is_unsupported(stage: Stage, grant_type: str) -> None:
    """Grant types are compared character by character."""
    assert refusal(stage.ask(grant_type=grant_type)) == (400, "unsupported_grant_type")


@rfc("6749", "5.2", "unsupported-grant")
def test_a_missing_grant_type_is_an_invalid_request(stage: Stage) -> None:
    """A request without a grant type lacks a parameter."""
    assert refusal(stage.ask(grant_type=None)) == (400, "invalid_request")


@rfc("6749", "5.2", "error-member")
@rfc("7009", "2.2.1", "unavailable")
@pytest.mark.threat("S19")
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_store_that_fails_is_no_answer(stage: Stage, endpoint: str) -> None:
    """When nothing can be read or written, 503 says so and when to come again, and no code of OAuth is misused."""
    database = stage.tenant.house.settings.database
    client: Agent | Service = stage.documents if endpoint == "/introspect" else stage.planner
    execute(database, "ALTER TABLE heads RENAME TO heads_away")
    try:
        answer = stage.post(endpoint, {**stage.form(), "token": "x"}, by=client)
    finally:
        execute(database, "ALTER TABLE heads_away RENAME TO heads")
    assert problem(answer) == (503, "unavailable")
    assert answer.headers["retry-after"] == "1"
    assert stage.post(endpoint, {**stage.form(), "token": "x"}, by=client).status_code == 200
