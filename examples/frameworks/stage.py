"""What the story is played on: both services as processes of their own, the agents registered, and what Anne grants.

`python -m examples.frameworks NAME` starts it, and runs one of the programs beside this file on it.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx2

from examples.walk.cast import Administrator, Anne, Party
from examples.walk.children import Children
from examples.walk.ledger import Ledger
from examples.walk.options import SEED
from examples.walk.ports import HOST, choose
from examples.walk.scene import Scene, children_in, start_documents, start_service, wait_for
from examples.walk.words import Change

SECONDS_TO_END: Final = 120
PROGRAMS: Final = Path(__file__).parent
AGENTS: Final = ("planner", "researcher")
BESIDE: Final = {"a2a_planner": "a2a_researcher"}
"""Programs that talk to another one, which has to run."""
OVER_MCP: Final = "pydantic_ai_mcp"
"""The program whose tools are those of an MCP server."""
OF_PLANNER: Final = ("PLANNER_SECRET", "USER_TOKEN")
OF_RESEARCHER: Final = ("RESEARCHER_SECRET", "RESEARCH_SECRET")
APP_EDITOR: Final = Change(
    "PUT",
    "/roles/app-editor",
    body={"type": "app", "permissions": ["app:view", "app:edit", "document:view", "document:edit"]},
)
"""The part of a project's editor that lies in one app: what a token for a single call is asked by."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Where everything is, and the secrets, of which each program finds its own in its environment."""

    scene: Scene
    children: Children
    researcher: str
    tools: str
    administrator: Administrator = field(repr=False)
    anne: Anne = field(repr=False)
    secrets: Mapping[str, str] = field(repr=False)

    def run(self, program: str, python: str = sys.executable) -> subprocess.CompletedProcess[str]:
        """Return how a program went, run by an interpreter which has the framework that it is written for."""
        if program in BESIDE:
            self.start(BESIDE[program])
        if program == OVER_MCP:
            self.serve_tools()
        return subprocess.run(  # noqa: S603 - our own programs, no shell
            [python, *self._command(program)],
            env={**self.children.environment, **self._only(OF_PLANNER)},
            capture_output=True,
            encoding="utf-8",
            timeout=SECONDS_TO_END,
            check=False,
        )

    def start(self, program: str) -> None:
        """Start an agent that others talk to, and wait until it is ready."""
        child = self.children.start(program, self._command(program), talks=False, **self._only(OF_RESEARCHER))
        wait_for(child, f"{self.researcher}/.well-known/agent-card.json")

    def serve_tools(self) -> None:
        """Start the MCP server of the examples, and wait until it is ready."""
        where = (f"--issuer={self.scene.issuer}", f"--port={self.tools.rpartition(':')[2]}", "--service=tools")
        secret = self.secrets["TOOLS_SECRET"]
        child = self.children.start("tools", ["-m", "examples.mcp_documents", *where], DOCUMENTS_SECRET=secret)
        wait_for(child, f"{self.tools}/.well-known/oauth-protected-resource")

    def _only(self, names: Sequence[str]) -> dict[str, str]:
        return {name: self.secrets[name] for name in names}

    def _command(self, program: str) -> list[str]:
        scene = self.scene
        where = {
            "issuer": scene.issuer,
            "documents": scene.documents,
            "researcher": self.researcher,
            "tools": self.tools,
        }
        return [str(PROGRAMS / f"{program}.py"), *(f"--{name}={address}" for name, address in where.items())]


@contextmanager
def set_up() -> Iterator[Stage]:
    """Start everything; planner may edit project:apollo for Anne for half an hour, and pass a part of it on."""
    with tempfile.TemporaryDirectory(prefix="delegation-frameworks-") as directory:
        scene = Scene(choose(0), Path(directory), SEED, f"sqlite:///{directory}/delegation.db")
        free = choose(0)
        researcher, tools = f"http://{HOST}:{free.service}", f"http://{HOST}:{free.documents}"
        with children_in(scene) as children, httpx2.Client(base_url=scene.issuer, timeout=10) as http:
            start_service(scene, children)
            secret = scene.administrator_secret.read_text(encoding="utf-8").strip()
            administrator = Administrator(Party("administrator", http, Ledger.over()), secret)
            anne = Anne(Party("anne", http, Ledger.over()), scene.issuer)
            audiences = {"documents": scene.documents, "research": researcher, "tools": tools}
            secrets = _registered(administrator, audiences)
            start_documents(scene, children, secrets["DOCUMENTS_SECRET"])
            anne.grant(depth=1)
            secrets["USER_TOKEN"] = anne.token()
            yield Stage(scene, children, researcher, tools, administrator, anne, secrets)


def _registered(administrator: Administrator, services: Mapping[str, str]) -> dict[str, str]:
    """Return the secrets of the agents, and of services with these audiences, when all are registered and admitted."""
    administrator.change(APP_EDITOR)
    secrets = {
        name: administrator.register("services", {"id": name, "audience": audience}, {})
        for name, audience in services.items()
    }
    for name in AGENTS:
        secrets[name] = administrator.register("agents", {"id": name, "secret": True}, {"ceiling": "none"})
    return {f"{name.upper()}_SECRET": secret for name, secret in secrets.items()}
