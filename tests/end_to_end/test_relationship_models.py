"""A deployment whose model is written in OpenFGA's language: delegations of its relations, end to end."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.clock import Clock
from tests.databases import rows
from tests.end_to_end.deployment import JSON, Deployment
from tests.end_to_end.relationship_tenant import PLAN, PROJECTS, Firm, fact, founded
from tests.end_to_end.sites import Sites
from tests.end_to_end.tenant import documents_service

BUDGET, MINUTES = "document:budget", "document:minutes"
NETWORK = {"condition": "from_network", "context": {"network": "10.0.0.0/8"}}


@pytest.fixture(scope="module")
def house(sites: Sites) -> Iterator[Deployment]:
    """A deployment that was started from the model `documents`; its clock only moves forward."""
    with sites() as site, site.running(Clock(), policy="documents") as house:
        yield house


@pytest.fixture(scope="module")
def another(house: Deployment) -> Callable[[], Firm]:
    """A way to found one more organization in the deployment."""
    service, serial = documents_service(house), count()
    return lambda: founded(house, f"f{next(serial)}", service)


@pytest.fixture
def firm(another: Callable[[], Firm]) -> Firm:
    """A fresh organization, of which nothing else knows."""
    return another()


def head(firm: Firm) -> int:
    """Return the revision at which the organization is."""
    here = f"org:{firm.id}"
    [(sequence,)] = rows(firm.house.settings.database, "SELECT sequence FROM heads WHERE chain = :here", here=here)
    return int(sequence)


@pytest.mark.semantics("3", "5")
def test_a_relation_is_delegated_and_what_the_person_loses_is_lost_at_once(firm: Firm) -> None:
    """Holding `editor` on a folder reaches what lies in it and nothing else; the next request knows of a change."""
    firm.grant("anne", PROJECTS, "editor")
    token = firm.token("anne", PROJECTS, "editor")
    assert {"can_view", "can_add_document"} <= set(firm.actions(token))
    assert (firm.may(token, "can_edit"), firm.may(token, "can_view", BUDGET)) == (True, True)
    assert not firm.may(token, "can_share")
    assert not firm.may(token, "can_view", MINUTES)
    firm.take(fact(firm.user("anne"), "editor", PROJECTS))
    assert firm.actions(token) == []
    assert not firm.may(token, "can_edit")
    assert firm.exchange("anne", PROJECTS, "editor").status_code == 400


@pytest.mark.semantics("2", "3")
def test_groups_in_groups_carry_rights_to_the_agent(firm: Firm) -> None:
    """What somebody has through groups can be delegated, and ends with the membership."""
    firm.grant("tess", PROJECTS, "viewer")
    token = firm.token("tess", PROJECTS, "viewer")
    assert (firm.may(token, "can_view"), firm.may(token, "can_edit")) == (True, False)
    firm.take(fact(firm.user("tess"), "member", "group:team"))
    assert not firm.may(token, "can_view")


@pytest.mark.semantics("3")
def test_an_agent_is_within_what_was_delegated_whatever_else_the_person_has(firm: Firm) -> None:
    """A document that everyone may see, and one that the person owns elsewhere, are not within a bound."""
    firm.put(fact("user:*", "viewer", MINUTES), fact(firm.user("anne"), "owner", "document:diary"))
    firm.grant("anne", PLAN, "editor")
    token = firm.token("anne", PLAN, "editor")
    assert firm.person_may("anne", "can_view", MINUTES)
    assert firm.person_may("anne", "can_share", "document:diary")
    assert firm.may(token, "can_edit")
    for resource in (MINUTES, "document:diary", BUDGET):
        assert not firm.may(token, "can_view", resource)


@pytest.mark.semantics("5")
def test_who_is_blocked_is_blocked_through_an_agent_too(firm: Firm) -> None:
    """An exclusion of the model takes away from the person, hence from the agent, and from nothing beside."""
    firm.grant("anne", PROJECTS, "editor")
    token = firm.token("anne", PROJECTS, "editor")
    firm.put(fact(firm.user("anne"), "blocked", PLAN))
    assert (firm.may(token, "can_edit"), firm.may(token, "can_edit", BUDGET)) == (False, True)


@pytest.mark.semantics("4")
def test_an_agent_passes_on_what_follows_from_what_it_holds(firm: Firm) -> None:
    """A child holds what the parent's relation implies, and acts within it; anything wider is refused by name."""
    root = firm.grant("anne", PROJECTS, "editor", depth=1)
    helper = firm.agent("helper")
    wish: JSON = {"organization": firm.id, "agent": helper.id, "resource": PLAN, "roles": ["viewer"], "expires_in": 60}

    def asked(**changed: Any) -> httpx2.Response:
        auth = (firm.planner.id, firm.planner.secret or "")
        return firm.house.http.post(f"/delegations/{root['id']}/children", json={**wish, **changed}, auth=auth)

    for wider in ({"resource": "folder:firm"}, {"resource": MINUTES}, {"roles": ["owner"]}):
        answer = asked(**wider)
        assert (answer.status_code, answer.json()["code"]) == (422, "widens"), answer.text
    assert asked().status_code == 201
    token = firm.token("anne", PLAN, "viewer", helper)
    assert (firm.may(token, "can_view"), firm.may(token, "can_edit"), firm.may(token, "can_view", BUDGET)) == (
        True,
        False,
        False,
    )
    firm.house.end(firm.own("anne"), root["id"], firm.id)
    assert not firm.may(token, "can_view")


@pytest.mark.parametrize(
    ("resource", "relation", "code"),
    [
        (PLAN, "blocked", "gives_nothing"),
        (PLAN, "parent", "gives_nothing"),
        (PLAN, "nothing", "unknown_role"),
        ("group:staff", "member", "not_delegable"),
        ("user:anne", "member", "not_delegable"),
        ("planet:mars", "viewer", "unknown_resource"),
        (MINUTES, "viewer", "nothing_held"),
    ],
)
@pytest.mark.semantics("3", "4")
def test_what_cannot_be_delegated_is_refused(firm: Firm, resource: str, relation: str, code: str) -> None:
    """What gives nothing by itself, is no relation, lies on no resource or is not the person's is refused by name."""
    answer = firm.ask("anne", resource, relation)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


@pytest.mark.semantics("7")
def test_a_condition_is_met_by_what_the_question_brings_along(firm: Firm) -> None:
    """What holds from a network alone holds for a token by a question from there: not without, not from elsewhere."""
    bob = fact(firm.user("bob"), "viewer", MINUTES)
    firm.put(bob, fact(firm.user("bob"), "member", "group:staff"))
    firm.grant("bob", MINUTES, "viewer")
    token = firm.token("bob", MINUTES, "viewer")
    answer = firm.write(fact("group:staff#member", "viewer", MINUTES, **NETWORK), deletes=[bob])
    assert answer.status_code == 200, answer.text
    for address, allowed in (({"address": "10.1.2.3"}, True), ({"address": "192.0.2.1"}, False), ({}, False)):
        assert firm.may(token, "can_view", MINUTES, **address) is allowed
        assert firm.person_may("bob", "can_view", MINUTES, **address) is allowed
    assert firm.actions(token) == []


@pytest.mark.semantics("7")
def test_batches_and_searches_bring_a_context_along_too(firm: Firm) -> None:
    """A question of a batch and a search are answered under their own context, as one question would be."""
    firm.put(fact("user:*", "viewer", MINUTES, **NETWORK))
    about = {"type": "document", "id": "minutes", "properties": {"organization": firm.id}}
    asked: JSON = {"subject": {"type": "user", "id": firm.own("bob")}, "action": {"name": "can_view"}}
    inside, outside = {"context": {"address": "10.0.0.1"}}, {"context": {"address": "192.0.2.1"}}
    batch = {**asked, "resource": about, "evaluations": [inside, outside]}
    answers = firm.asked("evaluations", batch)["evaluations"]
    assert [one["decision"] for one in answers] == [True, False]
    sought = {**asked, "resource": {**about, "id": ""}}
    del sought["resource"]["id"]
    for context, found in ((inside, [{"type": "document", "id": "minutes"}]), (outside, [])):
        assert firm.asked("search/resource", {**sought, **context})["results"] == found


@pytest.mark.threat("42")
def test_a_question_does_not_say_what_time_it_is(firm: Firm) -> None:
    """`current_time` is this service's own: who asks cannot prolong what was given for a time."""
    now = firm.house.clock()
    minute = {"from_time": now.isoformat(), "duration_of_access": "60s"}
    firm.put(fact(firm.user("bob"), "viewer", PLAN, condition="for_a_time", context=minute))
    firm.grant("bob", PLAN, "viewer", expires_in=600)
    token = firm.token("bob", PLAN, "viewer")
    assert firm.may(token, "can_view")
    firm.house.clock.advance(timedelta(seconds=60))
    assert not firm.may(token, "can_view", current_time=now.isoformat())
    assert not firm.person_may("bob", "can_view", current_time=now.isoformat())


@pytest.mark.semantics("5")
def test_a_relationship_ends_by_the_clock_without_a_write(firm: Firm) -> None:
    """From the second of its end on it counts for nothing and is not listed; then it can be written anew."""
    ends = int(firm.house.clock().timestamp()) + 60
    bob = fact(firm.user("bob"), "viewer", PLAN, until=ends)
    firm.put(bob)
    firm.grant("bob", PLAN, "viewer")
    token, before = firm.token("bob", PLAN, "viewer"), head(firm)
    firm.house.clock.advance(timedelta(seconds=59))
    assert firm.may(token, "can_view")
    firm.house.clock.advance(timedelta(seconds=1))
    assert not firm.may(token, "can_view")
    assert firm.listed(f"subject={firm.user('bob')}") == []
    assert head(firm) == before
    assert firm.write(bob).status_code == 422
    firm.put({**bob, "until": ends + 600})
    assert firm.person_may("bob", "can_view")


def test_many_relationships_are_written_all_or_none(firm: Firm) -> None:
    """One that the model refuses, or that names a stranger, keeps all others from being written."""
    bob = [fact(firm.user("bob"), "viewer", f"document:d{number}") for number in range(50)]
    for wrong in (
        fact(firm.user("bob"), "can_view", PLAN),
        fact(firm.user("bob"), "editor", PLAN, condition="from_network"),
        fact("folder:firm", "viewer", PLAN),
        fact("user:nobody", "viewer", PLAN),
        fact(firm.user("bob"), "viewer", PLAN, until=1),
    ):
        before = head(firm)
        assert firm.write(*bob, wrong).status_code in {404, 422}
        assert (head(firm), firm.person_may("bob", "can_view", "document:d0")) == (before, False)
    firm.put(*bob)
    assert firm.person_may("bob", "can_view", "document:d49")
    many = [fact("user:*", "viewer", f"document:{number}") for number in range(1_001)]
    assert firm.write(*many).status_code in {400, 413}


def test_the_page_for_operators_shows_a_request_that_is_carried_out(firm: Firm) -> None:
    """The body in the documentation does what it says once what it presupposes is there."""
    page = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```json\n(\{\n  \"writes.*?)^```", page, re.MULTILINE | re.DOTALL)
    body = json.loads(block.replace('user:anne"', f'{firm.user("anne")}"').replace('user:bob"', f'{firm.user("bob")}"'))
    firm.put(fact("user:*", "viewer", PLAN), fact(firm.user("anne"), "owner", "folder:all"))
    answer = firm.manage("POST", "/relationships", body)
    assert answer.status_code == 200, answer.text
    assert firm.person_may("bob", "can_view")


def test_what_is_there_already_or_is_not_there_is_an_error_unless_it_is_to_be_ignored(firm: Firm) -> None:
    """A duplicate and a missing relationship are refused; with `ignore` they change nothing and the rest is done."""
    there, new, not_there = (fact(firm.user("anne"), relation, PROJECTS) for relation in ("editor", "owner", "blocked"))
    assert firm.write(there, new).status_code == 409
    assert firm.manage("POST", "/relationships", {"deletes": [not_there], "writes": [new]}).status_code == 404
    assert not firm.person_may("anne", "can_share")
    body = {"writes": [there, new], "deletes": [not_there], "on_duplicate": "ignore", "on_missing": "ignore"}
    answer = firm.manage("POST", "/relationships", body).json()
    assert (answer["written"], answer["deleted"]) == (1, 0)
    assert firm.person_may("anne", "can_share")
    other = firm.write({**there, "until": 4_000_000_000}, on_duplicate="ignore")
    assert other.status_code == 409, "one on other terms is no duplicate"


def test_preconditions_are_judged_with_the_change(firm: Firm) -> None:
    """What must be there, or must not, decides whether anything is changed."""
    new = fact(firm.user("bob"), "viewer", PLAN)
    editor = {"object": PROJECTS, "relation": "editor", "subject": firm.user("anne")}
    refused = firm.write(new, preconditions=[{**editor, "must": "not_exist"}])
    assert (refused.status_code, refused.json()["code"]) == (409, "precondition_failed")
    assert not firm.person_may("bob", "can_view")
    assert firm.write(new, preconditions=[{**editor, "must": "exist"}]).status_code == 200
    assert firm.person_may("bob", "can_view")


def test_relationships_are_listed_by_what_they_have_in_common(firm: Firm) -> None:
    """By object, by subject and by relation, in pages that miss nothing and repeat nothing."""
    anne = firm.user("anne")
    assert firm.listed(f"subject={anne}") == [(anne, "editor", PROJECTS)]
    assert firm.listed(f"object={PROJECTS}&relation=parent") == [("folder:firm", "parent", PROJECTS)]
    firm.put(*(fact(anne, "viewer", f"document:d{number}") for number in range(7)))
    found, cursor = [], ""
    while True:
        path = f"/relationships?subject={anne}&limit=3{cursor}"
        page = firm.manage("GET", path).json()
        found += [one["object"] for one in page["relationships"]]
        if "next" not in page:
            break
        cursor = f"&cursor={page['next']}"
    assert sorted(found) == sorted([PROJECTS, *(f"document:d{number}" for number in range(7))])
    assert len(found) == len(set(found))


def test_everything_of_a_subject_or_an_object_goes_in_one_call(firm: Firm) -> None:
    """What is deleted is counted, and what is left of it."""
    bob = firm.user("bob")
    firm.put(*(fact(bob, "viewer", f"document:d{number}") for number in range(5)))
    answer = firm.manage("DELETE", f"/relationships?subject={bob}").json()
    assert (answer["deleted"], answer["left"]) == (5, 0)
    assert firm.listed(f"subject={bob}") == []
    assert firm.manage("DELETE", f"/relationships?object={PLAN}").json()["deleted"] == 1
    assert not firm.person_may("anne", "can_edit", PLAN)
    assert firm.manage("DELETE", "/relationships").status_code in {400, 422}


def test_who_is_no_longer_a_member_holds_nothing(firm: Firm) -> None:
    """With a membership go the person's relationships, so that nobody finds them again by coming back."""
    firm.grant("anne", PROJECTS, "editor")
    token = firm.token("anne", PROJECTS, "editor")
    assert firm.manage("DELETE", f"/memberships/{firm.own('anne')}").status_code == 200
    assert not firm.may(token, "can_edit")
    assert firm.manage("PUT", f"/memberships/{firm.own('anne')}").status_code == 200
    assert not firm.person_may("anne", "can_edit")


@pytest.mark.threat("16")
@pytest.mark.threat("39")
def test_the_same_names_in_two_organizations_are_two_things(another: Callable[[], Firm]) -> None:
    """A relationship of one organization gives nobody anything in another, though all names are alike."""
    ours, theirs = another(), another()
    ours.grant("anne", PROJECTS, "editor")
    token = ours.token("anne", PROJECTS, "editor")
    theirs.take(fact(theirs.user("anne"), "editor", PROJECTS))
    assert ours.may(token, "can_edit")
    assert not theirs.person_may("anne", "can_edit")
    assert not theirs.may(token, "can_edit")
    assert theirs.write(fact(ours.user("anne"), "owner", PLAN)).status_code == 404


def test_what_a_delegation_is_worth_is_told_in_the_words_of_the_model(firm: Firm) -> None:
    """Before and after it is made, a delegation tells its permissions, and no relation that is none."""
    body = {"organization": firm.id, "agent": firm.planner.id, "resource": PLAN, "roles": ["editor"]}
    preview = firm.house.hand(firm.own("anne"), "POST", "/delegations/preview", {**body, "expires_in": 60}).json()
    granted = firm.grant("anne", PLAN, "editor")
    path = f"/delegations/{granted['id']}/effective?organization={firm.id}"
    effective = firm.house.hand(firm.own("anne"), "GET", path).json()
    assert preview["effective"]["effective"] == effective["effective"] == ["can_edit", "can_view"]
    assert effective["missing"] == {}
    assert "pass to each" not in str(preview["warnings"])


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/roles/painter", {"type": "document", "permissions": []}),
        ("PUT", "/resource-types/room", {"parents": []}),
        ("POST", "/organizations/{id}/resources", {"resource": "document:new"}),
        ("POST", "/organizations/{id}/groups", {"id": "painters"}),
        ("PUT", "/organizations/{id}/assignments", {"principal": "user:x", "role": "r", "resource": "document:x"}),
    ],
)
def test_what_is_about_roles_is_refused_in_one_sentence(firm: Firm, method: str, path: str, body: JSON) -> None:
    """Where relationships say who may do what there are no roles, groups or resources to manage."""
    answer = firm.house.manage(method, path.format(id=firm.id), body)
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert "relationships" in answer.json()["detail"]
