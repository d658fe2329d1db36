"""Searches (AuthZEN 1.0 §8): what they find is what single questions allow, for principals, tokens and delegations."""

from collections.abc import Callable

import pytest

from tests.authzen.asking import action, allowed, app, bearer, ok, post, searched, thing, user
from tests.conformance import rfc
from tests.end_to_end.deployment import JSON
from tests.end_to_end.tenant import APOLLO, TREE, Tenant
from tests.rfc.answers import problem, told
from tests.rfc.stage import EDITS, Stage, set_up

TYPES = ("organization", "workspace", "project", "app")


def everything(stage: Stage) -> list[str]:
    """Return all resources of the stage's organization."""
    return [f"organization:{stage.tenant.id}", *(resource for resource, _ in TREE)]


def subjects(stage: Stage) -> list[JSON]:
    """Return subjects of every type, some of whom may do something and some nothing."""
    tokens = [stage.token(), stage.token(scope="document:view"), stage.token(resource=stage.billing.audience), "x"]
    delegations = [{"type": "delegation", "id": id_} for id_ in (stage.granted["id"], stage.lent["id"], "dlg_none")]
    people = [user(stage.tenant.anne), user(stage.tenant.bob), user("nobody"), user("a b")]
    others = [{"type": "group", "id": "crew"}, {"type": "agent", "id": stage.planner.id}, {"type": "x", "id": "x"}]
    return [*map(bearer, tokens), *delegations, *people, *others]


@pytest.fixture(scope="module")
def crowd(stage: Stage) -> Stage:
    """The stage with a group within a group that may view a workspace, and an agent with a role of its own."""
    tenant = stage.tenant
    for name in ("crew", "all"):
        tenant.must("POST", "/groups", {"id": name})
    tenant.must("PUT", "/groups/crew/members/user:" + tenant.bob)
    tenant.must("PUT", "/groups/all/members/group:crew#member")
    tenant.assign("group:all#member", "workspace-member", "workspace:sales")
    tenant.assign(f"agent:{stage.stranger.id}", "project-viewer", "project:zeus")
    return stage


@rfc("authzen", "8", "search")
@rfc("authzen", "8.1", "results-hold")
@rfc("authzen", "8.3", "results")
@rfc("authzen", "8.5.1", "resource-search")
@pytest.mark.threat("11")
@pytest.mark.threat("P8")
@pytest.mark.threat("I6")
@pytest.mark.parametrize("permission", ["document:edit", "document:view", "organization:administer", "no:such"])
def test_what_somebody_reaches_is_what_single_questions_allow(crowd: Stage, permission: str) -> None:
    """Of each type exactly the resources are found about which a question is answered with yes."""
    for subject in subjects(crowd):
        for type_ in (*TYPES, "nowhere"):
            body = {"subject": subject, "action": action(permission), "resource": thing(crowd, type_)}
            found = searched(crowd, "resource", body)
            assert all(result.keys() == {"type", "id"} and result["type"] == type_ for result in found)
            names = [each for each in everything(crowd) if each.startswith(f"{type_}:")]
            by_hand = sorted(each for each in names if allowed(crowd, subject, permission, each))
            assert [f"{result['type']}:{result['id']}" for result in found] == by_hand


@rfc("authzen", "8.1", "results-hold")
@rfc("authzen", "8.3", "results")
@rfc("authzen", "8.6.1", "action-search")
@pytest.mark.threat("I6")
def test_what_somebody_may_do_is_what_single_questions_allow(crowd: Stage) -> None:
    """The actions found are those about which a question is answered with yes; an action that is sent is ignored."""
    for subject in subjects(crowd):
        for resource in ("app:storefront", "project:zeus", "app:nowhere", "a b:c"):
            body = {"subject": subject, "resource": thing(crowd, resource), "action": action("nothing")}
            found = [result["name"] for result in searched(crowd, "action", body)]
            names = {*EDITS, "document:delete", "workspace:view", "organization:administer", *found}
            by_hand = {name for name in names if allowed(crowd, subject, name, resource)}
            assert found == sorted(by_hand)


@rfc("authzen", "8.1", "results-hold", "transitive")
@rfc("authzen", "8.3", "results")
@rfc("authzen", "8.4.1", "subject-search")
@pytest.mark.threat("I6")
def test_who_reaches_something_is_whoever_single_questions_allow(crowd: Stage) -> None:
    """Users through groups and the tree, groups, agents by roles of their own: each type by itself, nobody missing."""
    tenant = crowd.tenant
    everybody = {
        "user": [tenant.anne, tenant.bob],
        "group": ["crew", "all"],
        "agent": [crowd.planner.id, crowd.stranger.id, crowd.keyed.id],
    }
    seen = set()
    for resource in ("app:ledger", "app:backoffice", "app:storefront", "app:nowhere"):
        for type_, names in everybody.items():
            # An id beside the type narrows nothing.
            body = {"subject": {"type": type_, "id": "nobody"}, "action": action("document:view")}
            found = searched(crowd, "subject", {**body, "resource": thing(crowd, resource)})
            assert all(result["type"] == type_ for result in found)
            by_hand = [n for n in names if allowed(crowd, {"type": type_, "id": n}, "document:view", resource)]
            assert [result["id"] for result in found] == sorted(by_hand)
            seen |= {(type_, result["id"]) for result in found}
    assert seen >= {("user", tenant.bob), ("group", "crew"), ("group", "all"), ("agent", crowd.stranger.id)}


@rfc("authzen", "8.1", "results-hold")
@pytest.mark.semantics("7")
def test_which_agents_reach_something_by_delegation_is_a_search_for_delegations(stage: Stage) -> None:
    """Each result says which agent acts for whom, is allowed when asked about, and is gone when its right is."""
    body = {"subject": {"type": "delegation"}, "action": action("document:edit"), "resource": app(stage)}
    found = searched(stage, "subject", body)
    both = {stage.granted["id"]: stage.planner.id, stage.lent["id"]: stage.keyed.id}
    assert {result["id"]: result["properties"] for result in found} == {
        id_: {"agent": agent, "user": stage.tenant.anne} for id_, agent in both.items()
    }
    assert all(result["type"] == "delegation" for result in found)
    assert all(allowed(stage, result, "document:edit", "app:storefront") for result in found)
    assert searched(stage, "subject", {**body, "action": action("document:delete")}) == []
    assert searched(stage, "subject", {**body, "resource": app(stage, "ledger")}) == []


@pytest.mark.threat("39")
def test_a_delegation_for_other_services_is_none_of_a_services_business(
    found_tenant: Callable[[], Tenant],
) -> None:
    """Whose tokens can never be for a service, that delegation it cannot ask about, and it is in no result."""
    stage = set_up(found_tenant())
    only = stage.tenant.grant(agent=stage.stranger.id, audiences=[stage.billing.audience])
    body = {"subject": {"type": "delegation"}, "action": action("document:edit"), "resource": app(stage)}
    for service, expected in ((stage.documents, False), (stage.billing, True)):
        found = searched(stage, "subject", body, service)
        assert (only["id"] in [result["id"] for result in found]) is expected
        subject = {"type": "delegation", "id": only["id"]}
        assert allowed(stage, subject, "document:edit", "app:storefront", service) is expected
    unknown = {**body, "subject": {"type": "delegation", "id": "dlg_none"}}
    foreign = {**body, "subject": {"type": "delegation", "id": only["id"]}}
    assert told(post(stage, "evaluation", unknown)) == told(post(stage, "evaluation", foreign))


@pytest.mark.semantics("4")
def test_a_search_follows_what_ends_a_delegation(found_tenant: Callable[[], Tenant]) -> None:
    """The very next search for delegations, and by one, knows that it was suspended, resumed and revoked."""
    stage = set_up(found_tenant())
    ours = {"type": "delegation", "id": stage.granted["id"]}
    who = {"subject": {"type": "delegation"}, "action": action(), "resource": app(stage)}
    what = {"subject": ours, "action": action(), "resource": thing(stage, "app")}

    def seen() -> tuple[bool, int]:
        named = stage.granted["id"] in [result["id"] for result in searched(stage, "subject", who)]
        return named, len(searched(stage, "resource", what))

    states = [seen()]
    for verb in ("/suspend", "/resume"):
        stage.tenant.hand(stage.tenant.anne, "POST", stage.granted["id"], verb)
        states.append(seen())
    stage.tenant.hand(stage.tenant.anne, "DELETE", stage.granted["id"])
    assert [*states, seen()] == [(True, 1), (False, 0), (True, 1), (False, 0)]


@rfc("authzen", "8.3", "results")
@pytest.mark.threat("39")
@pytest.mark.threat("16")
@pytest.mark.parametrize("kind", ["subject", "resource", "action"])
def test_a_service_that_gets_no_answers_finds_nothing(
    found_tenant: Callable[[], Tenant], stage: Stage, kind: str
) -> None:
    """For a foreign organization, one that is not there and none at all the answer is the same empty one."""
    outsider = set_up(found_tenant()).billing
    answers = []
    for organization in (stage.tenant.id, "no-such", "a b", None):
        properties = {} if organization is None else {"properties": {"organization": organization}}
        resource = {"type": "app", "id": "storefront", **properties}
        asked = {"subject": user(stage.tenant.anne), "action": action(), "resource": resource}
        answers.append(told(post(stage, f"search/{kind}", asked, outsider)))
    assert answers == [answers[0]] * 4
    assert answers[0][:2] == (200, b'{"results":[],"page":{"next_token":""}}')


@pytest.mark.threat("39")
def test_a_token_for_another_service_reaches_nothing(stage: Stage) -> None:
    """A foreign token is searched with like one that is none; a contradicting organization finds nothing either."""
    tokens = [stage.token(resource=stage.billing.audience), "x"]
    for kind in ("resource", "action"):
        bodies = [{"subject": bearer(token), "action": action(), "resource": app(stage)} for token in tokens]
        first, second = (told(post(stage, f"search/{kind}", body)) for body in bodies)
        assert first == second
        elsewhere = {**app(stage), "properties": {"organization": "elsewhere"}}
        body = {"subject": bearer(stage.token()), "action": action(), "resource": elsewhere}
        assert searched(stage, kind, body) == []


@rfc("authzen", "8.5.1", "resource-search")
@pytest.mark.semantics("1")
def test_a_token_says_itself_where_it_is_good(stage: Stage) -> None:
    """With a token as subject no organization need be named."""
    body = {"subject": bearer(stage.token()), "action": action(), "resource": {"type": "project"}}
    assert searched(stage, "resource", body) == [{"type": "project", "id": APOLLO.partition(":")[2]}]


@rfc("authzen", "8.4.1", "subject-search")
@rfc("authzen", "8.5.1", "resource-search")
@rfc("authzen", "8.6.1", "action-search")
@pytest.mark.parametrize(
    ("kind", "lacks"),
    [
        ("subject", "subject"),
        ("subject", "action"),
        ("subject", "resource"),
        ("resource", "subject"),
        ("resource", "action"),
        ("resource", "resource"),
        ("action", "subject"),
        ("action", "resource"),
    ],
)
def test_a_search_that_lacks_a_part_is_malformed(stage: Stage, kind: str, lacks: str) -> None:
    """Each search needs its own parts: whoever searches for subjects names a resource with its id, and so on."""
    body = {"subject": user(stage.tenant.anne), "action": action(), "resource": app(stage)}
    ok(post(stage, f"search/{kind}", body))
    assert problem(post(stage, f"search/{kind}", {n: v for n, v in body.items() if n != lacks})) == (400, "malformed")
    bare = {**body, lacks: {}}
    assert problem(post(stage, f"search/{kind}", bare)) == (400, "malformed")


@rfc("authzen", "8.4.1", "subject-search")
@rfc("authzen", "8.5.1", "resource-search")
def test_only_what_is_sought_may_lack_its_id(stage: Stage) -> None:
    """A resource without an id is sought, a subject without one is not, and the other way round."""
    kinds = {"subject": {"type": "user"}, "action": action(), "resource": thing(stage, "app")}
    assert problem(post(stage, "search/subject", kinds)) == (400, "malformed")
    assert problem(post(stage, "search/resource", kinds)) == (400, "malformed")
    assert problem(post(stage, "search/action", kinds)) == (400, "malformed")


@rfc("authzen", "11.3", "unauthenticated")
@pytest.mark.parametrize("kind", ["subject", "resource", "action"])
def test_whoever_does_not_authenticate_searches_nothing(stage: Stage, kind: str) -> None:
    """The answer is 401 with a challenge, whatever is sought."""
    body = {"subject": user(stage.tenant.anne), "action": action(), "resource": app(stage)}
    answer = post(stage, f"search/{kind}", body, Authorization="Basic eDp4")
    assert problem(answer) == (401, "unauthorized")
    assert answer.headers["www-authenticate"] == 'Basic realm="delegation"'
