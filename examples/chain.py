"""A chain of agents: Anne lets planner work, planner passes a part on to researcher, researcher less to fetcher.

    python -m examples.chain

The service and a document service run as processes of their own on free ports; each agent has its own credentials and
talks to both over HTTP. In the end the chain is cut in the middle. It fails if an answer differs from what must be.
"""

import asyncio
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import httpx2

from delegation.client import AgentClient, Child, ClientError, Passed, Receipt, Wanted, Widens
from examples.walk.cast import Administrator, Anne, Party
from examples.walk.children import Children
from examples.walk.ledger import Ledger
from examples.walk.options import SEED
from examples.walk.ports import choose
from examples.walk.scene import Scene, children_in, start_documents, start_service
from examples.walk.words import ORGANIZATION

NAMES: Final = ("planner", "researcher", "fetcher")
Told = Callable[[str], None]


class Differs(Exception):
    """An answer is not what it must be."""


@dataclass(frozen=True, slots=True)
class Worker:
    """An agent of the chain: its own client, what was passed to it, and what it asks tokens for."""

    client: AgentClient
    receipt: Receipt
    wanted: Wanted
    http: httpx2.AsyncClient

    async def work(self, method: str, name: str) -> str:
        """Return in words how one request to the document service went."""
        auth = self.client.auth(self.receipt, **self.wanted)
        address = f"{self.wanted['resource']}/apps/storefront/documents/{name}"
        try:
            response = await self.http.request(method, address, content=b"Ship in May", auth=auth)
        except ClientError as no:
            return f"refused: {no}"
        return f"done: {response.text}" if response.is_success else f"refused: {response.json()['detail']}"


@dataclass(frozen=True, slots=True)
class Stage:
    """What the story is played on: the agents' clients, and the audience of the document service."""

    clients: dict[str, AgentClient]
    audience: str
    http: httpx2.AsyncClient

    def worker(self, name: str, receipt: Receipt, identifier: str, role: str) -> Worker:
        """Return an agent with what it works by."""
        wanted: Wanted = {"resource": self.audience, "identifier": identifier, "roles": [role]}
        return Worker(self.clients[name], receipt, wanted, self.http)


async def story(stage: Stage, root: Passed, tell: Told) -> None:
    """Tell the story; raises Differs where an answer is not what it must be."""
    planner = stage.worker("planner", received(root), "project:apollo", "project-editor")
    expect(tell, "planner edits", await planner.work("PUT", "roadmap"), "done")

    second = await planner.client.delegate(
        root.delegation, **child("researcher", "project:apollo", "project-viewer", 20, depth=1)
    )
    tell(f"planner lets researcher only view the project, for 20 minutes: {second.delegation}")
    researcher = stage.worker("researcher", received(second), "project:apollo", "project-viewer")
    expect(tell, "researcher reads", await researcher.work("GET", "roadmap"), "done")
    expect(tell, "researcher tries to edit", await researcher.work("PUT", "roadmap"), "refused")

    try:
        await researcher.client.delegate(second.delegation, **child("fetcher", "project:apollo", "project-editor", 30))
    except Widens as no:
        codes = ", ".join(widening.code for widening in no.widenings)
        tell(f"researcher tries to pass on more than it has: refused, for its {codes}")
    else:
        raise Differs("researcher passed on more than it has")
    third = await researcher.client.delegate(second.delegation, **child("fetcher", "app:storefront", "app-viewer", 10))
    tell(f"researcher lets fetcher view one app of it, for 10 minutes: {third.delegation}")
    fetcher = stage.worker("fetcher", received(third), "app:storefront", "app-viewer")
    expect(tell, "fetcher reads", await fetcher.work("GET", "roadmap"), "done")

    await researcher.client.end(second.delegation, organization=ORGANIZATION)
    tell("the chain is cut in the middle: researcher gives its delegation up")
    expect(tell, "fetcher's very next call, with the token it has,", await fetcher.work("GET", "roadmap"), "refused")
    expect(tell, "planner, above the cut, edits", await planner.work("PUT", "roadmap"), "done")


def child(agent: str, resource: str, role: str, minutes: int, depth: int = 0) -> Child:
    """Return what another agent is to be let do while Anne is away."""
    return {
        "organization": ORGANIZATION,
        "agent": agent,
        "resource": resource,
        "roles": [role],
        "lifetime": timedelta(minutes=minutes),
        "depth": depth,
        "unattended": True,
    }


def received(passed: Passed) -> Receipt:
    """Return the receipt that was handed over. Raises Differs where there is none."""
    if passed.receipt is None:
        raise Differs("there is no receipt")
    return passed.receipt


def expect(tell: Told, what: str, answer: str, must: str) -> None:
    """Tell what happened; raises Differs where it had to go otherwise."""
    tell(f"{what}: {answer}")
    if not answer.startswith(must):
        raise Differs(f"this had to be {must}")


def registered(administrator: Administrator, name: str) -> str:
    """Register an agent and admit it without a ceiling; return its secret."""
    return administrator.register("agents", {"id": name, "secret": True}, {"ceiling": "none"})


def begun(scene: Scene, children: Children, http: httpx2.Client) -> tuple[Passed, dict[str, str]]:
    """Start both services, and return what Anne grants, and the agents' secrets."""
    start_service(scene, children)
    ledger = Ledger.over()
    secret = scene.administrator_secret.read_text(encoding="utf-8").strip()
    administrator = Administrator(Party("administrator", http, ledger), secret)
    service = {"id": "documents", "audience": scene.documents}
    start_documents(scene, children, administrator.register("services", service, {}))
    secrets = {name: registered(administrator, name) for name in NAMES}
    anne = Anne(Party("anne", http, ledger), scene.issuer)
    anne.grant(depth=2)
    ends = datetime.now(UTC) + timedelta(minutes=30)
    return Passed(anne.delegation, "planner", ends, frozenset(), Receipt(anne.receipt)), secrets


async def play(scene: Scene, root: Passed, secrets: dict[str, str], tell: Told) -> None:
    """Tell the story with clients of its own for each agent."""
    async with httpx2.AsyncClient() as http:
        clients = {name: AgentClient(scene.issuer, name, secret=secret, http=http) for name, secret in secrets.items()}
        await story(Stage(clients, scene.documents, http), root, tell)


def main() -> int:
    """Return 0 if the story went as it must, else 1."""
    with tempfile.TemporaryDirectory(prefix="delegation-chain-") as directory:
        ports = choose(0)
        scene = Scene(ports, Path(directory), SEED, f"sqlite:///{directory}/delegation.db")
        with children_in(scene) as children, httpx2.Client(base_url=scene.issuer, timeout=10) as http:
            try:
                root, secrets = begun(scene, children, http)
                print(f"Anne lets planner edit project:apollo for 30 minutes, and pass it on twice: {root.delegation}")
                asyncio.run(play(scene, root, secrets, print))
            except (ClientError, Differs) as trouble:
                print(f"NOT as it must be: {trouble}", file=sys.stderr)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
