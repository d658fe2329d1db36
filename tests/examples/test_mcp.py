"""The MCP server and the MCP client of the examples, as programs, on the tenant that the walk starts from."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx2
import pytest

from examples.walk.cast import Administrator, Anne, Party
from examples.walk.children import Children
from examples.walk.ledger import Ledger
from examples.walk.options import SEED
from examples.walk.ports import choose
from examples.walk.scene import Scene, children_in, start_service, wait_for

PATIENCE: Final = 90  # seconds on a busy machine
BEYOND: Final = (
    "invalid_authorization_details: this goes beyond what the user granted; ask for less, or ask the user to grant it"
)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """Where everything is."""
    return Scene(choose(0), tmp_path, SEED, f"sqlite:///{tmp_path}/delegation.db")


@pytest.fixture
def children(scene: Scene) -> Iterator[Children]:
    """The authorization service, and what else is started; all of it ends with the test."""
    with children_in(scene) as children:
        start_service(scene, children)
        yield children


@pytest.mark.threat("1")
def test_the_server_and_the_planner_do_what_their_page_says(scene: Scene, children: Children) -> None:
    """What is granted is done, each call by a token for itself; what is not leaves no trace at the server."""
    with httpx2.Client(base_url=scene.issuer, timeout=10) as http:
        secret = scene.administrator_secret.read_text(encoding="utf-8").strip()
        administrator = Administrator(Party("administrator", http, Ledger.over()), secret)
        of_service = administrator.register("services", {"id": "documents", "audience": scene.documents}, {})
        of_agent = administrator.register("agents", {"id": "planner", "secret": True}, {"ceiling": "none"})
        anne = Anne(Party("anne", http, Ledger.over()), scene.issuer)
        anne.grant()
    issuer = ("--issuer", scene.issuer)
    port = scene.documents.rpartition(":")[2]
    server = children.start(
        "mcp-server", ["-m", "examples.mcp_documents", *issuer, "--port", port], DOCUMENTS_SECRET=of_service
    )
    wait_for(server, f"{scene.documents}/.well-known/oauth-protected-resource")
    ended = subprocess.run(
        [sys.executable, "-m", "examples.mcp_planner", *issuer, "--documents", scene.documents],
        env={**children.environment, "PLANNER_SECRET": of_agent, "RECEIPT": anne.receipt},
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines() == [
        "list_documents: done: storefront",
        "edit_document: done: Ship in May (planner for anne)",
        "read_document: done: Ship in May (planner for anne)",
        f"edit_document: not sent: {BEYOND}; Anne can grant it at {scene.issuer}/delegations",
        "delete_everything: not sent: the plan does not know the tool `delete_everything`",
    ]
    assert "eyJ" not in ended.stdout + ended.stderr + server.tail()
