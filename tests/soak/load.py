"""The load of a soak: everything that clients do, those who fail and those who vanish among them.

What is there stays as much: an organization is founded, used and deleted, and the next one is founded.
"""

import json
import random
import socket
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Event, Lock
from time import perf_counter
from typing import Any, Final

import httpx2

from tests.durability.server import Server
from tests.durability.world import ACCESS_TOKEN, APOLLO, DOCUMENTS, EXCHANGE, PLANNER, SERVICE, World

TURNS: Final = 20
"""Turns in an organization before the next one is founded."""
_PAUSE: Final = 0.004
"""Seconds between requests of one client: the machine is to be busy and not overwhelmed."""


@dataclass
class Told:
    """What clients were told."""

    answers: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    _latencies: list[float] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def take(self, kind: str, answer: httpx2.Response, expected: int, seconds: float) -> None:
        """Take note of an answer."""
        with self._lock:
            self.answers[kind] += 1
            self._latencies.append(seconds)
            if answer.status_code != expected:
                self.wrong.append(f"{kind}: {answer.status_code} {answer.text[:300]}")

    def latencies(self) -> list[float]:
        """Return what requests took since this was last asked, in order."""
        with self._lock:
            taken, self._latencies = self._latencies, []
        return sorted(taken)


class Soaker:
    """One client, with a user and one organization after the other."""

    def __init__(self, server: Server, world: World, number: int, told: Told, stopping: Event) -> None:
        """Be client so-and-so."""
        self._server, self._world, self._number, self._told, self._stopping = server, world, number, told, stopping
        self._user = f"u{number}"
        self._chance = random.Random(number)
        self._http = httpx2.Client(base_url=server.url, timeout=30.0)
        self._organization = ""

    def work(self) -> None:
        """Work until told to stop."""
        serial = 0
        while not self._stopping.is_set():
            serial += 1
            self._organization = f"o{self._number}-{serial}"
            self._found()
            for _ in range(TURNS):
                if not self._stopping.is_set():
                    self._turn()
            self._manage("delete organization", "DELETE", f"/organizations/{self._organization}", expected=200)
            self._http.close()
            self._http = httpx2.Client(base_url=self._server.url, timeout=30.0)
        self._http.close()

    def _found(self) -> None:
        here = f"/organizations/{self._organization}"
        self._manage("found", "POST", "/organizations", {"id": self._organization}, expected=201)
        for resource, parent in (("workspace:design", None), (APOLLO, "workspace:design")):
            self._manage("found", "POST", f"{here}/resources", {"resource": resource, "parent": parent}, expected=201)
        for path, body in (("agents/planner", {"ceiling": "none"}), ("services/documents", None)):
            self._manage("found", "PUT", f"{here}/{path}", body)
        self._manage("found", "PUT", f"{here}/memberships/{self._user}")
        self._assign("PUT")

    def _turn(self) -> None:
        """Grant, exchange, look, suspend, resume, lose and get back the role, end; and in between do what fails."""
        wish = {"organization": self._organization, "agent": "planner", "resource": APOLLO, "roles": ["project-editor"]}
        granted = self._hand("grant", "POST", "/delegations", {**wish, "expires_in": 1800}, expected=201)
        path = f"/delegations/{granted['id']}"
        token = self._exchange(str(granted["id"]))
        self._look(token, active=True)
        self._fail()
        for verb in ("suspend", "resume"):
            self._hand(verb, "POST", f"{path}/{verb}?organization={self._organization}")
        self._assign("DELETE")
        self._look(token, active=False)
        self._assign("PUT")
        self._look(self._exchange(str(granted["id"])), active=True)
        self._hand("end", "DELETE", f"{path}?organization={self._organization}")
        self._look(token, active=False)

    def _look(self, token: str, *, active: bool) -> None:
        form = {"token": token}
        for _ in range(2):
            answer = self._ask("introspect", lambda: self._http.post("/introspect", data=form, auth=SERVICE))
            if answer.get("active") is not active:
                self._told.wrong.append(f"a token that is {'' if active else 'not '}good: {answer}")
        subject, resource = {"type": "token", "id": token}, {"type": "project", "id": "apollo"}
        question = {"subject": subject, "action": {"name": "document:edit"}, "resource": resource}
        self._ask("evaluate", lambda: self._http.post("/access/v1/evaluation", json=question, auth=SERVICE))
        many = {"evaluations": [question] * 5}
        self._ask("evaluate many", lambda: self._http.post("/access/v1/evaluations", json=many, auth=SERVICE))
        self._hand("list", "GET", f"/delegations?organization={self._organization}")
        self._manage("list", "GET", f"/organizations/{self._organization}/delegations")

    def _fail(self) -> None:
        """Do what clients do that are wrong, or that go away."""
        form = {"token": "x"}
        self._ask("wrong secret", lambda: self._http.post("/introspect", data=form, auth=("documents", "no")), 401)
        self._ask("nowhere", lambda: self._http.get(f"/nowhere/{self._chance.random()}"), 404)
        kind = {"Content-Type": "application/json"}
        asked = "/access/v1/evaluation"
        self._ask("malformed", lambda: self._http.post(asked, content="{", headers=kind, auth=SERVICE), 400)
        with socket.create_connection(("127.0.0.1", self._server.port), timeout=10) as vanishing:
            vanishing.sendall(b"POST /token HTTP/1.1\r\nHost: here\r\nContent-Length: 100\r\n\r\nhalf")
        self._told.answers["vanish"] += 1

    def _exchange(self, delegation: str) -> str:
        entry = {"type": "resource_role", "delegation_id": delegation, "organization": self._organization}
        details = [{**entry, "identifier": APOLLO, "privileges": ["project-editor"]}]
        form = {
            "grant_type": EXCHANGE,
            "subject_token": self._world.person(self._user, self._world.issuer),
            "subject_token_type": ACCESS_TOKEN,
            "resource": DOCUMENTS,
            "authorization_details": json.dumps(details),
        }
        answer = self._ask("exchange", lambda: self._http.post("/token", data=form, auth=PLANNER))
        return str(answer.get("access_token", "none"))

    def _assign(self, method: str) -> None:
        query = f"principal=user:{self._user}&role=workspace-member&resource=workspace:design"
        self._manage("assign", method, f"/organizations/{self._organization}/assignments?{query}")

    def _hand(self, kind: str, method: str, path: str, body: object = None, expected: int = 200) -> Mapping[str, Any]:
        bearer = {"Authorization": f"Bearer {self._world.person(self._user, f'{self._world.issuer}/delegations')}"}
        return self._ask(kind, lambda: self._http.request(method, path, json=body, headers=bearer), expected)

    def _manage(self, kind: str, method: str, path: str, body: object = None, expected: int = 200) -> None:
        self._ask(kind, lambda: self._world.manage(self._http, method, path, body), expected)

    def _ask(self, kind: str, ask: Callable[[], httpx2.Response], expected: int = 200) -> Mapping[str, Any]:
        began = perf_counter()
        answer = ask()
        self._told.take(kind, answer, expected, perf_counter() - began)
        self._stopping.wait(_PAUSE * self._chance.random())
        return answer.json() if answer.status_code == expected and answer.content else {}
