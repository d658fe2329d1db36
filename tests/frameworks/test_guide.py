"""The guide shows what the programs do, line by line."""

import re
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Final

import pytest

from tests.frameworks.lines import of_one_agent, of_two_agents, over_mcp

ROOT: Final = Path(__file__).parents[2]
GUIDE: Final = (ROOT / "docs" / "guides" / "frameworks.md").read_text(encoding="utf-8")
PROGRAMS: Final = sorted(path for path in (ROOT / "examples" / "frameworks").glob("*_*.py") if path.stem[0] != "_")
SHOWN: Final = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)


@pytest.mark.parametrize("shown", SHOWN)
def test_what_the_guide_shows_stands_in_a_program(shown: str) -> None:
    """Each block of the guide is a run of lines of exactly one of the programs, which `make frameworks` runs."""
    holding = [path.stem for path in PROGRAMS if shown in path.read_text(encoding="utf-8")]
    assert len(holding) == 1, dedent(shown)


def test_every_program_has_its_place_in_the_guide() -> None:
    """Each program is linked, and something of it is shown."""
    for path in PROGRAMS:
        assert f"examples/frameworks/{path.name}" in GUIDE
        assert any(shown in path.read_text(encoding="utf-8") for shown in SHOWN)


@pytest.mark.parametrize("lines", [of_one_agent, of_two_agents, over_mcp])
def test_the_guide_shows_what_is_printed(lines: Callable[[str], list[str]]) -> None:
    """What stands beneath a command is what the program prints, whichever the port."""
    [issuer] = set(re.findall(r"http://127\.0\.0\.1:\d{5}", GUIDE))
    assert "\n".join(lines(issuer)) + "\n```" in GUIDE
