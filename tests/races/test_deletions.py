"""Something is deleted while somebody uses it: whoever comes first, nothing of what was deleted is left in force."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from tests.databases import rows
from tests.directory.routes import asked
from tests.end_to_end.deployment import JSON
from tests.end_to_end.tenant import EDITOR, Tenant
from tests.races.replicas import Replicas, Send, managed

pytestmark = [pytest.mark.semantics("4")]

ROUNDS = [20, pytest.param(200, marks=pytest.mark.slow)]
PROJECT = "project:doomed"
GONE = {
    "resource": "delete-resource",
    "agent admitted": "dismiss-agent",
    "member": "remove-membership",
    "role": "delete-organization-role",
}


@dataclass(frozen=True)
class Doomed:
    """A user, an agent, a project, a role and a group of one organization, that only one round uses."""

    tenant: Tenant
    number: int

    @property
    def named(self) -> Mapping[str, str]:
        """The names of its things, by what they are called in commands."""
        own = f"{self.number}.{self.tenant.id}"
        return {
            "user": f"user{own}",
            "agent": self.tenant.planner.id,
            "resource": f"{PROJECT}{self.number}",
            "slug": f"org-doomed{self.number}",
            "group": f"group{self.number}",
        }

    def ask(self, command: str, **fields: Any) -> Send:
        """Return how a management request about the organization is sent."""
        return managed(asked(command, {"organization": self.tenant.id, **fields}))

    def do(self, command: str, **fields: Any) -> None:
        """Send a management request that has to succeed."""
        answer = self.ask(command, **fields)(self.tenant.house.http)
        assert answer.is_success, f"{command}: {answer.text}"

    def make(self) -> None:
        """Make all of it."""
        name = self.named
        self.tenant.house.user(name["user"], self.tenant.id)
        self.do("create-resource", resource=name["resource"], parent="workspace:design")
        permissions = ["project:view", "document:edit"]
        self.do("put-organization-role", slug=name["slug"], type="project", permissions=permissions)
        self.do("create-group", id=name["group"])
        self.do("admit-agent", agent=name["agent"], ceiling="none")
        self.do("assign", principal=f"user:{name['user']}", role=EDITOR, resource=name["resource"])

    def grant(self) -> Send:
        """Return how the user grants the role on the project to the agent."""
        name, house = self.named, self.tenant.house
        token = house.user_token(name["user"], audience=f"{house.issuer}/delegations")
        body = {"organization": self.tenant.id, "agent": name["agent"], "resource": name["resource"]}
        wish = {**body, "roles": [name["slug"]], "expires_in": 1800}
        return lambda http: http.post("/delegations", json=wish, headers={"Authorization": f"Bearer {token}"})

    def granted(self, replicas: Replicas) -> list[JSON]:
        """Return the user's delegations, as both servers show them to an administrator."""
        shown = replicas.shown(f"/organizations/{self.tenant.id}/delegations")["delegations"]
        return [one for one in shown if one["user"] == self.named["user"]]

    def kept(self, statement: str, **values: str) -> int:
        """Return how many rows of the organization a condition holds for."""
        database = self.tenant.house.settings.database
        query = f"SELECT count(*) FROM {statement}"  # noqa: S608 - each statement stands in this file
        [(found,)] = rows(database, query, partition=f"org:{self.tenant.id}", **values)
        return int(found)


def key(doomed: Doomed, kind: str) -> dict[str, str]:
    """Return what names the thing that goes."""
    name = {"resource": "resource", "agent admitted": "agent", "member": "user", "role": "slug"}[kind]
    return {name: doomed.named[name]}


def succeeded(answer: httpx2.Response, refused: set[int]) -> bool:
    """Return whether a request was done; fails unless it was refused as it should be otherwise."""
    assert answer.is_success or answer.status_code in refused, answer.text
    return answer.is_success


@pytest.mark.parametrize("rounds", ROUNDS)
@pytest.mark.parametrize("kind", GONE)
def test_no_delegation_outlives_what_it_hangs_on(replicas: Replicas, tenant: Tenant, kind: str, rounds: int) -> None:
    """A delegation granted while its resource, agent, user or role goes was refused, or ended for ever with it."""
    for number in range(rounds):
        doomed = Doomed(tenant, number)
        doomed.make()
        cascade = {"cascade": True} if kind == "resource" else {}
        end = doomed.ask(GONE[kind], **key(doomed, kind), **cascade)
        pair = [doomed.grant(), end]
        granting, ending = replicas.race(pair) if number % 2 else replicas.race(pair[::-1])[::-1]
        assert ending.is_success, ending.text
        made = succeeded(granting, {400, 401, 403, 404, 409, 422})
        left = doomed.granted(replicas)
        assert [one["id"] for one in left] == ([granting.json()["id"]] if made else [])
        assert {one["status"] for one in left} <= {"revoked"}
        if made:
            assert ending.json()["revoked"] == [granting.json()["id"]]
            assert granting.json()["revision"] < ending.json()["revision"]


USES: dict[str, tuple[str, Callable[[Mapping[str, str]], dict[str, Any]], str]] = {
    "role": (
        "delete-organization-role",
        lambda name: {"slug": name["slug"]},
        "assignments WHERE partition = :partition AND role = :slug",
    ),
    "resource": (
        "delete-resource",
        lambda name: {"resource": name["resource"], "cascade": True},
        "assignments WHERE partition = :partition AND resource = :resource",
    ),
    "member": (
        "remove-membership",
        lambda name: {"user": name["user"]},
        "assignments WHERE partition = :partition AND principal = :principal",
    ),
}


@pytest.mark.parametrize("rounds", ROUNDS)
@pytest.mark.parametrize("kind", USES)
def test_no_assignment_outlives_what_it_names(replicas: Replicas, tenant: Tenant, kind: str, rounds: int) -> None:
    """A role assigned while it, its resource or its holder goes was refused, or went with it."""
    command, fields, left = USES[kind]
    for number in range(rounds):
        doomed = Doomed(tenant, number)
        doomed.make()
        name = doomed.named
        principal = f"user:{name['user']}"
        use = doomed.ask("assign", principal=principal, role=name["slug"], resource=name["resource"])
        pair = [use, doomed.ask(command, **fields(name))]
        assigning, ending = replicas.race(pair) if number % 2 else replicas.race(pair[::-1])[::-1]
        assert ending.is_success, ending.text
        succeeded(assigning, {404})
        values = {"slug": name["slug"], "resource": name["resource"], "principal": principal}
        used = {word: value for word, value in values.items() if f":{word}" in left}
        assert doomed.kept(left, **used) == 0


@pytest.mark.parametrize("rounds", ROUNDS)
def test_no_member_outlives_its_group(replicas: Replicas, tenant: Tenant, rounds: int) -> None:
    """A member put into a group, and a role given to it, while it is deleted: refused, or gone with it."""
    for number in range(rounds):
        doomed = Doomed(tenant, number)
        doomed.make()
        name = doomed.named
        members = f"group:{name['group']}#member"
        joining, assigning, ending = replicas.race(
            [
                doomed.ask("add-group-member", group=name["group"], member=f"user:{name['user']}"),
                doomed.ask("assign", principal=members, role=name["slug"], resource=name["resource"]),
                doomed.ask("delete-group", id=name["group"]),
            ]
        )
        assert ending.is_success, ending.text
        for answer in (joining, assigning):
            succeeded(answer, {404})
        assert doomed.kept('group_members WHERE partition = :partition AND "group" = :id', id=name["group"]) == 0
        assert doomed.kept("assignments WHERE partition = :partition AND principal = :id", id=members) == 0
