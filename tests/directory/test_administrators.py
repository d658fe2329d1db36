"""Who may administer what: every management route against every kind of caller."""

from collections.abc import Callable

import pytest

from delegation.directory.commands import COMMANDS
from tests.clock import Clock
from tests.directory.cast import CALLERS, Cast, every_request, sent
from tests.directory.log import heads, last, refusals
from tests.directory.routes import BY_RELATIONSHIPS, ROUTES
from tests.end_to_end.deployment import ADMINISTRATOR
from tests.end_to_end.identity_provider import IdentityProvider, trusted
from tests.end_to_end.sites import Sites
from tests.end_to_end.tenant import Tenant


@pytest.fixture(scope="module")
def cast(found_tenant: Callable[[], Tenant], people: IdentityProvider) -> Cast:
    """Two organizations and their people, for all tests of the module."""
    return Cast(found_tenant(), found_tenant(), people)


def refused(statuses: frozenset[int], cast: Cast, bearer: str | None, organization: str) -> list[str]:
    """Return the requests about an organization that are answered otherwise than with these statuses."""
    answers = [(request, sent(cast.house, request, bearer)) for request in every_request(organization)]
    return [f"{r.method} {r.path}: {a.text}" for r, a in answers if a.status_code not in statuses]


@pytest.mark.threat("17")
@pytest.mark.parametrize("caller", CALLERS)
def test_who_is_no_administrator_here_reaches_no_route(cast: Cast, caller: str) -> None:
    """Every management route refuses everybody but its administrators, and nothing is changed."""
    statuses, bearer = CALLERS[caller]
    token = bearer(cast)
    before = heads(cast.house)
    assert refused(statuses, cast, token, cast.ours.id) == []
    assert heads(cast.house) == before


@pytest.mark.threat("16")
@pytest.mark.threat("I11")
def test_another_organization_is_not_told_from_none(cast: Cast) -> None:
    """To another organization's administrator a foreign organization answers as one that does not exist."""
    token = cast.people.to_manage(cast.rival)
    foreign, unknown = every_request(cast.ours.id), every_request("nowhere")
    for there, nowhere in zip(foreign, unknown, strict=True):
        seen, blank = sent(cast.house, there, token), sent(cast.house, nowhere, token)
        assert seen.status_code == blank.status_code, there
        assert seen.text.replace(cast.ours.id, "nowhere") == blank.text, there


@pytest.mark.threat("16")
@pytest.mark.threat("I11")
def test_what_is_in_another_organization_is_not_told_from_what_is_not(cast: Cast) -> None:
    """Named within one's own organization, another's things are answered as things that nobody has."""
    token = cast.people.to_manage(cast.rival)
    cast.ours.must("POST", "/groups", {"id": "secret"})
    cast.ours.role("org-secret", "project", "project:view")
    cast.ours.resource("project:secret", "workspace:design")
    for method, path, foreign, unknown in (
        ("DELETE", "/groups/{}", "secret", "nothing"),
        ("DELETE", "/roles/{}", "org-secret", "org-nothing"),
        ("DELETE", "/delegations/{}", cast.ours.grant()["id"], "dlg_nothing"),
        ("POST", "/delegations/{}/suspend", cast.ours.grant()["id"], "dlg_nothing"),
        ("DELETE", "/resources/{}", "project:secret", "project:nothing"),
        ("DELETE", "/memberships/{}", cast.ours.anne, "nobody"),
        ("DELETE", "/agents/{}", cast.ours.planner.id, "no-agent"),
        ("DELETE", "/groups/secret/members/{}", f"user:{cast.ours.anne}", "user:nobody"),
    ):
        seen = cast.theirs.manage(method, path.format(foreign), bearer=token)
        blank = cast.theirs.manage(method, path.format(unknown), bearer=token)
        assert (seen.status_code, seen.text.replace(foreign, unknown)) == (404, blank.text), path


def test_each_command_says_who_may_give_it() -> None:
    """Administrators of an organization give the commands about what is in it, but for relationships, and no others."""
    within = {name for name, command in COMMANDS.items() if command.within_organization}
    about_one = {name for name, (_, path) in ROUTES.items() if path.startswith("/organizations/{organization}/")}
    assert within == about_one - BY_RELATIONSHIPS


@pytest.mark.parametrize("provider", ["people", "our_own"])
def test_an_administrator_of_an_organization_administers_it_and_no_more(cast: Cast, provider: str) -> None:
    """Who holds `organization:administer` may give every command within the organization, and none of the platform."""
    token = getattr(cast, provider).to_manage(cast.chief)
    within = f"/organizations/{cast.ours.id}"
    for request in every_request(cast.ours.id):
        answer = sent(cast.house, request, token)
        allowed = request.path.startswith(f"{within}/") or (request.method, request.path) == ("GET", within)
        allowed = allowed and (request.method, request.path) != ("PUT", f"{within}/memberships/anne")  # see below
        allowed = allowed and (request.method == "GET" or not request.path.startswith(f"{within}/relationships"))
        assert (answer.status_code not in {401, 403}) is allowed, (request, answer.text)


def test_only_the_platform_lets_somebody_in(cast: Cast) -> None:
    """An organization's administrator switches its members on and off, but makes nobody a member, known or unknown."""
    token = cast.people.to_manage(cast.chief)
    for active in (False, True):
        switched = cast.ours.manage("PUT", f"/memberships/{cast.ours.bob}", {"active": active}, bearer=token)
        assert switched.status_code == 200
    answers = [cast.ours.manage("PUT", f"/memberships/{user}", bearer=token) for user in (cast.theirs.bob, "nobody")]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert answers[0].text == answers[1].text
    root = cast.people.to_manage(cast.root)
    assert cast.ours.manage("PUT", f"/memberships/{cast.theirs.bob}", bearer=root).status_code == 200


def test_an_administrator_of_the_platform_gives_every_command(sites: Sites) -> None:
    """No route tells an administrator of the platform that more is needed."""
    with sites() as site, site.running(Clock()) as house:
        people = trusted(house, "people")
        house.must("POST", "/users", {"id": "root"})
        house.must("PUT", "/administrators/root")
        answers = [sent(house, request, people.to_manage("root")) for request in every_request("acme")]
    assert {answer.status_code for answer in answers} <= {200, 201, 404, 409, 422}


def test_what_is_refused_for_want_of_a_right_is_recorded(cast: Cast) -> None:
    """Whoever is known and asks for what is not theirs leaves a record: who asked for what, and why it was refused."""
    rival = cast.people.to_manage(cast.rival)
    assert cast.ours.manage("POST", "/groups", {"id": "theirs"}, bearer=rival).status_code == 403
    record = refusals(cast.house)[-1]
    assert (record["action"], record["outcome"], record["actor"]) == ("create-group", "refused", f"user:{cast.rival}")
    assert (record["organization"], record["detail"]["id"]) == (cast.ours.id, "theirs")
    assert "organization:administer" in record["detail"]["reason"]


def test_the_record_names_the_administrator(cast: Cast) -> None:
    """What people change is recorded under their own name, what the bootstrap credential does under its."""
    chain = f"org:{cast.ours.id}"
    for number, (bearer, actor) in enumerate(
        (
            (ADMINISTRATOR, "administrator:bootstrap"),
            (cast.people.to_manage(cast.root), f"user:{cast.root}"),
            (cast.people.to_manage(cast.chief), f"user:{cast.chief}"),
            (cast.our_own.to_manage(cast.chief), f"user:{cast.chief}"),
        )
    ):
        assert cast.ours.manage("POST", "/groups", {"id": f"g{number}"}, bearer=bearer).status_code == 201
        assert last(cast.house, chain)["actor"] == actor
