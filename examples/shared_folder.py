"""The main job where relationships say who may do what: an agent holds one relation on one shared folder.

    python -m examples.shared_folder

The service runs as a process of its own, from the model `policies/documents.fga`. Anne is of the staff, who edit a
folder; she lets planner be its editor, and a document service asks what planner may do. It fails if an answer differs.
"""

import asyncio
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx2

from delegation.client import AgentClient, Allowed, ClientError, DelegatedCaller, Denied, ServiceClient, UserToken
from examples.walk.cast import Administrator, Anne, Party
from examples.walk.ledger import Ledger
from examples.walk.ports import choose
from examples.walk.scene import Scene, children_in, start_service
from examples.walk.words import ORGANIZATION, RELATIONSHIPS
from examples.wire import JSON

SEED: Final = Path(__file__).parent / "documents_seed.toml"
FOLDER, PLAN, MINUTES = "folder:projects", "document:plan", "document:minutes"
BLOCKED: Final[dict[str, JSON]] = {"subject": "user:anne", "relation": "blocked", "object": PLAN}


@dataclass(frozen=True, slots=True)
class Programs:
    """The agent and the document service, with their credentials."""

    planner: AgentClient
    documents: ServiceClient
    audience: str

    async def ask(self, question: str, caller: DelegatedCaller, action: str, resource: str) -> str:
        """Return what the document service learns of planner, in words."""
        match await self.documents.evaluate(caller, action, resource):
            case Allowed():
                return f"{question}: yes"
            case Denied(detail=detail):
                return f"{question}: no, {detail}"


def changed(administrator: Administrator, **change: JSON) -> None:
    """Write or delete relationships."""
    path = f"/organizations/{ORGANIZATION}/relationships"
    administrator.party.ask("POST", path, change, token=administrator.secret)


async def story(administrator: Administrator, anne: Anne, programs: Programs) -> list[str]:
    """Return what happened, line by line."""
    told = [f"Anne lets planner be editor of {FOLDER}: {anne.grant(resource=FOLDER, roles=['editor'])}"]
    token = await programs.planner.token(
        UserToken(anne.token()),
        resource=programs.audience,
        identifier=FOLDER,
        roles=["editor"],
        organization=ORGANIZATION,
    )
    caller = await programs.documents.introspect(token.value)
    if caller is None:
        return [*told, "the document service does not know the token"]
    ask = programs.ask
    told.append(await ask("may it edit the plan, which lies in the folder", caller, "can_edit", PLAN))
    told.append(await ask("may it view the minutes, as everyone may", caller, "can_view", MINUTES))
    changed(administrator, writes=[BLOCKED])
    told.append(await ask("Anne is blocked on the plan: may it still", caller, "can_edit", PLAN))
    changed(administrator, deletes=[BLOCKED])
    told.append(await ask("she is not blocked any more: may it again", caller, "can_edit", PLAN))
    told.append(anne.revoke())
    told.append(await ask("may it after that", caller, "can_edit", PLAN))
    return told


MUST: Final = ("granted", "yes", "no, the delegation", "no, `user:anne`", "yes", "revoked", "no, ")
"""What each line has to say, in this order."""


def differing(told: list[str]) -> Iterator[str]:
    """Yield the lines that do not say what they must."""
    yield from (line for line, must in zip(told, MUST, strict=True) if must not in line)


async def play(scene: Scene, administrator: Administrator, anne: Anne) -> list[str]:
    """Register the programs, and return what happened."""
    service: dict[str, JSON] = {"id": "documents", "audience": scene.documents}
    secret = administrator.register("services", service, {})
    planner = administrator.register("agents", {"id": "planner", "secret": True}, {"ceiling": "none"})
    async with httpx2.AsyncClient() as http:
        agent = AgentClient(scene.issuer, "planner", secret=planner, http=http)
        documents = ServiceClient(scene.issuer, "documents", client_secret=secret, audience=scene.documents, http=http)
        return await story(administrator, anne, Programs(agent, documents, scene.documents))


def main() -> int:
    """Return 0 if the story went as it must, else 1."""
    with tempfile.TemporaryDirectory(prefix="delegation-folder-") as directory:
        scene = Scene(choose(0), Path(directory), SEED, f"sqlite:///{directory}/delegation.db", RELATIONSHIPS)
        with children_in(scene) as children, httpx2.Client(base_url=scene.issuer, timeout=10) as http:
            start_service(scene, children)
            secret, ledger = scene.administrator_secret.read_text(encoding="utf-8").strip(), Ledger.over()
            administrator = Administrator(Party("administrator", http, ledger), secret)
            try:
                told = asyncio.run(play(scene, administrator, Anne(Party("anne", http, ledger), scene.issuer)))
            except ClientError as trouble:
                print(f"NOT as it must be: {trouble}", file=sys.stderr)
                return 1
    print("\n".join(told))
    wrong = list(differing(told))
    print("\n".join(f"NOT as it must be: {line}" for line in wrong), end="", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
