"""A fresh organization in a deployment that many tests share: nothing one test does reaches another."""

from dataclasses import dataclass
from typing import Any, Final

import httpx2

from tests.end_to_end.deployment import DOCUMENTS, JSON, JWT, Agent, Deployment, Service

APOLLO: Final = "project:apollo"
EDITOR: Final = "project-editor"
TREE: Final = (
    ("workspace:design", None),
    ("workspace:sales", None),
    (APOLLO, "workspace:design"),
    ("project:zeus", "workspace:design"),
    ("project:forecast", "workspace:sales"),
    ("app:storefront", APOLLO),
    ("app:backoffice", "project:zeus"),
    ("app:ledger", "project:forecast"),
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the world sees of a token at one moment: by introspection, by evaluation, by the next exchange."""

    introspected: bool
    evaluated: bool
    exchanged: bool


ALIVE: Final = Seen(introspected=True, evaluated=True, exchanged=True)
DEAD: Final = Seen(introspected=False, evaluated=False, exchanged=False)


@dataclass(frozen=True)
class Tenant:
    """An organization with the tree above, in which anne is a member of the workspace design and bob holds nothing."""

    house: Deployment
    id: str
    documents: Service
    planner: Agent

    def own(self, name: str) -> str:
        """Return a name that only this test uses."""
        return f"{name}.{self.id}"

    @property
    def anne(self) -> str:
        """The user who holds workspace-member on the workspace design."""
        return self.own("anne")

    @property
    def bob(self) -> str:
        """The user who is a member of the organization and holds nothing."""
        return self.own("bob")

    @property
    def now(self) -> int:
        """The present, in epoch seconds."""
        return int(self.house.clock().timestamp())

    # --- the administrator ---

    def manage(self, method: str, path: str, body: JSON | None = None, **bearer: str) -> httpx2.Response:
        """Send a management request about this organization."""
        return self.house.manage(method, f"/organizations/{self.id}{path}".replace("#", "%23"), body, **bearer)

    def must(self, method: str, path: str, body: JSON | None = None) -> JSON:
        """Send a management request about this organization that has to succeed; return its answer."""
        answer = self.manage(method, path, body)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        document: JSON = answer.json()
        return document

    def join(self, name: str) -> str:
        """Make a new user known and a member; return the user's id."""
        self.house.user(self.own(name), self.id)
        return self.own(name)

    def resource(self, resource: str, parent: str | None = None) -> None:
        """Create a resource."""
        self.must("POST", "/resources", {"resource": resource, "parent": parent})

    def move(self, resource: str, parent: str) -> JSON:
        """Move a resource below another parent."""
        return self.must("PATCH", f"/resources/{resource}", {"parent": parent})

    def assign(self, principal: str, role: str, resource: str) -> None:
        """Let a principal hold a role on a resource."""
        self.house.assign(principal, role, resource, self.id)

    def unassign(self, principal: str, role: str, resource: str) -> None:
        """Take a role on a resource away."""
        self.house.unassign(principal, role, resource, self.id)

    def role(self, slug: str, type: str, *permissions: str) -> None:
        """Define a role of this organization, or replace its permissions."""
        self.must("PUT", f"/roles/{slug}", {"type": type, "permissions": list(permissions)})

    def admit(self, agent: Agent, ceiling: str | list[JSON] = "none") -> None:
        """Admit an agent, or replace its ceiling."""
        self.must("PUT", f"/agents/{agent.id}", {"ceiling": ceiling})

    def agent(self, name: str, **chosen: Any) -> Agent:
        """Register an agent and admit it."""
        return self.house.agent(self.own(name), organization=self.id, **chosen)

    # --- people ---

    def wish(self, **changed: Any) -> JSON:
        """Return the body of a request to let the planner be an editor of apollo; None leaves a member out."""
        body = {
            "organization": self.id,
            "agent": self.planner.id,
            "resource": APOLLO,
            "roles": [EDITOR],
            "expires_in": 1800,
            **changed,
        }
        return {name: value for name, value in body.items() if value is not None}

    def ask(self, user: str, /, **changed: Any) -> httpx2.Response:
        """Ask for a delegation by a user's own hand."""
        return self.house.hand(user, "POST", "/delegations", self.wish(**changed))

    def grant(self, user: str | None = None, /, **changed: Any) -> JSON:
        """Let a user (anne when not told) grant a delegation that has to be made; return it."""
        answer = self.ask(user or self.anne, **changed)
        assert answer.status_code == 201, answer.text
        document: JSON = answer.json()
        return document

    def hand(self, user: str, method: str, delegation: str, verb: str = "") -> httpx2.Response:
        """Do something to a delegation by a user's own hand."""
        return self.house.hand(user, method, f"/delegations/{delegation}{verb}?organization={self.id}")

    def status(self, delegation: JSON) -> str:
        """Return the status of a delegation as its administrators see it."""
        shown = self.must("GET", "/delegations")["delegations"]
        return next(str(one["status"]) for one in shown if one["id"] == delegation["id"])

    # --- agents ---

    def details(self, identifier: str = APOLLO, role: str = EDITOR, **members: Any) -> list[JSON]:
        """Return authorization details; a member that is None is left out."""
        entry = {"type": "resource_role", "identifier": identifier, "privileges": [role], "organization": self.id}
        return [{name: value for name, value in {**entry, **members}.items() if value is not None}]

    def exchange(self, subject_token: str | None = None, agent: Agent | None = None, **chosen: Any) -> httpx2.Response:
        """Exchange a subject token (anne's user token when not told) for a token for the documents service."""
        presented = subject_token or self.house.user_token(self.anne)
        details = chosen.pop("details", None) or self.details()
        return self.house.exchange(agent or self.planner, presented, details=details, **chosen)

    def token(self, user: str | None = None, agent: Agent | None = None, **chosen: Any) -> str:
        """Return a token that an agent has to get for a user."""
        answer = self.exchange(self.house.user_token(user or self.anne), agent, **chosen)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def redeem(self, receipt: str, agent: Agent | None = None, **chosen: Any) -> httpx2.Response:
        """Present a receipt as the subject token."""
        return self.exchange(receipt, agent, subject_token_type=JWT, **chosen)

    def give_up(self, token: str, agent: Agent | None = None) -> httpx2.Response:
        """Let an agent revoke a token or a receipt."""
        form, basic = (agent or self.planner).authentication(self.house)
        return self.house.http.post("/revoke", data={"token": token, **form}, auth=basic or httpx2.USE_CLIENT_DEFAULT)

    # --- services ---

    def actions(self, token: str, service: Service | None = None) -> list[str]:
        """Return the actions that introspection names; none of a token that is not active."""
        told = self.house.introspect(service or self.documents, token)
        if not told["active"]:
            assert told == {"active": False}
            return []
        return list(told["authorization_details"][0]["actions"])

    def may(self, token: str, action: str = "document:edit", resource: str = "app:storefront") -> bool:
        """Return whether a token may do something."""
        return self.house.may(self.documents, token, action, resource)

    def why(self, token: str, action: str = "document:edit", resource: str = "app:storefront") -> JSON:
        """Return the context of a denial that has to be one."""
        answer = self.house.evaluate(self.documents, token, action, resource)
        assert answer["decision"] is False
        context: JSON = answer["context"]
        return context

    def person_may(self, user: str, action: str, resource: str, **properties: Any) -> bool:
        """Return whether a person of this organization may do something."""
        return self.principal_may(f"user:{user}", action, resource, **properties)

    def principal_may(self, principal: str, action: str, resource: str, **properties: Any) -> bool:
        """Return whether a principal of this organization may do something."""
        (kind, _, name), (type_, _, id_) = principal.partition(":"), resource.partition(":")
        question = {
            "subject": {"type": kind, "id": name},
            "action": {"name": action},
            "resource": {"type": type_, "id": id_, "properties": {"organization": self.id, **properties}},
        }
        service = self.documents
        answer = self.house.http.post("/access/v1/evaluation", json=question, auth=(service.id, service.secret))
        assert answer.status_code == 200, answer.text
        return bool(answer.json()["decision"])

    def seen(self, token: str, *, user: str | None = None, agent: Agent | None = None) -> Seen:
        """Return what the world sees of a token at this moment, and whether its agent can get another."""
        return Seen(
            introspected=bool(self.actions(token)),
            evaluated=self.may(token),
            exchanged=self.exchange(self.house.user_token(user or self.anne), agent).status_code == 200,
        )


def found(house: Deployment, id: str, documents: Service) -> Tenant:
    """Return a new organization with its tree, two people, an agent and the documents service in it."""
    house.must("POST", "/organizations", {"id": id})
    house.must("PUT", f"/organizations/{id}/services/{documents.id}")
    tenant = Tenant(house, id, documents, house.agent(f"planner.{id}", organization=id))
    for resource, parent in TREE:
        tenant.resource(resource, parent)
    tenant.join("anne")
    tenant.join("bob")
    tenant.assign(f"user:{tenant.anne}", "workspace-member", "workspace:design")
    return tenant


def documents_service(house: Deployment) -> Service:
    """Return the documents service, registered and admitted nowhere yet."""
    registered = house.must("POST", "/services", {"id": "documents", "audience": DOCUMENTS})
    return Service("documents", registered["client_secret"], DOCUMENTS)
