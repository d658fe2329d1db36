"""The life of a delegation: in force, suspended, dormant, expired, revoked (semantics: delegations, status, ending)."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.end_to_end.deployment import JSON
from tests.end_to_end.tenant import ALIVE, APOLLO, DEAD, Seen, Tenant

pytestmark = pytest.mark.semantics("4")


def test_a_delegation_in_force_is_active(tenant: Tenant) -> None:
    """A delegation that has begun and not ended, of people and agents that take part, is active and works."""
    granted = tenant.grant()
    assert tenant.status(granted) == "active"
    assert tenant.seen(tenant.token()) == ALIVE


@pytest.mark.threat("5")
def test_its_user_suspends_and_resumes_it(tenant: Tenant) -> None:
    """Suspended it is worth nothing; resumed, the same tokens count again."""
    granted = tenant.grant()
    token = tenant.token()
    assert tenant.hand(tenant.anne, "POST", granted["id"], "/suspend").json()["status"] == "suspended"
    assert (tenant.status(granted), tenant.seen(token)) == ("suspended", DEAD)
    assert tenant.hand(tenant.anne, "POST", granted["id"], "/resume").json()["status"] == "active"
    assert (tenant.status(granted), tenant.seen(token)) == ("active", ALIVE)


@pytest.mark.threat("5")
def test_an_administrator_suspends_and_resumes_it(tenant: Tenant) -> None:
    """An administrator of the organization can make it worth nothing and bring it back."""
    granted = tenant.grant()
    token = tenant.token()
    tenant.must("POST", f"/delegations/{granted['id']}/suspend")
    assert (tenant.status(granted), tenant.seen(token)) == ("suspended", DEAD)
    tenant.must("POST", f"/delegations/{granted['id']}/resume")
    assert (tenant.status(granted), tenant.seen(token)) == ("active", ALIVE)


@pytest.mark.threat("5")
@pytest.mark.parametrize(
    ("path", "off", "on"),
    [
        ("/users/{anne}", {"status": "suspended"}, {"status": "active"}),
        ("/agents/{planner}", {"status": "suspended"}, {"status": "active"}),
        ("/organizations/{id}/memberships/{anne}", {"active": False}, {"active": True}),
    ],
)
def test_it_is_dormant_while_somebody_in_it_is_inactive(tenant: Tenant, path: str, off: JSON, on: JSON) -> None:
    """While its user or its agent is suspended it sleeps, and wakes unharmed when they are back."""
    granted = tenant.grant()
    token = tenant.token()
    where = path.format(anne=tenant.anne, planner=tenant.planner.id, id=tenant.id)
    method = "PUT" if "active" in off else "PATCH"
    tenant.house.must(method, where, off)
    assert (tenant.status(granted), tenant.seen(token)) == ("dormant", DEAD)
    tenant.house.must(method, where, on)
    assert (tenant.status(granted), tenant.seen(token)) == ("active", ALIVE)


@pytest.mark.threat("5")
def test_what_was_revoked_while_dormant_stays_dead(tenant: Tenant) -> None:
    """Resuming brings back only what was not revoked meanwhile."""
    kept, ended = tenant.grant(), tenant.grant(resource="app:storefront", roles=["app-viewer"])
    tenant.house.must("PATCH", f"/users/{tenant.anne}", {"status": "suspended"})
    tenant.must("DELETE", f"/delegations/{ended['id']}")
    tenant.house.must("PATCH", f"/users/{tenant.anne}", {"status": "active"})
    assert (tenant.status(kept), tenant.status(ended)) == ("active", "revoked")
    asked = tenant.details("app:storefront", "app-viewer", delegation_id=ended["id"])
    assert tenant.exchange(details=asked).status_code == 400


@pytest.mark.threat("3")
def test_it_expires_by_itself(tenant: Tenant) -> None:
    """From the second of its end on it is expired, in that second too."""
    granted = tenant.grant(expires_in=100)
    tenant.house.clock.advance(timedelta(seconds=99))
    assert tenant.status(granted) == "active"
    tenant.house.clock.advance(timedelta(seconds=1))
    assert tenant.status(granted) == "expired"


@pytest.mark.threat("3")
def test_resuming_prolongs_nothing(tenant: Tenant) -> None:
    """A delegation that ended while it was suspended is expired, and stays so when resumed."""
    granted = tenant.grant(expires_in=100)
    tenant.hand(tenant.anne, "POST", granted["id"], "/suspend")
    tenant.house.clock.advance(timedelta(seconds=100))
    assert tenant.status(granted) == "expired"
    resumed = tenant.hand(tenant.anne, "POST", granted["id"], "/resume").json()
    assert (resumed["status"], resumed["expires_at"]) == ("expired", granted["expires_at"])
    assert tenant.exchange().status_code == 400


def by_its_user(tenant: Tenant, granted: JSON) -> None:
    """End a delegation by its user's own hand."""
    assert tenant.hand(tenant.anne, "DELETE", granted["id"]).json()["status"] == "revoked"


def by_an_administrator(tenant: Tenant, granted: JSON) -> None:
    """End a delegation as an administrator."""
    tenant.must("DELETE", f"/delegations/{granted['id']}")


def by_its_agent(tenant: Tenant, granted: JSON) -> None:
    """End a delegation by the agent that holds it, which presents the receipt."""
    assert tenant.give_up(granted["receipt"]).status_code == 200


Ending = Callable[[Tenant, JSON], None]
ENDINGS: list[Ending] = [by_its_user, by_an_administrator, by_its_agent]


@pytest.mark.threat("P21")
@pytest.mark.parametrize("end", ENDINGS)
def test_it_ends_for_ever(tenant: Tenant, end: Ending) -> None:
    """Ended by its user, an administrator or its agent it is dead at once, and cannot be resumed or suspended."""
    granted = tenant.grant(unattended=True)
    token, by_receipt = tenant.token(), tenant.redeem(granted["receipt"]).json()["access_token"]
    assert tenant.may(by_receipt)
    end(tenant, granted)
    assert tenant.status(granted) == "revoked"
    assert (tenant.seen(token), tenant.actions(by_receipt)) == (DEAD, [])
    assert tenant.redeem(granted["receipt"]).status_code == 400
    assert tenant.hand(tenant.anne, "POST", granted["id"], "/resume").status_code == 409
    assert tenant.hand(tenant.anne, "POST", granted["id"], "/suspend").status_code == 409
    assert tenant.manage("POST", f"/delegations/{granted['id']}/resume").status_code == 409
    assert tenant.status(granted) == "revoked"
    assert tenant.seen(token) == DEAD


@pytest.mark.threat("S6")
@pytest.mark.parametrize("end", ENDINGS)
def test_granting_the_same_again_revives_nothing(tenant: Tenant, end: Ending) -> None:
    """A new grant of the same is a new delegation; tokens and the receipt of the old one stay dead."""
    granted = tenant.grant(unattended=True)
    token = tenant.token()
    end(tenant, granted)
    again = tenant.grant(unattended=True)
    assert again["id"] != granted["id"]
    assert tenant.seen(token) == Seen(introspected=False, evaluated=False, exchanged=True)
    assert tenant.redeem(granted["receipt"]).status_code == 400
    assert tenant.redeem(again["receipt"]).status_code == 200


def test_the_first_end_stays_on_record(tenant: Tenant) -> None:
    """Who ended a delegation and when is what the first ending says, however often it is ended again."""
    granted = tenant.grant(unattended=True)
    by_its_user(tenant, granted)
    ended_at = tenant.now
    tenant.house.clock.advance(timedelta(seconds=60))
    by_an_administrator(tenant, granted)
    by_its_agent(tenant, granted)
    shown = tenant.hand(tenant.anne, "GET", granted["id"]).json()
    assert (shown["ended_at"], shown["ended_by"]) == (ended_at, f"user:{tenant.anne}")


@pytest.mark.threat("P21")
def test_nobody_else_ends_or_resumes_it(tenant: Tenant) -> None:
    """Another user, and an agent that does not hold it, can neither end nor change a delegation."""
    granted = tenant.grant(unattended=True)
    writer = tenant.agent("writer")
    tenant.assign(f"user:{tenant.bob}", "workspace-admin", "workspace:design")
    for method, verb in (("DELETE", ""), ("POST", "/suspend"), ("POST", "/resume")):
        assert tenant.hand(tenant.bob, method, granted["id"], verb).status_code == 404
    assert tenant.give_up(granted["receipt"], writer).json()["error"] == "invalid_grant"
    assert tenant.seen(tenant.token()) == ALIVE


def test_an_agent_gives_up_a_token_and_keeps_the_delegation(tenant: Tenant) -> None:
    """Revoking an access token ends that token alone."""
    tenant.grant()
    given_up, kept = tenant.token(), tenant.token()
    assert tenant.give_up(given_up).status_code == 200
    assert tenant.give_up(given_up).status_code == 200
    assert (tenant.actions(given_up), tenant.may(given_up)) == ([], False)
    assert tenant.seen(kept) == ALIVE


@pytest.mark.parametrize("what", ["nonsense", "a.b.c", "", "user token"])
def test_giving_up_what_is_nothing_changes_nothing(tenant: Tenant, what: str) -> None:
    """Revoking what is no token of the agent's is no error and no change, except that something must be named."""
    granted = tenant.grant()
    token = tenant.token()
    presented = tenant.house.user_token(tenant.anne) if what == "user token" else what
    assert tenant.give_up(presented).status_code == (200 if what else 400)
    assert (tenant.status(granted), tenant.seen(token)) == ("active", ALIVE)


@pytest.mark.threat("S6")
def test_nobody_gives_up_anothers_token(tenant: Tenant) -> None:
    """An agent that presents another agent's token is told so and ends nothing."""
    tenant.grant()
    token, writer = tenant.token(), tenant.agent("writer")
    answer = tenant.give_up(token, writer)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert tenant.may(token)


def test_a_suspended_agent_may_still_give_things_up(tenant: Tenant) -> None:
    """An agent that is suspended gets nothing, and can end what it holds."""
    granted = tenant.grant(unattended=True)
    tenant.house.must("PATCH", f"/agents/{tenant.planner.id}", {"status": "suspended"})
    assert tenant.redeem(granted["receipt"]).status_code == 400
    assert tenant.give_up(granted["receipt"]).status_code == 200
    tenant.house.must("PATCH", f"/agents/{tenant.planner.id}", {"status": "active"})
    assert tenant.status(granted) == "revoked"


@pytest.mark.threat("I19")
@pytest.mark.semantics("5")
def test_a_denial_names_the_delegation_that_is_not_in_force(tenant: Tenant) -> None:
    """The answer about a token of an ended delegation names status as the term and the delegation as the hop."""
    granted = tenant.grant()
    token = tenant.token()
    by_its_user(tenant, granted)
    told = tenant.why(token)
    assert told["reason"] == "delegation_revoked"
    assert told["failing"] == {"term": "status", "delegation_id": granted["id"], "hop": 1}
    assert tenant.exchange(details=tenant.details(APOLLO)).json()["consent_uri"]
