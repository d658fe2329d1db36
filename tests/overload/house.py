"""A server with organizations that know nothing of each other, and the requests that their clients send."""

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from typing_extensions import override

from tests.children import child
from tests.durability.server import Server, serve
from tests.overload.flaws import FLAWS
from tests.overload.load import Ask, Where
from tests.ports import free_port

SECRET: Final = "a secret that only this test knows, and long"
_TYPE: Final = "urn:ietf:params:oauth:token-type:"
_EXCHANGE: Final = "urn:ietf:params:oauth:grant-type:token-exchange"
_EDIT: Final = "document:edit"
_UNLIMITED: Final = {
    "DELEGATION_CALLER_LIMIT": "0",
    "DELEGATION_ORGANIZATION_LIMIT": "0",
    "DELEGATION_STRANGER_LIMIT": "0",
}


def _flawed(flaw: str | None, words: list[str], environment: Mapping[str, str], output: Path) -> None:
    if flaw is not None:
        FLAWS[flaw]()
    serve(words, environment, output, None)


class Loaded(Server):
    """A server that is given more to do than it can."""

    @override
    def start(self) -> None:
        self.process = child(partial(_flawed, self.flaw, self.words, self.environment, self.output))
        self.wait_until_ready()


@contextmanager
def standing(directory: Path, flaw: str | None = None, **variables: str) -> Iterator[Server]:
    """Run a server until the block ends, perhaps with a flaw, with further variables of its environment."""
    output = directory / "output"
    environment = {**_UNLIMITED, **{f"DELEGATION_{name.upper()}": value for name, value in variables.items()}}
    server = Loaded(
        directory / "data",
        free_port(),
        output,
        options=("--development-identity-provider",),
        environment=environment,
        flaw=flaw,
    )
    try:
        server.start()
        yield server
    finally:
        if server.process is not None:
            server.kill()
        server.http.close()


def where(server: Server) -> Where:
    """Return where a server is found by a load generator."""
    assert server.process is not None
    assert server.process.pid is not None
    return Where(server.port, server.process.pid)


@dataclass(frozen=True, slots=True)
class Tenant:
    """An organization with a person, an agent, a service, and a delegation of one to the other."""

    server: Server
    name: str
    receipt: str

    def token(self) -> str:
        """Return an access token of the agent."""
        answer = self.server.http.post("/token", data=self._wish(self._project), auth=(f"agent-{self.name}", SECRET))
        return str(answer.raise_for_status().json()["access_token"])

    def revoke(self, token: str) -> None:
        """Let the agent revoke a token."""
        answer = self.server.http.post("/revoke", data={"token": token}, auth=(f"agent-{self.name}", SECRET))
        answer.raise_for_status()

    def exchange(self) -> Ask:
        """Return the agent's request for a token."""
        return Ask(self._form("/token", self._wish(self._project), "agent"), '"issued_token_type"', '"decision"')

    def excessive_exchange(self) -> Ask:
        """Return the agent's request for more than was delegated."""
        return Ask(self._form("/token", self._wish(f"project:other-{self.name}"), "agent"), '"error"', '"access_token"')

    def introspection(self, token: str) -> Ask:
        """Return the service's question about a token that is good."""
        return Ask(self._form("/introspect", {"token": token}, "service"), '"active":true', '"decision"')

    def introspection_of_dead(self, token: str) -> Ask:
        """Return the service's question about a token that is not."""
        return Ask(self._form("/introspect", {"token": token}, "service"), '"active":false', '"active":true')

    def evaluation(self, token: str) -> Ask:
        """Return the service's question whether a token lets do what it lets do."""
        return Ask(self._question(token, self._project), '"decision":true', '"active"')

    def excessive_evaluation(self, token: str) -> Ask:
        """Return the service's question about what a token does not let do."""
        return Ask(self._question(token, f"project:other-{self.name}"), '"decision":false', '"decision":true')

    def mixture(self) -> tuple[Ask, ...]:
        """Return questions and wishes of all kinds; to three of eight the right answer is no."""
        good, dead = self.token(), self.token()
        self.revoke(dead)
        return (
            self.introspection(good),
            self.evaluation(good),
            self.introspection_of_dead(dead),
            self.exchange(),
            self.introspection(good),
            self.excessive_evaluation(good),
            self.evaluation(good),
            self.excessive_exchange(),
        )

    @property
    def _project(self) -> str:
        return f"project:{self.name}"

    def _wish(self, project: str) -> dict[str, str]:
        entry = {"type": "resource_role", "identifier": project, "privileges": ["project-editor"]}
        return {
            "grant_type": _EXCHANGE,
            "subject_token": self.receipt,
            "subject_token_type": f"{_TYPE}jwt",
            "resource": f"https://{self.name}.example",
            "authorization_details": json.dumps([{**entry, "organization": self.name}]),
        }

    def _question(self, token: str, project: str) -> str:
        kind, _, id_ = project.partition(":")
        question = {
            "subject": {"type": "token", "id": token},
            "action": {"name": _EDIT},
            "resource": {"type": kind, "id": id_},
        }
        return self._request("/access/v1/evaluation", "application/json", json.dumps(question), "service")

    def _form(self, path: str, members: Mapping[str, str], client: str) -> str:
        return self._request(path, "application/x-www-form-urlencoded", urlencode(members), client)

    def _request(self, path: str, media_type: str, body: str, client: str) -> str:
        credentials = base64.b64encode(f"{client}-{self.name}:{SECRET.replace(' ', '+')}".encode()).decode()
        return (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Basic {credentials}\r\n"
            f"Content-Type: {media_type}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        )


def tenant(server: Server, name: str) -> Tenant:
    """Found an organization."""
    here, person = f"/organizations/{name}", f"anne-{name}"
    server.must("POST", "/organizations", {"id": name})
    for project in (f"project:{name}", f"project:other-{name}"):
        server.must("POST", f"{here}/resources", {"resource": f"workspace:{project[8:]}", "parent": None})
        server.must("POST", f"{here}/resources", {"resource": project, "parent": f"workspace:{project[8:]}"})
    server.must("POST", "/users", {"id": person})
    server.must("PUT", f"{here}/memberships/{person}")
    query = f"principal=user:{person}&role=project-editor&resource=project:{name}"
    server.must("PUT", f"{here}/assignments?{query}")
    server.must("POST", "/agents", {"id": f"agent-{name}", "secret": SECRET})
    server.must("PUT", f"{here}/agents/agent-{name}", {"ceiling": "none"})
    server.must("POST", "/services", {"id": f"service-{name}", "audience": f"https://{name}.example", "secret": SECRET})
    server.must("PUT", f"{here}/services/service-{name}")
    asked = {"user": person, "audience": f"{server.issuer}/delegations"}
    own_hand = server.http.post("/development/token", json=asked).raise_for_status().json()["access_token"]
    wish = {"organization": name, "agent": f"agent-{name}", "resource": f"project:{name}", "roles": ["project-editor"]}
    granted = server.http.post(
        "/delegations",
        json={**wish, "expires_in": 3600, "unattended": True},
        headers={"Authorization": f"Bearer {own_hand}"},
    )
    return Tenant(server, name, str(granted.raise_for_status().json()["receipt"]))
