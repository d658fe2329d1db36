"""The hands that furnish the world: management requests and a user's own hand, over HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import httpx2

ORGANIZATION: Final = "acme"
_HERE: Final = f"/organizations/{ORGANIZATION}"


class NotFurnished(Exception):
    """The service refused what the world needs; the text is its answer."""


@dataclass(frozen=True, slots=True)
class Administration:
    """The management API of a service, in the hand of its first administrator."""

    http: httpx2.Client
    secret: str

    def ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, bearer: str | None = None
    ) -> dict[str, Any]:
        """Return the answer to a request that has to succeed. Raises NotFurnished."""
        headers = {"Authorization": f"Bearer {bearer or self.secret}"}
        answer = self.http.request(method, path, json=body, headers=headers)
        if not answer.is_success:
            raise NotFurnished(f"{method} {path}: {answer.status_code} {answer.text}")
        members: dict[str, Any] = answer.json()
        return members

    def create_organization(self) -> None:
        """Create the one organization there is."""
        self.ask("POST", "/organizations", {"id": ORGANIZATION, "name": "Acme"})

    def add_user(self, user: str) -> None:
        """Make a user known and a member."""
        self.ask("POST", "/users", {"id": user})
        self.ask("PUT", f"{_HERE}/memberships/{user}", {"active": True})

    def add_group(self, group: str) -> None:
        """Create a group."""
        self.ask("POST", f"{_HERE}/groups", {"id": group})

    def add_member(self, group: str, member: str) -> None:
        """Put a user, or another group's members, into a group."""
        self.ask("PUT", f"{_HERE}/groups/{group}/members/{quote(member, safe=':')}")

    def add_resource(self, resource: str, parent: str | None) -> None:
        """Create a resource below its parent, or below the organization."""
        self.ask("POST", f"{_HERE}/resources", {"resource": resource, "parent": parent})

    def assign(self, principal: str, role: str, resource: str) -> None:
        """Let a principal hold a role on a resource."""
        query = f"principal={quote(principal)}&role={role}&resource={quote(resource)}"
        self.ask("PUT", f"{_HERE}/assignments?{query}")

    def register_service(self, id: str, audience: str) -> str:
        """Register and admit a service; return its secret."""
        registered = self.ask("POST", "/services", {"id": id, "audience": audience})
        self.ask("PUT", f"{_HERE}/services/{id}")
        return str(registered["client_secret"])

    def register_agent(self, id: str, credential: Mapping[str, Any], ceiling: Mapping[str, Any]) -> str:
        """Register an agent and admit it under a ceiling; return its secret, if it has one."""
        registered = self.ask("POST", "/agents", {"id": id, **credential})
        self.ask("PUT", f"{_HERE}/agents/{id}", {"ceiling": [ceiling]})
        return str(registered.get("client_secret", ""))

    def delegate(self, delegation: str, wish: Mapping[str, Any], agent: str, secret: str) -> dict[str, Any]:
        """Let an agent delegate further what it holds; return what it made. Raises NotFurnished."""
        answer = self.http.post(f"/delegations/{delegation}/children", json=dict(wish), auth=(agent, secret))
        if not answer.is_success:
            raise NotFurnished(f"delegation to {wish['agent']}: {answer.status_code} {answer.text}")
        made: dict[str, Any] = answer.json()
        return made

    def user_token(self, user: str, audience: str) -> str:
        """Return a token of the development identity provider."""
        answer = self.ask("POST", "/development/token", {"user": user, "audience": audience})
        return str(answer["access_token"])
