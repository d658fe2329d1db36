"""The stage of a module: one organization in which a few agents and services already have what they need."""

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote_plus, urlencode

import httpx2

from tests.end_to_end.deployment import ACCESS_TOKEN, ASSERTION, DOCUMENTS, EXCHANGE, JSON, JWT, Agent, Service
from tests.end_to_end.identity_provider import IdentityProvider, trusted
from tests.end_to_end.tenant import APOLLO, EDITOR, Tenant

BILLING: Final = "https://billing.example"
FORM: Final = "application/x-www-form-urlencoded"
EDITS: Final = ["app:edit", "app:view", "document:edit", "document:view", "project:view"]
"""What project-editor contains."""
Pairs = Iterable[tuple[str, str]]


def basic(id: str, secret: str) -> str:
    """Return the Authorization header of RFC 6749 §2.3.1."""
    pair = f"{quote_plus(id)}:{quote_plus(secret)}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


@dataclass(frozen=True)
class Stage:
    """Anne lets two agents edit apollo: `planner` has a secret, `keyed` a key; `stranger` is let do nothing."""

    tenant: Tenant
    keyed: Agent
    stranger: Agent
    billing: Service
    login: IdentityProvider
    granted: JSON
    """The delegation to the planner, with its receipt."""
    lent: JSON
    """The delegation to the keyed agent, with its receipt."""

    @property
    def planner(self) -> Agent:
        """The agent with a secret."""
        return self.tenant.planner

    @property
    def documents(self) -> Service:
        """The service that tokens are for unless told otherwise."""
        return self.tenant.documents

    @property
    def issuer(self) -> str:
        """The issuer of the service."""
        return self.tenant.house.issuer

    @property
    def http(self) -> httpx2.Client:
        """A client of the service."""
        return self.tenant.house.http

    def user_token(self, **changed: Any) -> str:
        """Return anne's token for this issuer, by her own provider; `changed` replaces claims."""
        return self.login.token(self.tenant.anne, **changed)

    def form(self, **changed: Any) -> dict[str, str]:
        """Return the parameters of a good exchange, without those of the client; None leaves one out."""
        good = {
            "grant_type": EXCHANGE,
            "subject_token": self.user_token(),
            "subject_token_type": ACCESS_TOKEN,
            "resource": DOCUMENTS,
            "authorization_details": entry(organization=self.tenant.id),
        }
        return {name: value for name, value in {**good, **changed}.items() if value is not None}

    def ask(self, **changed: Any) -> httpx2.Response:
        """Ask for a token as the planner; `changed` replaces parameters of a good exchange."""
        return self.say(self.form(**changed))

    def say(self, pairs: Pairs | Mapping[str, str]) -> httpx2.Response:
        """Send parameters to the token endpoint as the planner."""
        return self.post("/token", pairs, by=self.planner)

    def post(
        self,
        path: str,
        pairs: Pairs | Mapping[str, str],
        *,
        by: Agent | Service | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        """Post a form, by a client that authenticates by Basic or by nobody; `headers` replaces headers."""
        proof = {} if by is None else {"Authorization": basic(by.id, by.secret or "")}
        body = urlencode(list(pairs.items()) if isinstance(pairs, Mapping) else list(pairs))
        return self.http.post(path, content=body, headers={"Content-Type": FORM, **proof, **(headers or {})})

    def signed(self, path: str, pairs: Mapping[str, str], assertion: str, **changed: Any) -> httpx2.Response:
        """Post a form with a client assertion; `changed` replaces parameters."""
        given = {**pairs, "client_assertion_type": ASSERTION, "client_assertion": assertion, **changed}
        return self.post(path, {name: value for name, value in given.items() if value is not None})

    def assertion(self, **changed: Any) -> str:
        """Return a fresh assertion of the keyed agent."""
        return self.keyed.assertion(self.tenant.house, **changed)

    def token(self, **changed: Any) -> str:
        """Return a token that the planner has to get."""
        answer = self.ask(**changed)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def redeem(self, **changed: Any) -> httpx2.Response:
        """Ask for a token as the planner with the receipt, saying no more than it has to."""
        given = {"subject_token": self.granted["receipt"], "subject_token_type": JWT, "authorization_details": None}
        return self.ask(**{**given, **changed})

    def introspected(self, token: str, by: Service | None = None, **parameters: str) -> JSON:
        """Return what a service is told of a token."""
        answer = self.post("/introspect", {"token": token, **parameters}, by=by or self.documents)
        assert answer.status_code == 200, answer.text
        document: JSON = answer.json()
        return document

    def evaluated(self, question: JSON, by: Service | None = None) -> httpx2.Response:
        """Ask an AuthZEN question."""
        caller = by or self.documents
        header = {"Authorization": basic(caller.id, caller.secret)}
        return self.http.post("/access/v1/evaluation", json=question, headers=header)

    def revision(self) -> int:
        """Return how far the organization is: a refusal leaves it where it was."""
        return int(self.tenant.must("GET", "")["revision"])


def entry(**changed: Any) -> str:
    """Return authorization details that ask to edit apollo; None leaves a member out."""
    good = {"type": "resource_role", "identifier": APOLLO, "privileges": [EDITOR]}
    return json.dumps([{name: value for name, value in {**good, **changed}.items() if value is not None}])


def set_up(tenant: Tenant, lifetime: int = 1800) -> Stage:
    """Return the stage of a new organization; what anne grants lasts for `lifetime` seconds."""
    house = tenant.house
    keyed, stranger = tenant.agent("keyed", keyed=True), tenant.agent("stranger")
    billing = house.service(tenant.own("billing"), f"{BILLING}/{tenant.id}", tenant.id)
    login = trusted(house, f"login-{tenant.id}")
    granted = tenant.grant(unattended=True, expires_in=lifetime)
    lent = tenant.grant(agent=keyed.id, unattended=True, expires_in=lifetime)
    return Stage(tenant, keyed, stranger, billing, login, granted, lent)
