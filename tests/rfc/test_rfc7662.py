"""RFC 7662: a service asks what a token is worth now."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.conformance import rfc
from tests.end_to_end.deployment import Agent, Service, payload
from tests.end_to_end.tenant import APOLLO, Tenant
from tests.rfc.answers import problem, refusal
from tests.rfc.stage import EDITS, Stage, set_up

INACTIVE = {"active": False}


@pytest.fixture
def fresh(found_tenant: Callable[[], Tenant]) -> Stage:
    """A stage of its own, for what changes."""
    return set_up(found_tenant())


@rfc("7662", "2.1", "post")
@rfc("7662", "2.1", "get")
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_token_in_an_address_is_never_read(stage: Stage, method: str) -> None:
    """Only POST asks; a query beside a form that lacks the token does not replace it."""
    token = stage.token()
    answer = stage.http.request(method, "/introspect", params={"token": token})
    assert problem(answer) == (405, "method_not_allowed")
    answer = stage.post(f"/introspect?token={token}", {"x": "1"}, by=stage.documents)
    assert refusal(answer) == (400, "invalid_request")


@rfc("7662", "2.1", "authorized")
@rfc("9396", "9", "to-the-service")
@rfc("7662", "2.2", "per-service")
@pytest.mark.threat("39")
@pytest.mark.parametrize("caller", ["planner", "stranger", "billing"])
def test_only_the_service_a_token_is_for_learns_about_it(stage: Stage, caller: str) -> None:
    """An agent, even the token's own, and another service learn what they would of no token at all."""
    callers: dict[str, Agent | Service] = {
        "planner": stage.planner,
        "stranger": stage.stranger,
        "billing": stage.billing,
    }
    by = callers[caller]
    answers = [stage.post("/introspect", {"token": token}, by=by) for token in (stage.token(), "x")]
    assert [answer.content for answer in answers] == [b'{"active":false}'] * 2


@rfc("7662", "2.1", "hint")
@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "id_token", "", "x" * 200])
def test_a_hint_never_keeps_a_token_from_being_found(stage: Stage, hint: str) -> None:
    """A wrong, unknown or blank hint changes nothing."""
    assert stage.introspected(stage.token(), token_type_hint=hint)["active"]


@rfc("7662", "2.2", "active")
@rfc("8693", "4.1", "actor")
@pytest.mark.threat("S14")
def test_an_active_token_is_told_with_all_its_members(stage: Stage) -> None:
    """The answer says who acts for whom, where, what for and until when, as the token does, and the revision."""
    token = stage.token(scope="document:view")
    told, claims = stage.introspected(token), payload(token)
    same = {"iss", "sub", "client_id", "aud", "iat", "nbf", "exp", "jti", "act", "authorization_details", "org_id"}
    assert {name: told[name] for name in same} == {name: claims[name] for name in same}
    assert told.keys() == same | {"active", "token_type", "scope", "revision"}
    assert (told["active"], told["token_type"], told["scope"]) == (True, "Bearer", "document:view")
    assert told["revision"] == stage.revision()


@rfc("7662", "2.2", "inactive", "inactive-is-bare")
@rfc("7662", "2.3", "inactive-is-no-error")
@pytest.mark.threat("30")
def test_a_token_that_was_cut_or_changed_is_inactive(stage: Stage) -> None:
    """Every prefix, every extension and every changed segment is answered with 200 and nothing more."""
    token = stage.token()
    header, claims, signature = token.split(".")
    cut = [token[:length] for length in (1, 10, len(header), len(token) - 1, len(token) - 43)]
    longer = [f"{token}A", f"{token}.", f"{token}=", f".{token}", f"{token}\x00", f"{token}.{signature}"]
    moved = [f"{claims}.{header}.{signature}", f"{header}.{claims}.", f"{header}..{signature}", token.swapcase()]
    flipped = [f"{header}.{claims}.{signature[:-4]}AAAA", f"{header}.{claims[:-1]}A.{signature}"]
    for wrong in (*cut, *longer, *moved, *flipped, "x", "{}", "null", "é☃"):
        assert stage.introspected(wrong) == INACTIVE, wrong
    assert stage.introspected(token)["active"]


@rfc("7662", "2.2", "inactive", "inactive-is-bare")
@rfc("7662", "4", "checks")
@pytest.mark.parametrize(
    "change",
    [
        lambda s: s.tenant.house.clock.advance(timedelta(seconds=300)),
        lambda s: s.tenant.house.end(s.tenant.anne, s.granted["id"], s.tenant.id),
        lambda s: s.tenant.hand(s.tenant.anne, "POST", s.granted["id"], "/suspend"),
        lambda s: s.tenant.unassign(f"user:{s.tenant.anne}", "workspace-member", "workspace:design"),
        lambda s: s.tenant.must("PUT", f"/memberships/{s.tenant.anne}", {"active": False}),
        lambda s: s.tenant.must("DELETE", f"/agents/{s.planner.id}"),
        lambda s: s.tenant.must("PUT", f"/agents/{s.planner.id}", {"ceiling": []}),
        lambda s: s.tenant.house.must("PATCH", f"/agents/{s.planner.id}", {"status": "suspended"}),
        lambda s: s.tenant.must("DELETE", f"/services/{s.documents.id}"),
        lambda s: s.tenant.must("DELETE", f"/resources/{APOLLO}?cascade=true"),
        lambda s: s.tenant.house.must("DELETE", f"/organizations/{s.tenant.id}"),
    ],
    ids=[
        "expired",
        "revoked",
        "suspended",
        "role lost",
        "member inactive",
        "agent dismissed",
        "ceiling empty",
        "agent suspended",
        "service dismissed",
        "resource gone",
        "organization gone",
    ],
)
def test_a_token_that_is_worth_nothing_any_more_is_inactive(fresh: Stage, change: Callable[[Stage], Any]) -> None:
    """Whatever took the last right away, the very next answer is bare."""
    token = fresh.token()
    assert fresh.introspected(token)["active"]
    change(fresh)
    assert fresh.introspected(token) == INACTIVE


@rfc("7662", "2.2", "active")
def test_what_shrank_is_shown_shrunk(fresh: Stage) -> None:
    """Actions and scope are those of this moment, and grow back no further than what was asked."""
    token, tenant = fresh.token(), fresh.tenant
    tenant.unassign(f"user:{tenant.anne}", "workspace-member", "workspace:design")
    tenant.assign(f"user:{tenant.anne}", "project-viewer", APOLLO)
    assert tenant.actions(token) == ["app:view", "document:view", "project:view"]
    tenant.assign(f"user:{tenant.anne}", "workspace-admin", "workspace:design")
    assert tenant.actions(token) == EDITS


@rfc("7662", "2.2", "inactive")
def test_a_service_gets_no_answers_from_an_organization_that_does_not_admit_it(fresh: Stage) -> None:
    """The audience alone is not enough: the organization lets the service in, or it learns nothing."""
    token = fresh.token()
    fresh.tenant.must("DELETE", f"/services/{fresh.documents.id}")
    assert fresh.introspected(token) == INACTIVE
    fresh.tenant.must("PUT", f"/services/{fresh.documents.id}")
    assert fresh.introspected(token)["active"]


@rfc("7662", "2.3", "unauthorized")
def test_a_caller_that_fails_to_authenticate_gets_401(stage: Stage) -> None:
    """A wrong secret learns nothing, not even of a good token."""
    answer = stage.post("/introspect", {"token": stage.token()}, by=Agent(stage.documents.id, "wrong"))
    assert refusal(answer) == (401, "invalid_client")


@rfc("7662", "2.1", "post")
def test_a_question_without_a_token_is_malformed(stage: Stage) -> None:
    """The one parameter that is needed is missing."""
    for form in ({}, {"token": ""}, {"token": " "}):
        assert refusal(stage.post("/introspect", form, by=stage.documents)) == (400, "invalid_request")


@rfc("7662", "4", "checks")
@rfc("7662", "4", "cached")
def test_an_answer_may_not_be_kept(stage: Stage) -> None:
    """An answer that somebody kept would outlive a revocation."""
    answer = stage.post("/introspect", {"token": stage.token()}, by=stage.documents)
    assert answer.headers["cache-control"] == "no-store"
