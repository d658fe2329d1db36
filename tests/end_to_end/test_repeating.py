"""Requests that are repeated under an idempotency key: one thing is made, and every repetition has its answer."""

from collections.abc import Callable
from typing import Final

import httpx2
import pytest

from delegation.web.management import ROUTES
from tests.end_to_end.deployment import ADMINISTRATOR, JSON
from tests.end_to_end.identity_provider import trusted
from tests.end_to_end.repeating import ask, code, new, post, same
from tests.end_to_end.tenant import Tenant

pytestmark = pytest.mark.threat("R6")

Creation = Callable[[Tenant], tuple[str, JSON]]

CREATIONS: Final[dict[str, Creation]] = {
    "/organizations": lambda _: ("/organizations", {"id": new("o")}),
    "/users": lambda _: ("/users", {"id": new("u")}),
    "/agents": lambda _: ("/agents", {"id": new("a"), "secret": True}),
    "/services": lambda _: ("/services", {"id": new("s"), "audience": f"https://{new('s')}.example"}),
    "/organizations/{organization}/groups": lambda t: (f"/organizations/{t.id}/groups", {"id": new("g")}),
    "/organizations/{organization}/resources": lambda t: (
        f"/organizations/{t.id}/resources",
        {"resource": f"project:{new('p')}", "parent": "workspace:design"},
    ),
    "/users/{user}/identities": lambda t: (
        f"/users/{t.anne}/identities",
        {"issuer": trusted(t.house, new("idp")).issuer, "subject": "anne"},
    ),
}


REPLACEMENTS: Final[dict[str, Creation]] = {
    "/agents/{id}/credentials": lambda t: (f"/agents/{t.planner.id}/credentials", {"secret": True}),
    "/services/{id}/secrets": lambda t: (f"/services/{t.documents.id}/secrets", {}),
}
"""What can be made any number of times."""


def test_every_creation_can_be_repeated() -> None:
    """The creations tried below are all that the management surface has; relationships are repeated by a flag."""
    posts = {route.path for route in ROUTES if route.methods is not None and "POST" in route.methods}
    repeated = ("/suspend", "/resume", "/relationships")
    assert CREATIONS.keys() | REPLACEMENTS.keys() == {path for path in posts if not path.endswith(repeated)}


@pytest.mark.parametrize("creation", CREATIONS.values(), ids=CREATIONS.keys())
def test_a_repeated_creation_has_the_same_answer(tenant: Tenant, creation: Creation) -> None:
    """Under one key the answer is the same each time, secrets included; under another the thing is there already."""
    path, body = creation(tenant)
    key = new("key")

    assert same([post(tenant.house, path, body, key) for _ in range(3)])
    assert code(post(tenant.house, path, body, new("key"))) == (409, "conflict")
    assert code(post(tenant.house, path, body, None)) == (409, "conflict")


@pytest.mark.parametrize("replacement", REPLACEMENTS.values(), ids=REPLACEMENTS.keys())
def test_a_repeated_replacement_has_the_same_answer(tenant: Tenant, replacement: Creation) -> None:
    """Under one key one secret is made, and told each time; under another, another one."""
    path, body = replacement(tenant)
    key = new("key")

    first = post(tenant.house, path, body, key)
    assert same([first, *(post(tenant.house, path, body, key) for _ in range(2))])
    assert post(tenant.house, path, body, new("key")).json()["client_secret"] != first.json()["client_secret"]


def test_a_repeated_grant_makes_one_delegation(tenant: Tenant) -> None:
    """Under one key there is one delegation, one receipt and one place to find it; without a key there are two."""
    key = new("key")
    first = ask(tenant, tenant.anne, key, unattended=True)
    tenant.join("carol")

    assert same([first, *(ask(tenant, tenant.anne, key, unattended=True) for _ in range(2))])
    assert first.json()["receipt"]
    assert first.headers["location"] == f"/delegations/{first.json()['id']}"
    assert first.headers["cache-control"] == "no-store"
    assert [one["id"] for one in tenant.must("GET", "/delegations")["delegations"]] == [first.json()["id"]]

    ask(tenant, tenant.anne, None, unattended=True)
    assert len(tenant.must("GET", "/delegations")["delegations"]) == 2


def test_the_repeated_receipt_is_worth_what_the_first_was(tenant: Tenant) -> None:
    """An answer that was lost and repeated can be used."""
    key = new("key")
    ask(tenant, tenant.anne, key, unattended=True)
    receipt = ask(tenant, tenant.anne, key, unattended=True).json()["receipt"]
    assert tenant.redeem(receipt).status_code == 200


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('"8e03978e-40d5-43dd-bc93-6894a57f9324"', "8e03978e-40d5-43dd-bc93-6894a57f9324"),
        ('"a/b=:+"', "a/b=:+"),
        (r'"a\"b\\c"', r'"a\"b\\c"'),
        ('"' + "k" * 255 + '"', "k" * 255),
    ],
)
def test_a_key_is_the_same_with_quotes_and_without(tenant: Tenant, one: str, other: str) -> None:
    """The header is a string of structured fields; a program that leaves out the quotes means the same."""
    path, body = f"/organizations/{tenant.id}/groups", {"id": "g"}
    assert same([post(tenant.house, path, body, key) for key in (one, other)])


@pytest.mark.parametrize(
    "key",
    [
        *("", '""', '"', "k" * 256, '"' + "k" * 256 + '"'),
        *("a b", '"a b"', '"a', 'a"', 'a"b', '"a"b"', r'"a\b"', r"a\b", '"a";p=1', "a;p", "a,b", '"a", "b"'),
    ],
)
def test_a_bad_key_is_refused(tenant: Tenant, key: str) -> None:
    """A key that is empty, too long or could be read in two ways is refused with what to do, and nothing is made."""
    group = {"id": new("g")}
    assert code(post(tenant.house, f"/organizations/{tenant.id}/groups", group, key)) == (400, "malformed")
    refused = ask(tenant, tenant.anne, key)
    assert code(refused) == (400, "malformed")
    assert "1 to 255 visible ASCII characters" in refused.json()["detail"]
    assert tenant.must("GET", "")["groups"] == []
    assert tenant.must("GET", "/delegations")["delegations"] == []


def test_a_key_that_is_not_ascii_is_refused(tenant: Tenant) -> None:
    """Neither octets nor letters beyond ASCII are a key."""
    for key in ("clé".encode(), "\xa0k".encode("latin-1")):
        headers = [(b"Authorization", f"Bearer {ADMINISTRATOR}".encode()), (b"Idempotency-Key", key)]
        answer = tenant.house.http.post(f"/organizations/{tenant.id}/groups", json={"id": "g"}, headers=headers)
        assert code(answer) == (400, "malformed")


def test_two_keys_are_refused(tenant: Tenant) -> None:
    """A request with two keys, even equal ones, is refused."""
    headers = [("Authorization", f"Bearer {ADMINISTRATOR}"), ("Idempotency-Key", "k"), ("Idempotency-Key", "k")]
    answer = tenant.house.http.post(f"/organizations/{tenant.id}/groups", json={"id": "g"}, headers=headers)
    assert code(answer) == (400, "malformed")
    assert tenant.must("GET", "")["groups"] == []


def test_another_request_under_the_key_is_refused(tenant: Tenant) -> None:
    """Another body, path or query under the key is refused, changes nothing and leaves the first answer as it was."""
    key, groups = new("key"), f"/organizations/{tenant.id}/groups"
    first = post(tenant.house, groups, {"id": "g"}, key)
    others = [
        post(tenant.house, groups, {"id": "h"}, key),
        post(tenant.house, groups, {"id": "g", "name": ""}, key),
        post(tenant.house, f"{groups}?name=x", {"id": "g"}, key),
        post(tenant.house, f"{groups}?id=g", None, key),
        post(tenant.house, "/organizations/elsewhere/groups", {"id": "g"}, key),
        post(tenant.house, "/users", {"id": "g"}, key),
    ]
    assert [code(other) for other in others] == [(422, "idempotency_key_reused")] * len(others)
    assert tenant.must("GET", "")["groups"] == ["g"]
    assert same([first, post(tenant.house, groups, {"id": "g"}, key)])


def test_the_same_body_for_something_else_is_another_request(tenant: Tenant) -> None:
    """What is asked for is in the path: a user and an organization of one name are two requests."""
    key, body = new("key"), {"id": new("n")}
    assert post(tenant.house, "/organizations", body, key).status_code == 201
    assert code(post(tenant.house, "/users", body, key)) == (422, "idempotency_key_reused")
    assert post(tenant.house, "/users", body, new("key")).status_code == 201


def test_the_same_request_in_other_words_is_the_same(tenant: Tenant) -> None:
    """Blanks, escapes and the order of members make no other request."""
    key, path = new("key"), f"/organizations/{tenant.id}/groups"
    headers = {
        "Authorization": f"Bearer {ADMINISTRATOR}",
        "Content-Type": "application/json",
        "Idempotency-Key": key,
    }
    texts = ['{"id":"g","name":"é"}', '{ "name": "\\u00e9",\n "id": "g" }']
    assert same([tenant.house.http.post(path, content=text.encode(), headers=headers) for text in texts])


def test_a_key_belongs_to_who_uses_it(tenant: Tenant) -> None:
    """Two people under one key are two requests: neither hears of the other's answer, nor that there is one."""
    key = new("key")
    tenant.assign(f"user:{tenant.bob}", "workspace-member", "workspace:design")
    answers = [ask(tenant, user, key) for user in (tenant.anne, tenant.bob)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert [answer.json()["user"] for answer in answers] == [tenant.anne, tenant.bob]
    refused = ask(tenant, tenant.bob, key, resource="project:zeus")
    assert code(refused) == (422, "idempotency_key_reused")


def test_a_key_of_the_bootstrap_administrator_is_no_persons(tenant: Tenant) -> None:
    """What the bootstrap administrator was answered is told to no other administrator under the same key."""
    provider, key = trusted(tenant.house, new("idp")), new("key")
    tenant.house.must("PUT", f"/administrators/{tenant.anne}")
    agent = {"id": new("a"), "secret": True}
    assert post(tenant.house, "/agents", agent, key).status_code == 201
    other = post(tenant.house, "/agents", agent, key, bearer=provider.to_manage(tenant.anne))
    assert code(other) == (409, "conflict")


def test_a_refusal_is_not_kept(tenant: Tenant) -> None:
    """What was refused changed nothing, so under the same key it may be tried again, and changed."""
    key, path = new("key"), f"/organizations/{tenant.id}/resources"
    child = {"resource": "app:x", "parent": "project:x"}
    assert post(tenant.house, path, child, key).status_code == 404
    tenant.resource("project:x", "workspace:design")
    assert same([post(tenant.house, path, child, key) for _ in range(2)])


def test_elsewhere_the_header_is_ignored(tenant: Tenant) -> None:
    """Where nothing is created any key is as good as none, and is used up by nothing."""
    delegation = tenant.grant()
    token = tenant.house.user_token(tenant.anne, audience=f"{tenant.house.issuer}/delegations")
    place = f"/delegations/{delegation['id']}"
    for key in ("k", "not, a key"):
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
        for verb in ("suspend", "resume", "suspend", "resume"):
            answer = tenant.house.http.post(f"{place}/{verb}?organization={tenant.id}", headers=headers)
            assert answer.status_code == 200
        for method in ("GET", "DELETE"):
            answer = tenant.house.http.request(method, f"{place}?organization={tenant.id}", headers=headers)
            assert answer.status_code == 200
        delegation = tenant.grant()
        place = f"/delegations/{delegation['id']}"
    assert ask(tenant, tenant.anne, "k").status_code == 201


def removed(tenant: Tenant) -> None:
    """Take the user out of the organization."""
    tenant.must("DELETE", f"/memberships/{tenant.anne}")


def off(tenant: Tenant) -> None:
    """Switch the membership off."""
    tenant.must("PUT", f"/memberships/{tenant.anne}", {"active": False})


def suspended(tenant: Tenant) -> None:
    """Suspend the user everywhere."""
    tenant.house.must("PATCH", f"/users/{tenant.anne}", {"status": "suspended"})


def gone(tenant: Tenant) -> None:
    """Delete the organization."""
    tenant.must("DELETE", "")


@pytest.mark.threat("5")
@pytest.mark.parametrize(
    ("lose", "status"),
    [(removed, 404), (off, 404), (suspended, 401), (gone, 404)],
    ids=lambda it: getattr(it, "__name__", it),
)
def test_who_lost_the_right_is_not_answered_again(tenant: Tenant, lose: Callable[[Tenant], None], status: int) -> None:
    """Who may not ask any longer gets the refusal of any request, with nothing of the answer, receipt included."""
    key = new("key")
    first = ask(tenant, tenant.anne, key, unattended=True)
    lose(tenant)
    again = ask(tenant, tenant.anne, key, unattended=True)

    assert again.status_code == status
    assert first.json()["receipt"] not in again.text
    other = ask(tenant, tenant.anne, key)
    assert (other.status_code, other.json()["code"]) == (again.status_code, again.json()["code"])


@pytest.mark.threat("5")
def test_an_administrator_who_was_dismissed_is_not_answered_again(tenant: Tenant) -> None:
    """A dismissed administrator does not see again the secret that was made under the key."""
    provider, key, agent = trusted(tenant.house, new("idp")), new("key"), {"id": new("a"), "secret": True}
    tenant.house.must("PUT", f"/administrators/{tenant.anne}")

    def send() -> httpx2.Response:
        return post(tenant.house, "/agents", agent, key, bearer=provider.to_manage(tenant.anne))

    first = send()
    assert same([first, send()])
    tenant.house.must("DELETE", f"/administrators/{tenant.anne}")
    assert code(send()) == (403, "forbidden")
    tenant.house.must("PUT", f"/administrators/{tenant.anne}")
    assert same([first, send()])
