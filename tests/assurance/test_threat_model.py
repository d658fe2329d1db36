"""The page of threats names, for each way of getting more than one should, the tests that try it."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs" / "threat-model.md"
HEAD: Final = "| What is tried | What stops it | Tried by |"
UNTRIED: Final = "*to be tried*"
WAITING: Final = 0
"""Rows whose defence is being built, and tried by too few tests as yet."""


class Way(NamedTuple):
    """A row: what is tried, what stops it, and the cell with the tests."""

    tried: str
    stopped: str
    tests: str

    @property
    def named(self) -> list[tuple[str, str]]:
        """The tests as file and name."""
        return re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", self.tests)


def ways() -> Iterator[Way]:
    """Read the rows of all tables of ways, in the order of the page."""
    within = False
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        within = line == HEAD or (within and line.startswith("|"))
        if within and line != HEAD and not line.startswith("|---"):
            yield Way(*line.removeprefix("| ").removesuffix(" |").split(" | "))


@cache
def functions(file: str) -> set[str]:
    """Return the names of all functions of a file; none where there is no such file."""
    path = ROOT / file
    tree = ast.parse(path.read_text(encoding="utf-8") if path.is_file() else "")
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_test_that_is_named_exists() -> None:
    """A row that leads to a test leads to one that is there."""
    named = {test for way in ways() for test in way.named}
    assert {f"{file}::{name}" for file, name in named if name not in functions(file)} == set()
    assert len(named) > 100


def test_every_way_is_tried() -> None:
    """Each row says what stops it and names a test, except for those that are still waited for, which are counted."""
    assert [way.tried for way in ways() if not way.stopped or not (way.named or UNTRIED in way.tests)] == []
    assert len([way for way in ways() if UNTRIED in way.tests]) == WAITING


def test_nothing_else_stands_beside_the_tests() -> None:
    """The last cell of a row holds tests, one below the other, and no words that nobody checks."""
    for way in ways():
        told = "<br>".join(f"`{file}::{name}`" for file, name in way.named)
        assert way.tests.removesuffix(UNTRIED).removesuffix("<br>") == told
