"""What the examples in frameworks are run on; where the frameworks are not installed, only the guide is looked at."""

from collections.abc import Iterator
from importlib.util import find_spec
from os import pathsep
from pathlib import Path
from typing import Final

import pytest

from examples.frameworks.stage import Stage, set_up
from tests.client.mcp.conftest import agent, house, shared

__all__ = ["agent", "house", "shared"]

ROOT: Final = Path(__file__).parents[2]

# They belong to `make frameworks`, which ends with an error when nothing is left to run.
collect_ignore_glob: Final = [] if find_spec("langchain") else ["test_[!g]*.py"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let whoever runs the tests say where the framework is that has an environment of its own."""
    parser.addoption("--openai-agents", help="the interpreter that has openai-agents")


@pytest.fixture
def apart(request: pytest.FixtureRequest) -> str:
    """The interpreter that has openai-agents; unless one is named, that which `make frameworks` makes."""
    return str(request.config.getoption("--openai-agents", None) or ROOT / ".venv-openai-agents" / "bin" / "python")


@pytest.fixture(autouse=True)
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every Python that is started stays on this machine, as the one that runs the tests does."""
    (tmp_path / "sitecustomize.py").write_text("from tests.loopback import guard\n\nguard()\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{pathsep}{ROOT}")


@pytest.fixture
def stage() -> Iterator[Stage]:
    """Both services as processes, planner and researcher registered, and what Anne granted."""
    with set_up() as stage:
        yield stage
