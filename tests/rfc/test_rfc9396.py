"""RFC 9396: authorization details of the type `resource_role`."""

import json
from typing import Any, Final

import pytest

from tests.conformance import rfc
from tests.end_to_end.deployment import DOCUMENTS, payload
from tests.end_to_end.tenant import APOLLO, EDITOR
from tests.rfc.answers import refusal
from tests.rfc.stage import EDITS, Stage, entry

WRONG: Final = (400, "invalid_authorization_details")
GOOD: Final = {"type": "resource_role", "identifier": APOLLO, "privileges": [EDITOR]}


def asked(stage: Stage, details: str) -> tuple[int, str]:
    """Return how a receipt's exchange with these details is refused; nothing is changed by it."""
    before = stage.revision()
    answer = stage.redeem(authorization_details=details)
    assert stage.revision() == before
    return refusal(answer)


def member(**changed: Any) -> str:
    """Return details with members changed, as text."""
    return json.dumps([{**GOOD, **changed}])


@rfc("9396", "2", "array")
@rfc("9396", "2", "several")
@pytest.mark.threat("24")
@pytest.mark.parametrize(
    "text",
    [
        json.dumps(GOOD),
        "[]",
        "{}",
        "null",
        "[null]",
        "[[]]",
        '["resource_role"]',
        "[1]",
        "x",
        "[",
        "[{}]",
        "[{]}",
        json.dumps([GOOD, GOOD]),
        json.dumps([[GOOD]]),
        json.dumps([GOOD]) + "x",
        json.dumps([GOOD]).replace('"', "'"),
        f"[{json.dumps(GOOD)},]",
        "\ufeff" + json.dumps([GOOD]),
        json.dumps([GOOD])[:-2] + ', "type": "resource_role"}]',
        json.dumps([GOOD])[:-2] + ', "actions": NaN}]',
        json.dumps([GOOD])[:-2] + ', "actions": [1e999]}]',
        json.dumps([GOOD])[:-2] + ', "actions": ["\\ud800"]}]',
        json.dumps([GOOD])[:-2] + f', "actions": [{"9" * 5_000}]}}]',
        "[" * 5_000 + "]" * 5_000,
        '[{"type":' * 500,
    ],
)
def test_the_value_is_an_array_of_one_object_with_one_meaning(stage: Stage, text: str) -> None:
    """Anything that is not such an array, or that two readers might read in two ways, is refused."""
    assert asked(stage, text) == WRONG


@rfc("9396", "2", "array")
def test_an_entry_that_is_right_is_granted(stage: Stage) -> None:
    """The one good entry that all wrong ones here are made from is good."""
    assert stage.redeem(authorization_details=json.dumps([GOOD])).status_code == 200


@rfc("9396", "2.2", "common-members")
@rfc("9396", "5", "wrong-value")
@pytest.mark.threat("24")
@pytest.mark.parametrize("name", ["identifier", "privileges", "actions", "locations", "delegation_id", "organization"])
@pytest.mark.parametrize(
    "value", [1, 1.5, True, {}, "", [], [""], [1], [None], [[]], "x" * 601, ["x"] * 201, ["x", "x"]]
)
def test_a_member_of_the_wrong_form_is_refused(stage: Stage, name: str, value: object) -> None:
    """Lists are lists of texts without repetition, an identifier is one text, and none of them is empty."""
    assert asked(stage, member(**{name: value})) == WRONG


@rfc("9396", "5", "unknown-type")
@pytest.mark.parametrize(
    "type_", ["", "RESOURCE_ROLE", "resource_role ", "openid_credential", "x", None, 1, ["resource_role"]]
)
def test_a_type_that_is_not_known_is_refused(stage: Stage, type_: object) -> None:
    """There is one type, spelled in one way."""
    assert asked(stage, member(type=type_)) == WRONG


@rfc("9396", "5", "unknown-member")
@pytest.mark.parametrize(
    "name", ["datatypes", "Actions", "action", "", "__proto__", "constructor", "exp", "privileges ", "\x00", "é" * 100]
)
@pytest.mark.parametrize("value", [None, [], ["x"], "x"])
def test_a_member_that_is_not_known_is_refused(stage: Stage, name: str, value: object) -> None:
    """Whoever wrote the member meant something by it, so it is not passed over."""
    assert asked(stage, member(**{name: value})) == WRONG


@rfc("9396", "5", "missing-member")
@pytest.mark.parametrize("name", ["type", "identifier", "privileges"])
@pytest.mark.parametrize("null", [False, True])
def test_a_member_that_is_needed_is_not_defaulted(stage: Stage, name: str, *, null: bool) -> None:
    """A missing place or role never means every place or every role."""
    left = {key: value for key, value in GOOD.items() if key != name}
    assert asked(stage, json.dumps([{**left, name: None} if null else left])) == WRONG


@rfc("9396", "6", "within-grant")
@rfc("9396", "8", "token-error")
@pytest.mark.threat("1")
@pytest.mark.threat("S10")
@pytest.mark.parametrize(
    "wider",
    [
        {"identifier": "project:zeus"},
        {"identifier": "workspace:design"},
        {"identifier": "app:backoffice"},
        {"identifier": "project:nowhere"},
        {"privileges": ["workspace-admin"]},
        {"privileges": ["workspace-member"]},
        {"privileges": ["project-editor", "workspace-member"]},
        {"privileges": ["project-editor", "no-such-role"]},
        {"privileges": ["no-such-role"]},
        {"privileges": ["organization-admin"]},
        {"privileges": ["app-viewer"]},
        {"actions": ["document:delete"]},
        {"actions": ["document:view", "document:delete"]},
        {"actions": ["organization:administer"]},
        {"actions": ["no:such"]},
        {"actions": ["*"]},
        {"identifier": "app:storefront", "privileges": ["project-editor"]},
        {"delegation_id": "dlg_unknown"},
    ],
)
def test_what_exceeds_the_delegation_is_refused_and_not_trimmed(stage: Stage, wider: dict[str, Any]) -> None:
    """A wish that goes beyond the grant in one member is refused as a whole."""
    assert asked(stage, member(**wider)) == WRONG


@rfc("9396", "6", "within-grant")
@pytest.mark.threat("37")
def test_a_delegation_is_named_by_its_own_agent_for_its_own_user(stage: Stage) -> None:
    """An id that is another agent's is no better than one that does not exist."""
    foreign = stage.ask(authorization_details=entry(organization=stage.tenant.id, delegation_id=stage.lent["id"]))
    own = stage.ask(authorization_details=entry(organization=stage.tenant.id, delegation_id=stage.granted["id"]))
    assert refusal(foreign) == WRONG
    assert own.status_code == 200
    assert asked(stage, member(delegation_id=stage.lent["id"])) == WRONG


@rfc("9396", "6.1", "comparison")
def test_containment_is_asked_of_the_tree_and_never_of_the_text(stage: Stage) -> None:
    """A place beneath the granted one is within it; one that merely begins alike is not."""
    tenant = stage.tenant
    for resource, parent in (("project:apollo2", "workspace:design"), ("project:apoll", "workspace:design")):
        tenant.resource(resource, parent)
        assert asked(stage, member(identifier=resource)) == WRONG
    beneath = stage.redeem(authorization_details=member(identifier="app:storefront", privileges=["app-viewer"]))
    assert beneath.status_code == 200
    assert asked(stage, member(identifier="app:backoffice", privileges=["app-viewer"])) == WRONG


@rfc("9396", "6.1", "comparison")
def test_a_place_that_moves_away_is_within_no_longer(stage: Stage) -> None:
    """The tree of this moment decides."""
    tenant, details = stage.tenant, member(identifier="app:wandering", privileges=["app-viewer"])
    tenant.resource("app:wandering", APOLLO)
    assert stage.redeem(authorization_details=details).status_code == 200
    tenant.move("app:wandering", "project:zeus")
    assert asked(stage, details) == WRONG


@rfc("9396", "7", "granted")
@rfc("9396", "9.1", "token")
@rfc("9396", "9.2", "introspection")
def test_answer_token_and_introspection_tell_the_same_details(stage: Stage) -> None:
    """The one entry is told in one form, with the delegation that was used and the one service."""
    answer = stage.redeem(authorization_details=member(actions=["document:view", "app:view"])).json()
    granted = {**GOOD, "actions": ["app:view", "document:view"], "locations": [DOCUMENTS]}
    granted["delegation_id"] = stage.granted["id"]
    token = answer["access_token"]
    told = (answer, payload(token), stage.introspected(token))
    assert [document["authorization_details"] for document in told] == [[granted]] * 3


@rfc("9396", "7", "granted")
@rfc("9396", "7.1", "enriched")
def test_a_request_without_details_gets_those_of_its_delegation(stage: Stage) -> None:
    """What a request leaves open is the delegation's own, never more."""
    (granted,) = stage.redeem().json()["authorization_details"]
    assert (granted["identifier"], granted["privileges"], granted["actions"]) == (APOLLO, [EDITOR], EDITS)


@rfc("9396", "3.1", "with-scope")
@pytest.mark.parametrize(
    ("actions", "scope", "granted"),
    [
        (None, "document:view", ["document:view"]),
        (["document:view"], "document:view", ["document:view"]),
        (["document:view", "app:view"], "app:view document:view", ["app:view", "document:view"]),
    ],
)
def test_scope_and_details_in_one_request_both_count(
    stage: Stage, actions: list[str] | None, scope: str, granted: list[str]
) -> None:
    """Scope is another way to name the actions at the place that the details name."""
    details = member() if actions is None else member(actions=actions)
    answer = stage.redeem(authorization_details=details, scope=scope)
    assert answer.json()["authorization_details"][0]["actions"] == granted


@rfc("9396", "3.1", "with-scope")
@pytest.mark.parametrize("scope", ["document:edit", "document:view document:edit", "document:delete"])
def test_scope_that_names_other_actions_than_the_details_is_refused(stage: Stage, scope: str) -> None:
    """Which of two wishes would count is not guessed."""
    answer = stage.redeem(authorization_details=member(actions=["document:view"]), scope=scope)
    assert refusal(answer) == (400, "invalid_scope")


@rfc("9396", "10", "metadata")
def test_metadata_names_the_type(stage: Stage) -> None:
    """The one type there is, is announced."""
    document = stage.http.get("/.well-known/oauth-authorization-server").json()
    assert document["authorization_details_types_supported"] == ["resource_role"]


@rfc("9396", "12", "no-normalization")
@pytest.mark.threat("8")
@pytest.mark.threat("9")
@pytest.mark.parametrize(
    "identifier",
    [
        "Project:apollo",
        "project:Apollo",
        "project:apollo ",
        " project:apollo",
        "project: apollo",
        "project:apollo\u200b",
        "project:apollo\x00",
        "project:%61pollo",
        "project:\N{CYRILLIC SMALL LETTER A}pollo",
        "project:\N{FULLWIDTH LATIN SMALL LETTER A}pollo",
        "project::apollo",
        "project:",
        "project:*",
        "*",
        "project:apollo#member",
        "project/apollo",
        "project:apollo/",
        "project:apollo/..",
        "apollo",
        "project:" + "a" * 300,
        "project:apollo\n",
        "project:apöllo",
    ],
)
def test_an_identifier_is_compared_character_by_character(stage: Stage, identifier: str) -> None:
    """Another case, blanks, escapes and look-alikes make another thing, and none of them is repaired."""
    assert asked(stage, member(identifier=identifier)) == WRONG


@rfc("9396", "12", "injection")
@rfc("6749", "10.14", "validated-input")
@pytest.mark.threat("45")
@pytest.mark.threat("47")
@pytest.mark.parametrize(
    "text",
    [
        "'; DROP TABLE delegations; --",
        '" OR 1=1',
        "<script>alert(1)</script>",
        "${jndi:ldap://x}",
        "\r\nX-Evil: 1",
        "\x1b]0;owned\x07",
        "{{7*7}}",
        "%s%n",
        "../../etc/passwd",
        "\u202egnp.exe",
    ],
)
@pytest.mark.parametrize("name", ["identifier", "privileges", "actions", "delegation_id", "organization", "type"])
def test_what_stands_in_details_is_only_ever_text(stage: Stage, name: str, text: str) -> None:
    """Markup, statements and control characters change nothing, reach no header and are told back as harmless text."""
    value = [text] if name in {"privileges", "actions"} else f"project:{text}" if name == "identifier" else text
    answer = stage.redeem(authorization_details=member(**{name: value}))
    assert refusal(answer) in {WRONG, (400, "invalid_request")}
    assert "x-evil" not in answer.headers
    assert stage.redeem().status_code == 200
