"""Each framework tells the same story: a token for exactly the call, and nothing of what was not granted is touched."""

import re
import subprocess
import sys
from pathlib import Path
from subprocess import CompletedProcess
from typing import Final

import pytest

from examples.frameworks.stage import Stage
from tests.frameworks.lines import BEYOND, of_one_agent
from tests.frameworks.seen import Issued, asked, issued, reached, refused

pytestmark = [pytest.mark.slow, pytest.mark.semantics("5")]

ROOT: Final = Path(__file__).parents[2]
PLANNER: Final = {"sub": "planner", "sub_profile": "ai_agent"}


@pytest.fixture(params=["langchain_agent", "pydantic_ai_agent", "openai_agents"])
def program(request: pytest.FixtureRequest, apart: str) -> tuple[str, str]:
    """A program, and the interpreter which has its framework."""
    return request.param, apart if request.param == "openai_agents" else sys.executable


def told(ended: CompletedProcess[str], code: int) -> list[str]:
    """Return the lines that a program printed; fails where it ended otherwise, or showed a token or a secret."""
    assert ended.returncode == code, ended.stderr
    assert not re.search(r"eyJ|_SECRET", ended.stdout + ended.stderr)
    return ended.stdout.splitlines()


@pytest.mark.threat("1")
def test_each_call_of_a_tool_has_a_token_for_exactly_that(stage: Stage, program: tuple[str, str]) -> None:
    """The one token is for the one app and the one action, and the refused call reaches nobody."""
    assert told(stage.run(*program), 0) == of_one_agent(stage.scene.issuer)
    assert issued(stage) == [Issued(["planner"], stage.scene.documents, "app:storefront", ["document:edit"])]
    assert refused(stage) == [("agent:planner", BEYOND)]
    assert reached(stage) == [({"iss": stage.scene.issuer, **PLANNER}, "anne: document:edit on app:storefront")]
    assert asked(stage) == [("document:edit", "storefront", True)]


def test_a_story_that_goes_otherwise_fails(stage: Stage, program: tuple[str, str]) -> None:
    """When Anne has revoked, the model is told so instead, nothing reaches the documents, and the program fails."""
    stage.anne.revoke()
    storefront, *_ = told(stage.run(*program), 1)
    assert storefront.startswith("edit app:storefront: refused: the delegation is revoked")
    assert issued(stage) == []


def test_programs_are_kept_on_this_machine(program: tuple[str, str]) -> None:
    """No framework calls its maker: in the environment of the programs whoever tries to leave fails."""
    leave = "import socket; socket.create_connection(('192.0.2.1', 443))"
    ended = subprocess.run([program[1], "-c", leave], capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert "NetworkRefused" in ended.stderr


def test_one_command_starts_everything_and_runs_a_program() -> None:
    """What the guide has a reader type first needs nothing that runs already, and tells the whole story."""
    command = [sys.executable, "-m", "examples.frameworks", "langchain_agent"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    [issuer] = re.findall(r"http://127\.0\.0\.1:\d+", ended.stdout)
    assert told(ended, 0) == of_one_agent(issuer)
