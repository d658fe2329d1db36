"""What strikes are aimed at: each subject has a user, a group, an agent, a project and a delegation of its own."""

import asyncio
import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

from joserfc.jwk import ECKey

from tests.durability.world import ACCESS_TOKEN, DOCUMENTS, EXCHANGE, ISSUER, SECRET, SERVICE, World
from tests.linearizability.judging import Life
from tests.linearizability.launching import Replicas
from tests.linearizability.wire import Client, basic, bearer, in_form, in_json

ROLE: Final = "project-editor"
ACTION: Final = "document:edit"
HOME: Final = "workspace:design"
RETIRED: Final = 50
"""Dead tokens of a subject that are still asked about."""


@dataclass(frozen=True, eq=False, slots=True)
class Held:
    """A token, the two questions about it, and what may be answered."""

    organization: str
    text: str
    questions: Mapping[str, bytes]
    life: Life


@dataclass(eq=False)
class Subject:
    """A user who holds a role through a group of their own, and an agent that acts for the user in one project."""

    world: World
    organization: str
    number: str
    delegation: str = ""
    held: Held = field(init=False)
    retired: deque[Held] = field(default_factory=lambda: deque(maxlen=RETIRED))

    @property
    def names(self) -> dict[str, str]:
        """Return what the paths of strikes are filled in with."""
        return {"o": self.organization, "n": self.number, "dlg": self.delegation}

    @property
    def project(self) -> str:
        """The project that the delegation and the token are for."""
        return f"project:p{self.number}"

    @property
    def administrator(self) -> str:
        """The administrator's credentials."""
        return bearer(self.world.secret)

    @property
    def hand(self) -> str:
        """The credentials of the user's own hand."""
        return bearer(self.world.person(f"u{self.number}", f"{self.world.issuer}/delegations"))

    @property
    def agent(self) -> str:
        """The agent's credentials."""
        return basic(f"a{self.number}", SECRET)

    async def grant(self, client: Client, process: int) -> None:
        """Let the user grant a delegation."""
        body = {
            "organization": self.organization,
            "agent": f"a{self.number}",
            "resource": self.project,
            "roles": [ROLE],
            "permissions": [ACTION],
            "expires_in": 86_400,
        }
        answer = await client.must(process, in_json("POST", "/delegations", body, self.hand))
        self.delegation = str(answer.body["id"])

    async def exchange(self, client: Client, process: int) -> None:
        """Let the agent get a token on the delegation."""
        entry = {"type": "resource_role", "delegation_id": self.delegation, "organization": self.organization}
        form = {
            "grant_type": EXCHANGE,
            "subject_token": self.world.person(f"u{self.number}", self.world.issuer),
            "subject_token_type": ACCESS_TOKEN,
            "resource": DOCUMENTS,
            "authorization_details": json.dumps([{**entry, "identifier": self.project, "privileges": [ROLE]}]),
        }
        answer = await client.must(process, in_form("/token", form, self.agent))
        token = str(answer.body["access_token"])
        self.held = Held(self.organization, token, questions(token, self.project), Life(monotonic()))


def questions(token: str, resource: str) -> Mapping[str, bytes]:
    """Return the two questions of a service about a token."""
    kind, _, name = resource.partition(":")
    question = {
        "subject": {"type": "token", "id": token},
        "action": {"name": ACTION},
        "resource": {"type": kind, "id": name},
    }
    return {
        "introspection": in_form("/introspect", {"token": token}, basic(*SERVICE)),
        "evaluation": in_json("POST", "/access/v1/evaluation", question, basic(*SERVICE)),
    }


async def opened(replicas: Replicas) -> World:
    """Make known who vouches for people, and the service that asks."""
    key = ECKey.generate_key("P-256")
    provider = {"issuer": ISSUER, "jwks": {"keys": [key.as_dict(private=False)]}, "subjects": "same"}
    service = {"id": SERVICE[0], "audience": DOCUMENTS, "secret": SECRET}
    client = await Client.of(replicas.ports)
    credentials = bearer(replicas.secret)
    await client.must(0, in_json("PUT", "/identity-providers/people", provider, credentials))
    await client.must(0, in_json("POST", "/services", service, credentials))
    client.close()
    return World(replicas.issuer, replicas.secret, key)


async def founded(world: World, replicas: Replicas, season: int, *, organizations: int, each: int) -> list[Subject]:
    """Found organizations with so many subjects in each; no name was used in another season."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_organization(world, replicas, f"{season}-{o}", each)) for o in range(organizations)]
    return [subject for task in tasks for subject in task.result()]


async def _organization(world: World, replicas: Replicas, name: str, each: int) -> list[Subject]:
    client = await Client.of(replicas.ports)
    organization = f"org-{name}"
    here = f"/organizations/{organization}"

    async def must(method: str, path: str, body: object = None) -> None:
        await client.must(0, in_json(method, path, body, bearer(world.secret)))

    await must("POST", "/organizations", {"id": organization})
    await must("PUT", f"{here}/services/{SERVICE[0]}")
    for workspace in (HOME, "workspace:sales"):
        await must("POST", f"{here}/resources", {"resource": workspace, "parent": None})
    subjects = [Subject(world, organization, f"{name}-{number}") for number in range(each)]
    for subject in subjects:
        n = subject.number
        await must("POST", f"{here}/resources", {"resource": subject.project, "parent": HOME})
        await must("POST", "/users", {"id": f"u{n}"})
        await must("PUT", f"{here}/memberships/u{n}")
        await must("POST", f"{here}/groups", {"id": f"g{n}"})
        await must("PUT", f"{here}/groups/g{n}/members/user:u{n}")
        await must("PUT", f"{here}/roles/org-r{n}", {"type": "workspace", "permissions": ["app:edit", ACTION]})
        await must("PUT", f"{here}/assignments?principal=group:g{n}%23member&role=org-r{n}&resource={HOME}")
        await must("POST", "/agents", {"id": f"a{n}", "secret": SECRET})
        await must("PUT", f"{here}/agents/a{n}", {"ceiling": "none"})
        await subject.grant(client, 0)
        await subject.exchange(client, 0)
    client.close()
    return subjects
