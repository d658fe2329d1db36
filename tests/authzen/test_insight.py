"""What people and administrators are told of delegations: hop by hop, all of an agent's at once, and beforehand."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from tests.authzen.asking import action, app, bearer, ok, post, user
from tests.end_to_end.deployment import JSON
from tests.end_to_end.tenant import APOLLO, EDITOR, Tenant
from tests.rfc.answers import problem
from tests.rfc.stage import EDITS, Stage, set_up

VIEWS = ["app:view", "document:view", "project:view"]


@pytest.fixture
def fresh(found_tenant: Callable[[], Tenant]) -> Stage:
    """A stage of its own, for what changes."""
    return set_up(found_tenant())


def own(stage: Stage, who: str, path: str, **query: str) -> httpx2.Response:
    """Ask by a person's own hand."""
    given = "&".join(f"{name}={value}" for name, value in {"organization": stage.tenant.id, **query}.items())
    return stage.tenant.house.hand(who, "GET", f"/delegations/{path}?{given}")


def previewed(stage: Stage, who: str, **changed: Any) -> JSON:
    """Return what a person is told of a wish."""
    return ok(stage.tenant.house.hand(who, "POST", "/delegations/preview", stage.tenant.wish(**changed)))


@pytest.mark.threat("P7")
@pytest.mark.threat("I19")
def test_a_person_and_an_administrator_are_told_the_same_hop_by_hop(fresh: Stage) -> None:
    """Who acts, what each term lets through and leaves, and which term takes what is missing."""
    narrow = {"resource": APOLLO, "roles": [EDITOR], "permissions": VIEWS}
    fresh.tenant.admit(fresh.planner, [narrow])
    told = ok(own(fresh, fresh.tenant.anne, f"{fresh.granted['id']}/effective"))
    assert told == fresh.tenant.must("GET", f"/delegations/{fresh.granted['id']}/effective")
    who = (fresh.granted["id"], fresh.planner.id, fresh.tenant.anne)
    assert (told["delegation"], told["agent"], told["user"]) == who
    steps = [(step["term"], step.get("hop")) for step in told["steps"]]
    assert steps == [("user", None), ("delegation", 1), ("ceiling", 1)]
    assert told["steps"][1]["left"] == EDITS
    assert told["effective"] == told["steps"][2]["left"] == VIEWS
    assert told["missing"]["document:edit"]["failing"]["term"] == "ceiling"
    assert told["revision"] == fresh.revision()


def test_what_is_effective_beneath_is_told_too(stage: Stage) -> None:
    """Another resource may be looked at: beneath it counts, beside it nothing does, and what is not there denies."""
    path = f"{stage.granted['id']}/effective"
    beneath = ok(own(stage, stage.tenant.anne, path, resource="app:storefront"))
    beside = ok(own(stage, stage.tenant.anne, path, resource="project:zeus"))
    nowhere = ok(own(stage, stage.tenant.anne, path, resource="app:nowhere"))
    assert (beneath["effective"], beside["effective"], nowhere["effective"]) == (EDITS, [], [])
    assert beside["missing"]["document:edit"]["failing"]["term"] == "delegation"
    assert problem(own(stage, stage.tenant.anne, path, resource="nothing")) == (400, "malformed")


@pytest.mark.semantics("4")
def test_what_is_not_in_force_says_why(fresh: Stage) -> None:
    """A suspended delegation has no steps, and nothing effective."""
    fresh.tenant.hand(fresh.tenant.anne, "POST", fresh.granted["id"], "/suspend")
    told = ok(own(fresh, fresh.tenant.anne, f"{fresh.granted['id']}/effective"))
    assert (told["effective"], told["steps"], told["status"]["reason"]) == ([], [], "delegation_suspended")


@pytest.mark.threat("16")
def test_nobody_sees_what_others_let_agents_do(stage: Stage) -> None:
    """Another person's delegation is not told apart from none, for the table and for the list."""
    for id_ in (stage.granted["id"], "dlg_none"):
        assert problem(own(stage, stage.tenant.bob, f"{id_}/effective")) == (404, "not_found")
    assert ok(own(stage, stage.tenant.bob, "reach", agent=stage.planner.id))["delegations"] == []
    elsewhere = stage.tenant.house.hand(
        stage.tenant.anne, "GET", f"/delegations/{stage.granted['id']}/effective?organization=no-such"
    )
    assert problem(elsewhere) == (404, "not_found")


def test_everything_an_agent_can_do_is_one_list(fresh: Stage) -> None:
    """All its delegations that are in force, each with what is effective at its resource, for both who may see."""
    tenant = fresh.tenant
    other = tenant.grant(resource="app:storefront", roles=["app-viewer"])
    ended = tenant.grant()
    tenant.hand(tenant.anne, "DELETE", ended["id"])
    mine = ok(own(fresh, tenant.anne, "reach", agent=fresh.planner.id))
    theirs = tenant.must("GET", f"/agents/{fresh.planner.id}/reach")
    assert mine == theirs
    reached = {one["id"]: one["effective"] for one in mine["delegations"]}
    assert reached.keys() == {fresh.granted["id"], other["id"]}
    assert reached[fresh.granted["id"]] == EDITS
    assert reached[other["id"]]
    tenant.house.must("PATCH", f"/agents/{fresh.planner.id}", {"status": "suspended"})
    assert tenant.must("GET", f"/agents/{fresh.planner.id}/reach")["delegations"] == []


def test_the_list_comes_in_pages(fresh: Stage) -> None:
    """A page goes on where the last one ended; a cursor is good for the same agent alone."""
    made = {fresh.granted["id"], *(fresh.tenant.grant()["id"] for _ in range(3))}
    gathered, cursor = list[str](), dict[str, str]()
    while True:
        page = ok(own(fresh, fresh.tenant.anne, "reach", agent=fresh.planner.id, limit="2", **cursor))
        gathered += [one["id"] for one in page["delegations"]]
        if "next" not in page:
            break
        cursor = {"cursor": page["next"]}
    assert (len(gathered), set(gathered)) == (4, made)
    foreign = own(fresh, fresh.tenant.anne, "reach", agent=fresh.keyed.id, limit="2", **cursor)
    assert problem(foreign) == (400, "malformed")


@pytest.mark.threat("P10")
def test_a_preview_tells_what_granting_makes(fresh: Stage) -> None:
    """Permissions, what is withheld and what is effective are those of the delegation granted a moment later."""
    tenant = fresh.tenant
    tenant.assign(f"user:{tenant.bob}", "project-viewer", APOLLO)
    told = previewed(fresh, tenant.bob)
    granted = tenant.grant(tenant.bob)
    effective = ok(own(fresh, tenant.bob, f"{granted['id']}/effective"))
    assert told["permissions"] == granted["permissions"] == EDITS
    assert told["withheld"] == granted["withheld"] == ["app:edit", "document:edit"]
    assert told["effective"]["effective"] == effective["effective"] == VIEWS
    assert told["effective"]["missing"].keys() == effective["missing"].keys()
    assert told["warnings"] == []
    assert "refused" not in told


@pytest.mark.threat("P10")
@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"resource": "project:nowhere"}, "unknown_resource"),
        ({"agent": "nobody"}, "unknown_agent"),
        ({"roles": ["app-viewer"]}, "unknown_role"),
        ({"expires_in": 366 * 86_400}, "too_long"),
        ({"permissions": ["document:delete"]}, "not_in_role"),
    ],
)
def test_a_preview_tells_what_would_be_refused_and_why(stage: Stage, changed: JSON, code: str) -> None:
    """The code is the one with which the grant itself is refused."""
    told = previewed(stage, stage.tenant.anne, **changed)
    assert told["refused"]["code"] == code == problem(stage.tenant.ask(stage.tenant.anne, **changed))[1]
    assert "effective" not in told


@pytest.mark.threat("P10")
def test_a_preview_changes_nothing_and_needs_the_own_hand(stage: Stage) -> None:
    """Nothing is recorded, however often somebody looks; a malformed wish and a foreign token are refused."""
    before = stage.revision()
    for _ in range(3):
        previewed(stage, stage.tenant.anne)
    assert stage.revision() == before
    house, wish = stage.tenant.house, stage.tenant.wish()
    assert problem(house.hand(stage.tenant.anne, "POST", "/delegations/preview", {**wish, "x": 1}))[0] == 400
    foreign = stage.http.post(
        "/delegations/preview", json=wish, headers={"Authorization": f"Bearer {stage.user_token()}"}
    )
    assert problem(foreign) == (401, "invalid_token")


def test_a_delegation_that_begins_later_is_worth_nothing_yet(stage: Stage) -> None:
    """It would be granted, and the preview says that it is not valid yet."""
    told = previewed(stage, stage.tenant.anne, not_before=stage.tenant.now + 60)
    assert told["permissions"] == EDITS
    assert told["effective"]["effective"] == []
    assert told["effective"]["status"]["reason"] == "delegation_not_yet_valid"


@pytest.mark.threat("P7")
@pytest.mark.threat("I19")
def test_an_evaluation_is_explained_when_asked(fresh: Stage) -> None:
    """With `explain` the context holds the steps of the chain and of the token itself; without, nothing more."""
    subject = bearer(fresh.token(scope="document:view"))
    asked = {"subject": subject, "action": action("document:edit"), "resource": app(fresh)}
    plain = ok(post(fresh, "evaluation", asked))
    told = ok(post(fresh, "evaluation", {**asked, "context": {"explain": True}}))
    explanation = told["context"].pop("explanation")
    assert told == plain
    assert [step["term"] for step in explanation["steps"]] == ["user", "delegation", "token"]
    assert explanation["effective"] == ["document:view"]
    assert explanation["missing"]["document:edit"]["failing"] == told["context"]["failing"] == {"term": "token"}
    person = {**asked, "subject": user(fresh.tenant.anne), "context": {"explain": True}}
    held = ok(post(fresh, "evaluation", person))["context"]["explanation"]["effective"]
    assert set(EDITS) <= set(held)


@pytest.mark.threat("39")
@pytest.mark.parametrize("explain", [True, 1, "true", None])
def test_a_service_that_gets_no_answers_is_explained_nothing(stage: Stage, explain: object) -> None:
    """Neither a foreign token nor a foreign organization is explained; and only a plain `true` asks for it."""
    foreign = bearer(stage.token(resource=stage.billing.audience))
    elsewhere = {"type": "app", "id": "storefront", "properties": {"organization": "elsewhere"}}
    for subject, resource in ((foreign, app(stage)), (user(stage.tenant.anne), elsewhere)):
        asked = {"subject": subject, "action": action(), "resource": resource, "context": {"explain": explain}}
        assert ok(post(stage, "evaluation", asked))["context"].keys() == {"reason", "detail", "failing"}
    good = {"subject": user(stage.tenant.anne), "action": action(), "resource": app(stage)}
    told = ok(post(stage, "evaluation", {**good, "context": {"explain": explain}}))
    assert ("explanation" in told["context"]) is (explain is True)
