"""Clients that ask one thing after the other and hold that none of it may fail."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event
from typing import Final
from uuid import uuid4

import httpx2

from tests.durability.world import SERVICE, World

CLIENTS: Final = 4
PATIENCE: Final = 60.0


@dataclass
class Tally:
    """What was answered, by kind of request, and what was not."""

    answered: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)


@dataclass
class Client:
    """Introspects, asks, exchanges and changes, over one connection as long as that is kept."""

    world: World
    user: str
    tally: Tally
    http: httpx2.Client
    token: str = ""
    delegation: str = ""

    def begin(self) -> None:
        """Have a delegation, and a token on it."""
        self.delegation = str(self.world.grant(self.http, self.user).json()["id"])
        self.token = str(self.world.exchange(self.http, self.user, self.delegation).json()["access_token"])

    def work(self, stopping: Event) -> None:
        """Ask until told to stop."""
        kinds: Mapping[str, Callable[[], httpx2.Response]] = {
            "introspection": self.introspect,
            "evaluation": self.evaluate,
            "exchange": lambda: self.world.exchange(self.http, self.user, self.delegation),
            "change": lambda: self.world.manage(self.http, "POST", "/users", {"id": f"made-{uuid4().hex}"}),
        }
        while not stopping.is_set():
            for kind, ask in kinds.items():
                self.take(kind, ask)

    def introspect(self) -> httpx2.Response:
        """Ask whether the token is good."""
        return self.http.post("/introspect", data={"token": self.token}, auth=SERVICE)

    def evaluate(self) -> httpx2.Response:
        """Ask whether the token may edit."""
        subject = {"type": "token", "id": self.token}
        question = {
            "subject": subject,
            "action": {"name": "document:edit"},
            "resource": {"type": "project", "id": "apollo"},
        }
        return self.http.post("/access/v1/evaluation", content=json.dumps(question), headers=_JSON, auth=SERVICE)

    def take(self, kind: str, ask: Callable[[], httpx2.Response]) -> None:
        """Ask once; note what is wrong with the answer."""
        try:
            answer = ask()
        except httpx2.TransportError as error:
            self.tally.failed.append(f"{kind}: {error!r}")
            return
        said = answer.json() if answer.is_success else {}
        wrong = said.get("active") is False or said.get("decision") is False
        if not answer.is_success or wrong:
            self.tally.failed.append(f"{kind}: {answer.status_code} {answer.text}")
        else:
            self.tally.answered[kind] += 1


_JSON: Final = {"Content-Type": "application/json"}


@contextmanager
def traffic(url: str, world: World, users: int = CLIENTS) -> Iterator[Tally]:
    """Keep clients busy at a URL until the block ends; then the tally is complete."""
    tally, stopping = Tally(), Event()
    https = [httpx2.Client(base_url=url, timeout=30.0) for _ in range(users)]
    clients = [Client(world, f"u{number}", tally, http) for number, http in enumerate(https)]
    for client in clients:
        client.begin()
    with ThreadPoolExecutor(users) as pool:
        running = [pool.submit(client.work, stopping) for client in clients]
        try:
            yield tally
        finally:
            stopping.set()
        for each in running:
            each.result(PATIENCE)
    for http in https:
        http.close()
