"""A deployment of the service on a free port, in a thread of its own, and people and programs that use it."""

import asyncio
import base64
import json
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import httpx2
import uvicorn
from joserfc import jwt
from joserfc.jwk import ECKey

from delegation.app.clock import elapsed
from delegation.app.draining import Draining
from delegation.app.preparation import prepare
from delegation.app.serving import application
from delegation.settings import Settings
from tests.clock import Clock

EXCHANGE: Final = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN: Final = "urn:ietf:params:oauth:token-type:access_token"
JWT: Final = "urn:ietf:params:oauth:token-type:jwt"
ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ADMINISTRATOR: Final = "the administrator of this test"
DOCUMENTS: Final = "https://documents.example"
JSON = dict[str, Any]


@dataclass
class Agent:
    """An agent's credentials."""

    id: str
    secret: str | None = None
    key: ECKey | None = None
    _serial: int = 0

    def authentication(self, deployment: "Deployment") -> tuple[Mapping[str, str], tuple[str, str] | None]:
        """Return form parameters and Basic credentials that authenticate one request."""
        if self.key is None:
            return {}, (self.id, self.secret or "")
        return {"client_assertion_type": ASSERTION, "client_assertion": self.assertion(deployment)}, None

    def assertion(self, deployment: "Deployment", **changed: Any) -> str:
        """Return a fresh client assertion; `changed` replaces claims."""
        assert self.key is not None
        self._serial += 1
        now = int(deployment.clock().timestamp())
        claims = {"iss": self.id, "sub": self.id, "aud": deployment.issuer, "iat": now, "exp": now + 60}
        header = {"alg": "ES256", "kid": self.key.thumbprint(), "typ": "client-authentication+jwt"}
        return jwt.encode(header, {**claims, "jti": f"{self.id}-{self._serial}", **changed}, self.key)


@dataclass
class Service:
    """A resource server's credentials."""

    id: str
    secret: str
    audience: str


@dataclass
class Deployment:
    """A running service and short ways to use it. Nothing here knows how it works inside."""

    settings: Settings
    clock: Clock
    http: httpx2.Client
    _assertions: int = field(default=0)

    @property
    def issuer(self) -> str:
        """The issuer, which is also where it listens."""
        return self.settings.issuer

    # --- the administrator ---

    def manage(
        self, method: str, path: str, body: JSON | None = None, *, bearer: str = ADMINISTRATOR
    ) -> httpx2.Response:
        """Send a management request as the bootstrap administrator or with another bearer token."""
        return self.http.request(method, path, json=body, headers={"Authorization": f"Bearer {bearer}"})

    def must(self, method: str, path: str, body: JSON | None = None) -> JSON:
        """Send a management request that has to succeed; return its answer."""
        answer = self.manage(method, path, body)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        document: JSON = answer.json()
        return document

    def user(self, name: str, organization: str = "acme") -> None:
        """Make a user known and a member."""
        self.must("POST", "/users", {"id": name})
        self.must("PUT", f"/organizations/{organization}/memberships/{name}")

    def assign(self, principal: str, role: str, resource: str, organization: str = "acme") -> None:
        """Let a principal hold a role on a resource."""
        self.must(
            "PUT",
            f"/organizations/{organization}/assignments?principal={principal}&role={role}&resource={resource}".replace(
                "#", "%23"
            ),
        )

    def unassign(self, principal: str, role: str, resource: str, organization: str = "acme") -> None:
        """Take a role on a resource away."""
        self.must(
            "DELETE",
            f"/organizations/{organization}/assignments?principal={principal}&role={role}&resource={resource}".replace(
                "#", "%23"
            ),
        )

    def agent(
        self, name: str, *, ceiling: str | list[JSON] = "none", organization: str = "acme", keyed: bool = False
    ) -> Agent:
        """Register an agent and admit it."""
        key = ECKey.generate_key("P-256") if keyed else None
        credential: JSON = {"secret": True} if key is None else {"jwks": {"keys": [key.as_dict(private=False)]}}
        registered = self.must("POST", "/agents", {"id": name, **credential})
        self.must("PUT", f"/organizations/{organization}/agents/{name}", {"ceiling": ceiling})
        return Agent(name, registered.get("client_secret"), key)

    def service(self, name: str, audience: str, organization: str = "acme") -> Service:
        """Register a service and admit it."""
        registered = self.must("POST", "/services", {"id": name, "audience": audience})
        self.must("PUT", f"/organizations/{organization}/services/{name}")
        return Service(name, registered["client_secret"], audience)

    # --- people ---

    def user_token(self, user: str, *, audience: str | None = None, **claims: Any) -> str:
        """Return a user token of the development identity provider, for the issuer unless told otherwise."""
        body = {"user": user, "audience": audience or self.issuer, **claims}
        answer = self.http.post("/development/token", json=body)
        assert answer.is_success, answer.text
        return str(answer.json()["access_token"])

    def hand(self, user: str, method: str, path: str, body: JSON | None = None) -> httpx2.Response:
        """Send a request to the delegations API by a user's own hand."""
        token = self.user_token(user, audience=f"{self.issuer}/delegations")
        return self.http.request(method, path, json=body, headers={"Authorization": f"Bearer {token}"})

    def grant(self, user: str, agent: str, resource: str, role: str, **changed: Any) -> JSON:
        """Let a user grant a delegation that has to be made; return it."""
        body = {"organization": "acme", "agent": agent, "resource": resource, "roles": [role], "expires_in": 1800}
        answer = self.hand(user, "POST", "/delegations", {**body, **changed})
        assert answer.status_code == 201, answer.text
        document: JSON = answer.json()
        return document

    def end(self, user: str, delegation: str, organization: str = "acme") -> None:
        """Let a user revoke a delegation."""
        answer = self.hand(user, "DELETE", f"/delegations/{delegation}?organization={organization}")
        assert answer.is_success, answer.text

    # --- agents ---

    def exchange(self, agent: Agent, subject_token: str, **parameters: Any) -> httpx2.Response:
        """Ask for a token for the documents service; a parameter that is None is left out."""
        form, basic = agent.authentication(self)
        details = parameters.pop("details", None)
        body = {
            "grant_type": EXCHANGE,
            "subject_token": subject_token,
            "subject_token_type": ACCESS_TOKEN,
            "resource": DOCUMENTS,
            **({} if details is None else {"authorization_details": json.dumps(details)}),
            **form,
            **parameters,
        }
        sent = {name: value for name, value in body.items() if value is not None}
        return self.http.post("/token", data=sent, auth=basic or httpx2.USE_CLIENT_DEFAULT)

    def token(self, agent: Agent, user: str, identifier: str, role: str, **members: Any) -> str:
        """Return a token an agent has to get for a user."""
        entry = {"type": "resource_role", "identifier": identifier, "privileges": [role], "organization": "acme"}
        answer = self.exchange(agent, self.user_token(user), details=[{**entry, **members}])
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    # --- services ---

    def introspect(self, service: Service, token: str) -> JSON:
        """Return what a service is told of a token."""
        answer = self.http.post("/introspect", data={"token": token}, auth=(service.id, service.secret))
        assert answer.status_code == 200, answer.text
        document: JSON = answer.json()
        return document

    def evaluate(self, service: Service, token: str, action: str, resource: str) -> JSON:
        """Return the answer to a service that asks whether a token may do something."""
        kind, _, name = resource.partition(":")
        question = {
            "subject": {"type": "token", "id": token},
            "action": {"name": action},
            "resource": {"type": kind, "id": name},
        }
        answer = self.http.post("/access/v1/evaluation", json=question, auth=(service.id, service.secret))
        assert answer.status_code == 200, answer.text
        document: JSON = answer.json()
        return document

    def may(self, service: Service, token: str, action: str, resource: str) -> bool:
        """Return the bare decision."""
        return bool(self.evaluate(service, token, action, resource)["decision"])


def payload(token: str) -> JSON:
    """Return the claims of a token, unverified."""
    segment = token.split(".")[1]
    document: JSON = json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    return document


@contextmanager
def running(
    directory: Path,
    clock: Clock,
    *,
    monotonic: Callable[[], float] = elapsed,
    skew: timedelta = timedelta.max,
    **changed: Any,
) -> Iterator[Deployment]:
    """Serve a deployment that keeps its data in a directory, until the block ends.

    The clock may be moved by any step, unless `skew` says how far it may lie from what it should be.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    issuer = f"http://127.0.0.1:{listener.getsockname()[1]}"
    chosen: JSON = {
        "issuer": issuer,
        "data_directory": directory,
        "administrator_secret": ADMINISTRATOR,
        "development_identity_provider": True,
        "stranger_limit": 0,  # All tests come from one address, and many fail to authenticate on purpose.
        **changed,
    }
    settings = Settings(**chosen)
    asyncio.run(prepare(settings, clock=clock, instance="prepare"))
    app = application(settings, clock=clock, monotonic=monotonic, skew=skew)
    config = uvicorn.Config(app, log_config=None, lifespan="on")
    server = Draining(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    with httpx2.Client(base_url=issuer, timeout=10.0) as http:
        _wait_until_alive(http, thread)
        try:
            yield Deployment(settings, clock, http)
        finally:
            server.handle_exit(signal.SIGINT, None)
            thread.join(timeout=10)
            listener.close()


def _wait_until_alive(http: httpx2.Client, thread: threading.Thread) -> None:
    while thread.is_alive():
        try:
            if http.get("/healthz").status_code == 200:
                return
        except httpx2.TransportError:
            thread.join(timeout=0.02)
    raise AssertionError("the service did not start")
