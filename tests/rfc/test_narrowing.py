"""No request, however it is cut down, gets more than was granted (semantics: token exchange)."""

import json
from itertools import combinations
from typing import Any, Final

import httpx2
import pytest

from tests.conformance import rfc
from tests.end_to_end.deployment import ACCESS_TOKEN, ASSERTION, DOCUMENTS, EXCHANGE, JWT, payload
from tests.end_to_end.tenant import APOLLO, EDITOR
from tests.rfc.answers import refusal
from tests.rfc.stage import EDITS, Stage

pytestmark = pytest.mark.semantics("6")

NEEDED: Final = ("grant_type", "subject_token", "subject_token_type", "client_assertion", "client_assertion_type")
PLACES: Final = (APOLLO, "app:storefront", "project:zeus", "app:backoffice", "workspace:design")
ACTIONS: Final = ("app:edit", "document:view", "document:edit", "document:delete", "project:edit", "workspace:view")
GRANTED: Final = {(place, action) for place in PLACES[:2] for action in ACTIONS if action in EDITS}
ENTRY: Final = ("type", "identifier", "privileges", "actions", "locations", "delegation_id", "organization")


def good(stage: Stage, *, by_receipt: bool) -> dict[str, str]:
    """Return an exchange that says everything that can be said, client authentication included."""
    assertion = stage.assertion()
    return {
        "grant_type": EXCHANGE,
        "subject_token": stage.lent["receipt"] if by_receipt else stage.user_token(),
        "subject_token_type": JWT if by_receipt else ACCESS_TOKEN,
        "actor_token": assertion,
        "actor_token_type": JWT,
        "requested_token_type": ACCESS_TOKEN,
        "resource": DOCUMENTS,
        "audience": DOCUMENTS,
        "scope": "document:view",
        "authorization_details": json.dumps([entry(stage)]),
        "client_id": stage.keyed.id,
        "client_assertion_type": ASSERTION,
        "client_assertion": assertion,
    }


def entry(stage: Stage) -> dict[str, Any]:
    """Return details that say everything that can be said."""
    return {
        "type": "resource_role",
        "identifier": APOLLO,
        "privileges": [EDITOR],
        "actions": ["document:view"],
        "locations": [DOCUMENTS],
        "delegation_id": stage.lent["id"],
        "organization": stage.tenant.id,
    }


NAMES: Final = (*NEEDED, "actor_token", "actor_token_type", "requested_token_type", "resource", "audience", "scope")
REMOVED: Final = [*combinations((*NAMES, "authorization_details", "client_id"), 1)]
REMOVED_TWICE: Final = [*combinations((*NAMES, "authorization_details", "client_id"), 2)]


def authority(stage: Stage, answer: httpx2.Response) -> set[tuple[str, str]]:
    """Return what the token of an answer lets its bearer do, after checking that it is the agent's and the user's."""
    token = str(answer.json()["access_token"])
    claims = payload(token)
    assert (claims["sub"], claims["client_id"], claims["aud"]) == (stage.tenant.anne, stage.keyed.id, DOCUMENTS)
    assert claims["act"]["sub"] == stage.keyed.id
    return {(place, action) for place in PLACES for action in ACTIONS if stage.tenant.may(token, action, place)}


@rfc("9700", "2.3", "least-privilege")
@pytest.mark.threat("37")
@pytest.mark.parametrize("by_receipt", [True, False], ids=["receipt", "user token"])
def test_the_whole_request_gets_what_it_asks_for(stage: Stage, *, by_receipt: bool) -> None:
    """The request that all others here are cut from is good, and gets the one action that it names."""
    answer = stage.post("/token", good(stage, by_receipt=by_receipt))
    assert answer.status_code == 200, answer.text
    assert authority(stage, answer) == {(place, "document:view") for place in PLACES[:2]}


@rfc("6749", "3.3", "scope-omitted")
@pytest.mark.threat("37")
@pytest.mark.threat("S8")
@pytest.mark.parametrize("by_receipt", [True, False], ids=["receipt", "user token"])
@pytest.mark.parametrize("removed", [*REMOVED, *REMOVED_TWICE], ids="-".join)
def test_a_request_that_says_less_never_gets_more_than_was_granted(
    stage: Stage, removed: tuple[str, ...], *, by_receipt: bool
) -> None:
    """Without one or two of its parameters it is refused, or gets no more than the delegation gives."""
    form = {name: value for name, value in good(stage, by_receipt=by_receipt).items() if name not in removed}
    answer = stage.post("/token", form)
    if set(removed) & set(NEEDED):
        assert refusal(answer)[0] in {400, 401}
    elif answer.status_code == 200:
        assert authority(stage, answer) <= GRANTED
    else:
        assert refusal(answer)[0] == 400


@pytest.mark.threat("37")
@pytest.mark.parametrize("removed", [*combinations(ENTRY, 1), *combinations(ENTRY, 2)], ids="-".join)
def test_details_that_say_less_never_get_more_than_was_granted(stage: Stage, removed: tuple[str, ...]) -> None:
    """Without one or two of their members the details are refused, or give no more than the delegation does."""
    said = {name: value for name, value in entry(stage).items() if name not in removed}
    form = good(stage, by_receipt=True) | {"authorization_details": json.dumps([said])}
    answer = stage.post("/token", {name: value for name, value in form.items() if name != "scope"})
    if set(removed) & {"type", "identifier", "privileges"}:
        assert refusal(answer) == (400, "invalid_authorization_details")
    else:
        assert authority(stage, answer) <= GRANTED


@pytest.mark.threat("37")
@pytest.mark.parametrize("name", ["actor_token", "requested_token_type", "audience", "client_id"])
def test_what_only_repeats_something_changes_nothing(stage: Stage, name: str) -> None:
    """Parameters that say again what follows anyway may be left out at no gain."""
    left = {name, f"{name}_type"}
    form = {key: value for key, value in good(stage, by_receipt=True).items() if key not in left}
    answer = stage.post("/token", form)
    assert authority(stage, answer) == {(place, "document:view") for place in PLACES[:2]}


@rfc("8693", "2.2.2", "unacceptable-token")
@pytest.mark.threat("S1")
@pytest.mark.parametrize(
    ("restricted", "asked", "code"),
    [
        ({"scope": "document:view"}, {"scope": "document:view document:edit"}, "invalid_scope"),
        ({"scope": "organization:view"}, {}, "invalid_scope"),
        ({"scope": ""}, {}, "invalid_scope"),
        ({"details": {"locations": ["https://elsewhere.example"]}}, {}, "invalid_target"),
        ({"details": {"organization": "globex"}}, {}, "invalid_request"),
        ({"details": {"delegation_id": "dlg_other"}}, {}, "invalid_request"),
        ({"details": {"identifier": "project:zeus"}}, {}, "invalid_authorization_details"),
        ({"details": {"unknown": "member"}}, {}, "invalid_authorization_details"),
        ({"details": {"type": "payment"}}, {}, "invalid_authorization_details"),
    ],
)
def test_a_restricted_user_token_bounds_what_comes_of_it(
    stage: Stage, restricted: dict[str, Any], asked: dict[str, str], code: str
) -> None:
    """Scope, place, service, organization and delegation of a restricted token limit the exchange too."""
    limits = dict(restricted)
    if details := limits.pop("details", None):
        whole = {"type": "resource_role", "identifier": APOLLO, "privileges": ["project-editor"]}
        limits["authorization_details"] = [{**whole, **details}]
    answer = stage.ask(subject_token=stage.user_token(**limits), **asked)
    assert refusal(answer) == (400, code)


@pytest.mark.threat("S1")
def test_a_restricted_user_token_passes_its_restriction_on(stage: Stage) -> None:
    """What the user's own token does not allow, no token made from it allows, at any later moment either."""
    whole = {"type": "resource_role", "identifier": APOLLO, "privileges": ["project-viewer"]}
    by_details = stage.token(subject_token=stage.user_token(authorization_details=[whole]))
    by_scope = stage.token(subject_token=stage.user_token(scope="openid document:view"))
    assert stage.tenant.actions(by_details) == ["app:view", "document:view", "project:view"]
    assert stage.tenant.actions(by_scope) == ["document:view"]
    for token in (by_details, by_scope):
        assert stage.tenant.may(token, "document:view")
        assert not stage.tenant.may(token, "document:edit")
    assert stage.tenant.actions(stage.token(subject_token=stage.user_token(scope="openid profile"))) == EDITS
