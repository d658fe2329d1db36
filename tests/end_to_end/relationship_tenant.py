"""An organization in a deployment whose model is `documents`, and short ways to say and ask things in it."""

from dataclasses import dataclass
from typing import Any, Final

import httpx2

from tests.end_to_end.deployment import DOCUMENTS, JSON, Agent, Deployment, Service

PLAN: Final = "document:plan"
PROJECTS: Final = "folder:projects"
FACTS: Final = (
    ("folder:firm", "parent", PROJECTS),
    (PROJECTS, "parent", PLAN),
    (PROJECTS, "parent", "document:budget"),
    ("folder:firm", "parent", "document:minutes"),
    ("group:team#member", "member", "group:staff"),
    ("group:staff#member", "viewer", PROJECTS),
)


def fact(subject: str, relation: str, object: str, **more: Any) -> JSON:
    """Return a relationship as it is written."""
    return {"subject": subject, "relation": relation, "object": object, **more}


@dataclass(frozen=True)
class Firm:
    """The folder firm holds the folder projects, with plan and budget in it, and the minutes.

    Anne edits projects; tess is in the team, which is part of the staff, who view projects; bob holds nothing.
    """

    house: Deployment
    id: str
    service: Service
    planner: Agent

    def own(self, name: str) -> str:
        """Return a name that only this organization uses."""
        return f"{name}.{self.id}"

    def user(self, name: str) -> str:
        """Return a person of this organization as a subject."""
        return f"user:{self.own(name)}"

    # --- the administrator ---

    def manage(self, method: str, path: str, body: JSON | None = None) -> httpx2.Response:
        """Send a management request about this organization."""
        return self.house.manage(method, f"/organizations/{self.id}{path}".replace("#", "%23"), body)

    def write(self, *facts: JSON, **more: Any) -> httpx2.Response:
        """Ask for relationships to be written."""
        return self.manage("POST", "/relationships", {"writes": list(facts), **more})

    def put(self, *facts: JSON) -> None:
        """Write relationships, which has to succeed."""
        answer = self.write(*facts)
        assert answer.status_code == 200, answer.text

    def take(self, *facts: JSON) -> None:
        """Delete relationships, which has to succeed."""
        answer = self.manage("POST", "/relationships", {"deletes": list(facts)})
        assert answer.status_code == 200, answer.text

    def listed(self, query: str) -> list[tuple[str, str, str]]:
        """Return subject, relation and object of what is listed."""
        answer = self.manage("GET", f"/relationships?{query}")
        assert answer.status_code == 200, answer.text
        return [(one["subject"], one["relation"], one["object"]) for one in answer.json()["relationships"]]

    def agent(self, name: str, **chosen: Any) -> Agent:
        """Register an agent and admit it."""
        return self.house.agent(self.own(name), organization=self.id, **chosen)

    # --- people and agents ---

    def ask(self, user: str, resource: str, relation: str, **changed: Any) -> httpx2.Response:
        """Ask for a delegation by a user's own hand."""
        body = {"organization": self.id, "agent": self.planner.id, "resource": resource, "roles": [relation]}
        return self.house.hand(self.own(user), "POST", "/delegations", {**body, "expires_in": 3600, **changed})

    def grant(self, user: str, resource: str, relation: str, **changed: Any) -> JSON:
        """Let a user grant a delegation that has to be made; return it."""
        answer = self.ask(user, resource, relation, **changed)
        assert answer.status_code == 201, answer.text
        document: JSON = answer.json()
        return document

    def exchange(self, user: str, resource: str, relation: str, agent: Agent | None = None) -> httpx2.Response:
        """Ask as an agent for a token for a user."""
        entry = {"type": "resource_role", "identifier": resource, "privileges": [relation], "organization": self.id}
        token = self.house.user_token(self.own(user))
        return self.house.exchange(agent or self.planner, token, details=[entry], resource=DOCUMENTS)

    def token(self, user: str, resource: str, relation: str, agent: Agent | None = None) -> str:
        """Return a token that an agent has to get for a user."""
        answer = self.exchange(user, resource, relation, agent)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    # --- the service ---

    def actions(self, token: str) -> list[str]:
        """Return the actions that introspection names; none of a token that is not active."""
        told = self.house.introspect(self.service, token)
        return list(told["authorization_details"][0]["actions"]) if told["active"] else []

    def may(self, token: str, action: str, resource: str = PLAN, **context: Any) -> bool:
        """Return whether a token may do something, by a question that brings a context along."""
        return self._decision({"type": "token", "id": token}, action, resource, context)

    def person_may(self, user: str, action: str, resource: str = PLAN, **context: Any) -> bool:
        """Return whether a person may do something."""
        return self._decision({"type": "user", "id": self.own(user)}, action, resource, context)

    def _decision(self, subject: JSON, action: str, resource: str, context: JSON) -> bool:
        kind, _, name = resource.partition(":")
        about = {"type": kind, "id": name, "properties": {"organization": self.id}}
        question = {"subject": subject, "action": {"name": action}, "resource": about, "context": context}
        return bool(self.asked("evaluation", question)["decision"])

    def asked(self, path: str, question: JSON) -> JSON:
        """Return the answer to a question of the service."""
        auth = (self.service.id, self.service.secret)
        answer = self.house.http.post(f"/access/v1/{path}", json=question, auth=auth)
        assert answer.status_code == 200, answer.text
        document: JSON = answer.json()
        return document


def founded(house: Deployment, id: str, service: Service) -> Firm:
    """Return a new organization with its people, an agent and the service in it."""
    house.must("POST", "/organizations", {"id": id})
    house.must("PUT", f"/organizations/{id}/services/{service.id}")
    firm = Firm(house, id, service, house.agent(f"planner.{id}", organization=id))
    for name in ("anne", "bob", "tess"):
        house.user(firm.own(name), id)
    people = ((firm.user("anne"), "editor", PROJECTS), (firm.user("tess"), "member", "group:team"))
    firm.put(*(fact(*one) for one in (*FACTS, *people)))
    return firm
