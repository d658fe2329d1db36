"""Two different ids are never one, from the first request to the last decision, on either database."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx2
import pytest

from tests.confusables import DIRTY, FAMILIES, IDS
from tests.directory.routes import asked
from tests.end_to_end.deployment import ADMINISTRATOR, JSON, Agent, Deployment
from tests.end_to_end.identity_provider import trusted
from tests.end_to_end.tenant import EDITOR, Tenant

pytestmark = [pytest.mark.semantics("1"), pytest.mark.threat("9")]

WORKSPACE = "workspace:design"
MANY_BYTES = "many bytes"
SHORT = {name: family for name, family in FAMILIES.items() if name != MANY_BYTES}
"""Ids of which a user, an agent and a resource may have one each and still fit into one token."""


def project(id: str) -> str:
    """Return the resource of an id."""
    return f"project:{id}"


def of_agent(id: str) -> str:
    """Return the id of the agent that belongs to an id: users and agents share one namespace."""
    return f"~{id}" if len(id) < 256 else f"~{id[1:]}"


@dataclass(frozen=True)
class Twins:
    """An organization in which everything is there once for each id: user, agent, group and project.

    Each user belongs to the group and edits the project of the same id, and has granted it to the agent of that id.
    """

    tenant: Tenant
    agents: Mapping[str, Agent]
    delegations: Mapping[str, str]

    def token(self, id: str) -> str:
        """Return the token that an agent has for its user's project."""
        return self.tenant.token(id, self.agents[id], details=self.tenant.details(project(id)))


def ask(tenant: Tenant, command: str, **fields: Any) -> httpx2.Response:
    """Send a management request about an organization."""
    request = asked(command, fields)
    headers = {"Authorization": f"Bearer {ADMINISTRATOR}"}
    return tenant.house.http.request(request.method, request.path, json=request.body, headers=headers)


def do(tenant: Tenant, command: str, **fields: Any) -> JSON:
    """Send a management request that has to succeed; return its answer."""
    answer = ask(tenant, command, **fields)
    assert answer.is_success, f"{command} {fields}: {answer.text}"
    document: JSON = answer.json()
    return document


@pytest.fixture(scope="module")
def twins(found_tenant: Callable[[], Tenant], house: Deployment) -> Twins:
    """Everything once for each id, made in the reverse order of that in which it is listed."""
    tenant, agents, delegations = found_tenant(), {}, {}
    here = {"organization": tenant.id}
    for id in sorted(IDS, reverse=True):
        do(tenant, "create-user", id=id)
        do(tenant, "put-membership", **here, user=id)
        do(tenant, "create-group", **here, id=id)
        do(tenant, "add-group-member", **here, group=id, member=f"user:{id}")
        do(tenant, "create-resource", **here, resource=project(id), parent="workspace:sales")
        do(tenant, "assign", **here, principal=f"group:{id}#member", role=EDITOR, resource=project(id))
        registered = do(tenant, "register-agent", id=of_agent(id), secret=True)
        do(tenant, "admit-agent", **here, agent=of_agent(id), ceiling="none")
        # In Basic credentials the id is form-encoded (RFC 6749 §2.3.1).
        agents[id] = Agent(quote(of_agent(id), safe=""), registered["client_secret"])
        granted = house.grant(id, of_agent(id), project(id), EDITOR, organization=tenant.id)
        delegations[id] = granted["id"]
    return Twins(tenant, agents, delegations)


def test_lists_name_each_twin_once_and_in_order(twins: Twins) -> None:
    """What is listed is there once for each id, as it was given, in the order of code points on both databases."""
    seen = twins.tenant.must("GET", "")
    assert seen["groups"] == sorted(IDS)
    assert [agent for agent in seen["agents"] if agent.startswith("~")] == sorted(map(of_agent, IDS))
    projects = [one["resource"] for one in seen["resources"] if one["parent"] == "workspace:sales"]
    assert projects == sorted([*map(project, IDS), "project:forecast"])
    assert {user for user in seen["memberships"] if user in IDS} == set(IDS)


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_what_one_may_its_twins_may_not(twins: Twins, family: tuple[str, ...]) -> None:
    """Of ids that look alike each holds what was given to it, by itself and through its group, and nothing else."""
    for one in family:
        for other in family:
            assert twins.tenant.person_may(one, "document:edit", project(other)) is (one == other)


@pytest.mark.parametrize("family", SHORT.values(), ids=SHORT)
def test_a_token_of_one_is_no_token_of_its_twins(twins: Twins, family: tuple[str, ...]) -> None:
    """A token names its own user, agent and resource to the last byte, and allows nothing on any twin's."""
    tenant = twins.tenant
    for one in family:
        token = twins.token(one)
        told = tenant.house.introspect(tenant.documents, token)
        named = (told["sub"], told["act"]["sub"], told["authorization_details"][0]["identifier"])
        assert named == (one, of_agent(one), project(one))
        for other in family:
            assert tenant.may(token, "document:edit", project(other)) is (one == other)


def test_a_token_with_ids_of_too_many_bytes_is_refused_and_not_cut(twins: Twins) -> None:
    """Where three ids together are longer than a token may be, the agent is told so and gets none."""
    for id in FAMILIES[MANY_BYTES]:
        user_token, details = twins.tenant.house.user_token(id), twins.tenant.details(project(id))
        answer = twins.tenant.exchange(user_token, twins.agents[id], details=details)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_authorization_details")
        assert "4096 characters" in answer.json()["error_description"]


@pytest.mark.parametrize("family", SHORT.values(), ids=SHORT)
def test_an_agent_gets_nothing_as_or_for_a_twin(twins: Twins, family: tuple[str, ...]) -> None:
    """An agent's secret authenticates no twin, and a delegation to it covers no twin of user, agent or resource."""
    tenant, user_token = twins.tenant, twins.tenant.house.user_token
    for one, other in zip(family, (*family[1:], family[0]), strict=True):
        mine = tenant.details(project(one))
        impostor = Agent(twins.agents[other].id, twins.agents[one].secret)
        assert tenant.exchange(user_token(other), impostor, details=mine).status_code == 401
        assert tenant.exchange(user_token(one), twins.agents[other], details=mine).status_code == 400
        assert tenant.exchange(user_token(other), twins.agents[one], details=mine).status_code == 400
        assert tenant.exchange(user_token(one), twins.agents[one], details=tenant.details(project(other))).is_error
        assert tenant.exchange(user_token(one), twins.agents[one], details=mine).status_code == 200


@pytest.mark.parametrize("family", SHORT.values(), ids=SHORT)
def test_the_end_of_one_is_not_the_end_of_its_twins(twins: Twins, family: tuple[str, ...]) -> None:
    """What suspends a user, takes a role or moves a resource away reaches that one thing and none of its twins."""
    tenant = twins.tenant
    tokens = {id: twins.token(id) for id in family}
    one = family[len(family) // 2]
    here = {"organization": tenant.id}
    held = {**here, "principal": f"group:{one}#member", "role": EDITOR, "resource": project(one)}
    steps: list[tuple[tuple[str, dict[str, Any]], tuple[str, dict[str, Any]]]] = [
        (
            ("set-user-status", {"user": one, "status": "suspended"}),
            ("set-user-status", {"user": one, "status": "active"}),
        ),
        (("unassign", held), ("assign", held)),
        (
            ("remove-group-member", {**here, "group": one, "member": f"user:{one}"}),
            ("add-group-member", {**here, "group": one, "member": f"user:{one}"}),
        ),
        (
            ("put-membership", {**here, "user": one, "active": False}),
            ("put-membership", {**here, "user": one, "active": True}),
        ),
        (
            ("suspend-delegation", {**here, "id": twins.delegations[one]}),
            ("resume-delegation", {**here, "id": twins.delegations[one]}),
        ),
    ]
    for (there, fields), (back, restored) in steps:
        do(tenant, there, **fields)
        assert {id for id in family if not tenant.may(tokens[id], "document:edit", project(id))} == {one}
        do(tenant, back, **restored)
        assert all(tenant.may(tokens[id], "document:edit", project(id)) for id in family)


def test_a_name_given_to_one_is_given_to_no_second(twins: Twins) -> None:
    """Each id is taken by itself alone: it cannot be made again, and was free although its twins were there."""
    here = {"organization": twins.tenant.id}
    for id in IDS:
        assert ask(twins.tenant, "create-user", id=id).status_code == 409
        assert ask(twins.tenant, "register-agent", id=of_agent(id), secret=True).status_code == 409
        assert ask(twins.tenant, "create-group", **here, id=id).status_code == 409
        assert ask(twins.tenant, "create-resource", **here, resource=project(id), parent=WORKSPACE).status_code == 409


def test_linked_subjects_are_told_apart(twins: Twins, house: Deployment) -> None:
    """A provider's subject is the user it was linked to, and none of its twins, however they are spelled."""
    provider = trusted(house, f"idp-{twins.tenant.id}", subjects="linked")
    family = FAMILIES["anne"]
    for subject, user in zip(family, reversed(family), strict=True):
        do(twins.tenant, "link-identity", user=user, issuer=provider.issuer, subject=subject)
    for subject, user in zip(family, reversed(family), strict=True):
        details = twins.tenant.details(project(user))
        answer = twins.tenant.exchange(provider.token(subject), twins.agents[user], details=details)
        assert answer.status_code == 200, answer.text
        told = house.introspect(twins.tenant.documents, answer.json()["access_token"])
        assert told["sub"] == user


@pytest.mark.threat("8")
@pytest.mark.parametrize("text", DIRTY, ids=lambda text: ascii(text)[:20])
def test_what_is_no_id_is_refused_wherever_an_id_is_taken(twins: Twins, text: str) -> None:
    """Blanks, unseen characters, what is not in NFC or too long: refused, never repaired, and nothing changes."""
    tenant, here = twins.tenant, {"organization": twins.tenant.id}
    before = tenant.must("GET", "")
    made: list[tuple[str, dict[str, Any]]] = [
        ("create-organization", {"id": text}),
        ("create-user", {"id": text}),
        ("register-agent", {"id": text, "secret": True}),
        ("register-service", {"id": text, "audience": "https://twin.example"}),
        ("create-group", {**here, "id": text}),
        ("create-resource", {**here, "resource": project(text), "parent": WORKSPACE}),
        ("create-resource", {**here, "resource": "project:new", "parent": f"workspace:{text}"}),
        ("assign", {**here, "principal": f"user:{text}", "role": EDITOR, "resource": project("anne")}),
        ("assign", {**here, "principal": "user:anne", "role": EDITOR, "resource": project(text)}),
        ("assign", {**here, "principal": f"group:{text}#member", "role": EDITOR, "resource": project("anne")}),
        ("assign", {**here, "principal": "user:anne", "role": f"{EDITOR}{text}x", "resource": project("anne")}),
    ]
    for command, fields in made:
        answer = ask(tenant, command, **fields)
        assert answer.status_code in {400, 404, 422}, (command, answer.status_code, answer.text)
    for path in ("/users/{}", "/organizations/{}"):
        assert tenant.house.manage("DELETE", path.format(quote(text, safe=""))).status_code in {400, 403, 404, 405}
    assert tenant.must("GET", "") == before


@pytest.mark.threat("8")
@pytest.mark.parametrize("text", [text for text in DIRTY if text], ids=lambda text: ascii(text)[:20])
def test_what_is_no_id_names_nothing_in_a_question(twins: Twins, text: str) -> None:
    """A question or an exchange that spells an id uncleanly gets a no or an error, never the answer for its twin."""
    tenant, token = twins.tenant, twins.token("anne")
    service = (tenant.documents.id, tenant.documents.secret)
    subjects = ({"type": "user", "id": text}, {"type": "user", "id": "anne"}, {"type": "token", "id": token})
    for number, subject in enumerate(subjects):
        resource = {"type": "project", "id": "anne" if number == 0 else text}
        if number < 2:
            resource["properties"] = {"organization": tenant.id}  # type: ignore[assignment]  # of members that are text
        question = {"subject": subject, "action": {"name": "document:edit"}, "resource": resource}
        answer = tenant.house.http.post("/access/v1/evaluation", json=question, auth=service)
        assert answer.status_code == 400 or answer.json()["decision"] is False, answer.text
    asked_for = tenant.details(project(text))
    answer = tenant.exchange(tenant.house.user_token("anne"), twins.agents["anne"], details=asked_for)
    assert answer.status_code == 400, answer.text


@pytest.mark.parametrize("slug", ["org-Painter", "org-painter ", "org-p\u0430inter", "org-\uff50ainter", "ORG-painter"])
def test_roles_have_slugs_that_cannot_be_confused(settled: Tenant, slug: str) -> None:
    """A role's slug is of small ASCII letters, digits, `-` and `_`, so most twins cannot even be made."""
    settled.role("org-painter", "project", "project:view")
    body = {"type": "project", "permissions": ["document:edit"]}
    assert settled.manage("PUT", f"/roles/{quote(slug, safe='')}", body).status_code in {400, 422}
