"""The world that is measured: the organization, a service, two agents with a delegation each, and a chain of agents."""

import base64
import json
from dataclasses import dataclass
from typing import Any, Final

import httpx2
from joserfc.jwk import ECKey

from benchmarks.administration import ORGANIZATION, Administration
from benchmarks.children import Deployment
from benchmarks.organization import PROJECT, WORKSPACE, Size

DOCUMENTS: Final = "https://documents.example"
ROLE: Final = "project-editor"
CHAIN_LENGTH: Final = 5
"""As many delegations as a deployment lets a chain have."""
_CEILING: Final = {"resource": WORKSPACE, "roles": ["workspace-member"]}
_WISH: Final = {
    "organization": ORGANIZATION,
    "resource": PROJECT,
    "roles": [ROLE],
    "expires_in": 7_200,
    "unattended": True,
}


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
    chain: tuple[Agent, ...]
    """The agents of a chain: each has a secret and what the one before delegated to it, the first what Anne did."""
    signer: Agent
    signing_key: ECKey
    user_token: str

    @property
    def planner(self) -> Agent:
        """The agent that Anne delegates to, and that begins the chain."""
        return self.chain[0]


def furnish(deployment: Deployment, size: Size) -> World:
    """Return the world, made in an empty deployment that is being served. Raises NotFurnished."""
    with httpx2.Client(base_url=deployment.issuer, timeout=30.0) as http:
        administration = Administration(http, deployment.administrator)
        build(administration, size)
        secret = administration.register_service("documents", DOCUMENTS)
        key = ECKey.generate_key("P-256")
        jwks: dict[str, Any] = {"keys": [key.as_dict(private=False)]}
        planner = _agent(administration, deployment, "planner", {"secret": True})
        return World(
            deployment=deployment,
            service_id="documents",
            service_secret=secret,
            chain=_chain(administration, planner),
            signer=_agent(administration, deployment, "signer", {"jwks": jwks}),
            signing_key=key,
            user_token=administration.user_token("anne", deployment.issuer),
        )


def build(administration: Administration, size: Size) -> None:
    """Make the organization in an empty deployment. Raises NotFurnished."""
    administration.create_organization()
    for resource, parent in size.resources():
        administration.add_resource(resource, parent)
    for user in size.people():
        administration.add_user(user)
    for n in range(size.groups):
        administration.add_group(f"group{n}")
    for group, member in size.members():
        administration.add_member(group, member)
    for principal, role, resource in size.held():
        administration.assign(principal, role, resource)


def _chain(administration: Administration, first: Agent) -> tuple[Agent, ...]:
    """Let each agent delegate the same further, and return all of them, the last of which cannot."""
    agents = [first]
    for hop in range(1, CHAIN_LENGTH):
        id = f"hop{hop}"
        secret = administration.register_agent(id, {"secret": True}, _CEILING)
        wish = {**_WISH, "agent": id, "depth": CHAIN_LENGTH - 1 - hop, "expires_in": 7_200 - hop}
        above = agents[-1]
        made = administration.delegate(claimed_delegation(above.receipt), wish, above.id, above.secret)
        agents.append(Agent(id, secret, str(made["receipt"])))
    return tuple(agents)


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
