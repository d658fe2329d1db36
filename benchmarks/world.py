"""The world that is measured: one organization with a tree, groups and assignments, two agents, a delegation each.

Anne may do what she may through two nested groups, by a role two levels above the project that she lets agents edit.
"""

import base64
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import httpx2
from joserfc.jwk import ECKey

from benchmarks.administration import ORGANIZATION, Administration
from benchmarks.children import Deployment

DOCUMENTS: Final = "https://documents.example"
WORKSPACE: Final = "workspace:w0"
PROJECT: Final = "project:w0-p0"
APP: Final = "w0-p0-a0"
ROLE: Final = "project-editor"
CHAIN_LENGTH: Final = 5
_CEILING: Final = {"resource": WORKSPACE, "roles": ["workspace-member"]}
_WISH: Final = {
    "organization": ORGANIZATION,
    "resource": PROJECT,
    "roles": [ROLE],
    "expires_in": 7_200,
    "unattended": True,
}
_ROLES: Final = {
    "workspace": ("workspace-member", "workspace-admin"),
    "project": ("project-editor", "project-viewer"),
    "app": ("app-viewer",),
}


@dataclass(frozen=True, slots=True)
class Size:
    """How large the organization is."""

    workspaces: int = 5
    projects: int = 4
    """In each workspace."""
    apps: int = 4
    """In each project."""
    users: int = 100
    groups: int = 20
    assignments: int = 2_000

    def resources(self) -> Iterator[tuple[str, str | None]]:
        """Yield each resource with its parent, parents first: four levels with the organization."""
        for w in range(self.workspaces):
            yield f"workspace:w{w}", None
            for p in range(self.projects):
                yield f"project:w{w}-p{p}", f"workspace:w{w}"
                for a in range(self.apps):
                    yield f"app:w{w}-p{p}-a{a}", f"project:w{w}-p{p}"


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent's credentials and the receipt of its delegation."""

    id: str
    secret: str
    """Empty for an agent that signs."""
    receipt: str


@dataclass(frozen=True, slots=True)
class World:
    """What requests are made of."""

    deployment: Deployment
    service_id: str
    service_secret: str
    planner: Agent
    last: Agent
    """The last of a chain that begins with the planner and has as many agents as a deployment lets it have."""
    signer: Agent
    signing_key: ECKey
    user_token: str


def furnish(deployment: Deployment, size: Size) -> World:
    """Return the world, made in an empty deployment that is being served. Raises NotFurnished."""
    with httpx2.Client(base_url=deployment.issuer, timeout=30.0) as http:
        administration = Administration(http, deployment.administrator)
        _build(administration, size)
        secret = administration.register_service("documents", DOCUMENTS)
        key = ECKey.generate_key("P-256")
        jwks: dict[str, Any] = {"keys": [key.as_dict(private=False)]}
        planner = _agent(administration, deployment, "planner", {"secret": True})
        return World(
            deployment=deployment,
            service_id="documents",
            service_secret=secret,
            planner=planner,
            last=_last_of_chain(administration, planner),
            signer=_agent(administration, deployment, "signer", {"jwks": jwks}),
            signing_key=key,
            user_token=administration.user_token("anne", deployment.issuer),
        )


def _build(administration: Administration, size: Size) -> None:
    administration.create_organization()
    for resource, parent in size.resources():
        administration.add_resource(resource, parent)
    for user in _users(size):
        administration.add_user(user)
    _build_groups(administration, size)
    administration.assign("group:group1#member", "workspace-member", WORKSPACE)
    for principal, role, resource in _assignments(size):
        administration.assign(principal, role, resource)


def _users(size: Size) -> list[str]:
    return ["anne", *(f"user{n}" for n in range(1, size.users))]


def _build_groups(administration: Administration, size: Size) -> None:
    """Nest groups in rows of four; Anne is in the first one, and so in the first row."""
    chance = random.Random(1)
    for n in range(size.groups):
        administration.add_group(f"group{n}")
        if n % 4:
            administration.add_member(f"group{n}", f"group:group{n - 1}#member")
        for user in chance.sample(_users(size)[1:], 5):
            administration.add_member(f"group{n}", f"user:{user}")
    administration.add_member("group0", "user:anne")


def _assignments(size: Size) -> Iterator[tuple[str, str, str]]:
    """Yield who holds what where, apart from Anne and her groups."""
    chance = random.Random(2)
    resources = [resource for resource, _ in size.resources()]
    groups = [f"group:group{n}#member" for n in range(4, size.groups)]
    principals = [*(f"user:{user}" for user in _users(size)[1:]), *groups]
    for _ in range(size.assignments):
        resource = chance.choice(resources)
        yield chance.choice(principals), chance.choice(_ROLES[resource.partition(":")[0]]), resource


def _last_of_chain(administration: Administration, first: Agent) -> Agent:
    """Let each agent delegate the same further, and return the last that can."""
    agent = first
    for hop in range(1, CHAIN_LENGTH):
        id = f"hop{hop}"
        secret = administration.register_agent(id, {"secret": True}, _CEILING)
        wish = {**_WISH, "agent": id, "depth": CHAIN_LENGTH - 1 - hop, "expires_in": 7_200 - hop}
        made = administration.delegate(claimed_delegation(agent.receipt), wish, agent.id, agent.secret)
        agent = Agent(id, secret, str(made["receipt"]))
    return agent


def claimed_delegation(receipt: str) -> str:
    """Return the delegation that a receipt is of."""
    segment = receipt.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    return str(claims["delegation_id"])


def _agent(administration: Administration, deployment: Deployment, id: str, credential: dict[str, Any]) -> Agent:
    secret = administration.register_agent(id, credential, _CEILING)
    by_hand = administration.user_token("anne", f"{deployment.issuer}/delegations")
    wish = {**_WISH, "agent": id, "depth": CHAIN_LENGTH - 1}
    granted = administration.ask("POST", "/delegations", wish, bearer=by_hand)
    return Agent(id, secret, str(granted["receipt"]))
