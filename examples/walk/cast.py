"""Who takes part: an administrator, Anne, and the agent at the end of a pipe."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import httpx2

from examples.walk.children import Child
from examples.walk.ledger import Ledger
from examples.walk.words import ORGANIZATION, ROLES, Change
from examples.wire import JSON

GRANT: Final[Mapping[str, JSON]] = {
    "organization": ORGANIZATION,
    "agent": "planner",
    "resource": ROLES.place,
    "roles": [ROLES.role],
    "expires_in": 30 * 60,
    "unattended": True,
    "purpose": "Keep the roadmap up to date",
}


class Unexpected(Exception):
    """Something on which the story depends did not happen; the text says what did."""


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody who sends requests to the service from within the walk."""

    who: str
    http: httpx2.Client
    ledger: Ledger

    def ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, JSON] | None = None,
        *,
        query: Mapping[str, str] | None = None,
        token: str = "",
    ) -> dict[str, JSON]:
        """Return the members of the answer; raises Unexpected if it is no success."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        request = self.http.build_request(method, path, json=body, params=query, headers=headers)
        response = self.ledger.send(self.who, self.http, request)
        if not response.is_success:
            raise Unexpected(f"{method} {path} was answered {response.status_code}: {response.text}")
        members: dict[str, JSON] = response.json()
        return members


@dataclass(frozen=True, slots=True)
class Administrator:
    """Whoever holds the service's bootstrap credential."""

    party: Party
    secret: str

    def register(self, kind: str, party: Mapping[str, JSON], admission: Mapping[str, JSON]) -> str:
        """Register an agent or a service and admit it; returns the secret generated, if any."""
        answer = self.party.ask("POST", f"/{kind}", party, token=self.secret)
        path = f"/organizations/{ORGANIZATION}/{kind}/{party['id']}"
        self.party.ask("PUT", path, admission, token=self.secret)
        return str(answer.get("client_secret", ""))

    def change(self, change: Change) -> None:
        """Change what somebody may do."""
        self.party.ask(change.method, change.path, change.body, query=change.query, token=self.secret)


@dataclass(slots=True)
class Anne:
    """The user, whose identity the development identity provider vouches for."""

    party: Party
    issuer: str
    delegation: str = ""
    receipt: str = ""

    def token(self, suffix: str = "") -> str:
        """Return a token of hers for the service, or for a part of it that takes her own hand."""
        wanted: dict[str, JSON] = {"user": "anne", "audience": self.issuer + suffix}
        return str(self.party.ask("POST", "/development/token", wanted)["access_token"])

    def grant(self, **besides: JSON) -> str:
        """Let the agent have the role, and keep the receipt to hand over."""
        made = self.party.ask("POST", "/delegations", {**GRANT, **besides}, token=self.token("/delegations"))
        self.delegation, self.receipt = str(made["id"]), str(made["receipt"])
        return f"granted: delegation {self.delegation}"

    def revoke(self) -> str:
        """End the delegation for ever."""
        ended = self.party.ask(
            "DELETE",
            f"/delegations/{self.delegation}",
            query={"organization": ORGANIZATION},
            token=self.token("/delegations"),
        )
        return f"{ended['status']}: delegation {self.delegation}"


@dataclass(frozen=True, slots=True)
class Cast:
    """All who take part."""

    administrator: Administrator
    anne: Anne
    agent: Child

    def planner(self, *tasks: str) -> str:
        """Return what the agent answers to the last of the tasks."""
        return [self.agent.ask(task) for task in tasks][-1]
