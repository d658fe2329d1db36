"""Pages of searches (AuthZEN 1.0 §8.2): whole together, bounded each, and good for the same search alone."""

from collections.abc import Callable

import pytest

from tests.authzen.asking import action, ok, post, searched, thing, user
from tests.conformance import rfc
from tests.end_to_end.deployment import JSON
from tests.end_to_end.tenant import Tenant
from tests.rfc.answers import problem
from tests.rfc.stage import Stage, set_up

APPS = [f"app-{n:02}" for n in range(12)]


@pytest.fixture(scope="module")
def many(found_tenant: Callable[[], Tenant]) -> Stage:
    """A stage with a dozen more apps and members."""
    stage = set_up(found_tenant())
    for name in APPS:
        stage.tenant.resource(f"app:{name}", "project:zeus")
        stage.tenant.assign(f"user:{stage.tenant.join(name)}", "project-viewer", "project:zeus")
    return stage


def apps(stage: Stage, **page: object) -> JSON:
    """Return the search for the apps whose documents anne may view."""
    body = {"subject": user(stage.tenant.anne), "action": action("document:view"), "resource": thing(stage, "app")}
    return {**body, "page": page} if page else body


def people(stage: Stage, **page: object) -> JSON:
    """Return the search for the users who may view the documents of an app."""
    body = {"subject": {"type": "user"}, "action": action("document:view"), "resource": thing(stage, "app:app-01")}
    return {**body, "page": page} if page else body


@rfc("authzen", "8.2", "next-token")
@rfc("authzen", "8.2.1", "limit")
@rfc("authzen", "8.2.2", "page")
@pytest.mark.threat("11")
@pytest.mark.parametrize("limit", [1, 2, 5, 13, 14, 15, 500, 10**9])
@pytest.mark.parametrize("kind", ["resource", "subject"])
def test_pages_of_any_size_are_the_whole_together(many: Stage, kind: str, limit: int) -> None:
    """Whatever the limit, all results come once and in one order; no page holds more than the limit."""
    body = apps(many) if kind == "resource" else people(many)
    whole = searched(many, kind, body)
    assert len(whole) == len(APPS) + (2 if kind == "resource" else 1)
    assert searched(many, kind, {**body, "page": {"limit": limit}}) == whole
    first = ok(post(many, f"search/{kind}", {**body, "page": {"limit": limit}}))
    assert len(first["results"]) <= limit
    assert bool(first["page"]["next_token"]) is (len(first["results"]) < len(whole))


@rfc("authzen", "8.2.1", "limit")
def test_a_continuation_may_leave_the_limit_out(many: Stage) -> None:
    """The token alone goes on, with as many results as a page has unless told otherwise."""
    first = ok(post(many, "search/resource", apps(many, limit=3)))
    rest = ok(post(many, "search/resource", apps(many, token=first["page"]["next_token"])))
    assert [*first["results"], *rest["results"]] == searched(many, "resource", apps(many))


@rfc("authzen", "8.2", "same-search")
@pytest.mark.threat("30")
def test_a_token_is_good_for_its_own_search_alone(many: Stage) -> None:
    """Changed, cut, made up, taken to another search or used by another service, a token is refused."""
    token = ok(post(many, "search/resource", apps(many, limit=3)))["page"]["next_token"]
    bodies = [apps(many, token=wrong) for wrong in (token[:-1], token + "A", "x", "é", token.swapcase())]
    bodies += [{**apps(many, token=token), "subject": user(many.tenant.bob)}]
    bodies += [{**apps(many, token=token), "action": action("document:edit")}]
    for body in bodies:
        assert problem(post(many, "search/resource", body)) == (400, "malformed")
    assert problem(post(many, "search/action", apps(many, token=token))) == (400, "malformed")
    assert problem(post(many, "search/resource", apps(many, token=token), many.billing)) == (400, "malformed")


@rfc("authzen", "8.2.1", "limit")
@pytest.mark.parametrize("page", [5, [], "x", {"limit": 0}, {"limit": -1}, {"limit": "3"}, {"token": 5}])
def test_a_page_of_the_wrong_form_is_malformed(many: Stage, page: object) -> None:
    """A page is an object, its limit a number from one on, its token a string."""
    assert problem(post(many, "search/resource", {**apps(many), "page": page})) == (400, "malformed")


@rfc("authzen", "8.2", "next-token")
def test_what_comes_and_goes_between_pages_moves_nothing_else(many: Stage) -> None:
    """A resource that is taken away where the first page ended does not keep the next page from going on there."""
    first = ok(post(many, "search/resource", apps(many, limit=4)))
    last = first["results"][-1]["id"]
    many.tenant.must("DELETE", f"/resources/app:{last}")
    rest = ok(post(many, "search/resource", apps(many, token=first["page"]["next_token"])))
    many.tenant.resource(f"app:{last}-again", "project:zeus")
    gathered = [result["id"] for result in (*first["results"], *rest["results"])]
    assert len(gathered) == len(set(gathered)) == len(APPS) + 2
