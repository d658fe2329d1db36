"""Chains of agents in a tenant: each passes a part of what it may do on to the next."""

from dataclasses import dataclass
from typing import Any, Final

import httpx2

from tests.end_to_end.deployment import DOCUMENTS, JSON, Agent
from tests.end_to_end.tenant import APOLLO, EDITOR, Tenant

STOREFRONT: Final = "app:storefront"
VIEWER: Final = "project-viewer"


def ask_child(tenant: Tenant, agent: Agent, parent: str, /, **changed: Any) -> httpx2.Response:
    """Ask, as an agent by Basic, for a child of a delegation; what is None is left out."""
    body: JSON = {"organization": tenant.id, "resource": APOLLO, "roles": [EDITOR], "expires_in": 600, **changed}
    sent = {name: value for name, value in body.items() if value is not None}
    auth = (agent.id, agent.secret or "")
    return tenant.house.http.post(f"/delegations/{parent}/children", json=sent, auth=auth)


def child(tenant: Tenant, agent: Agent, parent: JSON, /, **changed: Any) -> JSON:
    """Return a child that has to be made."""
    answer = ask_child(tenant, agent, parent["id"], **changed)
    assert answer.status_code == 201, answer.text
    document: JSON = answer.json()
    return document


def end(tenant: Tenant, agent: Agent, delegation: JSON) -> httpx2.Response:
    """Let an agent end a delegation, by Basic."""
    path = f"/delegations/{delegation['id']}?organization={tenant.id}"
    return tenant.house.http.delete(path, auth=(agent.id, agent.secret or ""))


@dataclass(frozen=True)
class Chain:
    """Anne lets planner edit apollo; planner lets researcher view it, researcher lets fetcher view the app in it."""

    tenant: Tenant
    agents: tuple[Agent, Agent, Agent]
    links: tuple[JSON, JSON, JSON]

    def receipt(self, hop: int) -> str:
        """Return the receipt of a link, counted from 0."""
        return str(self.links[hop]["receipt"])

    def redeem(self, hop: int, **chosen: Any) -> httpx2.Response:
        """Ask for a token by the receipt of a link, for what the link gives."""
        return self.tenant.house.exchange(
            self.agents[hop],
            self.receipt(hop),
            subject_token_type="urn:ietf:params:oauth:token-type:jwt",
            resource=DOCUMENTS,
            **chosen,
        )

    def token(self, hop: int) -> str:
        """Return a token that the agent of a link has to get."""
        answer = self.redeem(hop)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])


def chain(tenant: Tenant, *, expires_in: int = 1800) -> Chain:
    """Return a chain of three agents, each of which may work while anne is away."""
    agents = (tenant.planner, tenant.agent("researcher"), tenant.agent("fetcher"))
    root = tenant.grant(depth=2, unattended=True, expires_in=expires_in)
    second = child(tenant, agents[0], root, agent=agents[1].id, roles=[VIEWER], depth=1, unattended=True)
    app: JSON = {"resource": STOREFRONT, "roles": ["app-viewer"]}
    third = child(tenant, agents[1], second, agent=agents[2].id, unattended=True, **app)
    return Chain(tenant, agents, (root, second, third))
