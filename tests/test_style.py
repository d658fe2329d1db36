"""Rules of the house that no linter keeps."""

import ast
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("authz_core", "delegation", "examples", "benchmarks", "tests")
SOURCES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])

LONGEST_FILE = 250
LONGEST_TEST_FILE = 400
LONGEST_FUNCTION = 40
DRAWERS = frozenset({"base", "common", "helpers", "manager", "managers", "misc", "util", "utils"})
PURE = frozenset(
    {
        *(
            "__future__",
            "abc",
            "bisect",
            "collections",
            "dataclasses",
            "datetime",
            "decimal",
            "enum",
            "functools",
            "heapq",
            "ipaddress",
        ),
        *("itertools", "json", "math", "operator", "re", "string", "types", "typing", "unicodedata"),
    }
)
BORROWED = {"authz_core/conditions/cel.py": frozenset({"cel_expr_python"})}  # imported when a model has conditions

SUPPRESSION = re.compile(r"#\s*(?:ruff:\s*)?(?:noqa|type:\s*ignore)\b[^#]*", re.IGNORECASE)
REASON = re.compile(r"(?:noqa:\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*|ignore\[[\w, -]+\])[\s#:-]+(?![A-Z]+\d)\w{2,}")
SENTENCE_END = re.compile(r"[.!?]\s+[A-Z]")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)

Function = ast.FunctionDef | ast.AsyncFunctionDef


def place(path: Path, line: int) -> str:
    """Name a line as editors do."""
    return f"{path.relative_to(ROOT)}:{line}"


def functions(path: Path) -> Iterator[Function]:
    """Every function of a file, nested ones included."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, Function):
            yield node


def comments(path: Path) -> Iterator[tuple[int, str]]:
    """Every comment of a file with its line; text inside strings is none."""
    with tokenize.open(path) as lines:
        for token in tokenize.generate_tokens(lines.readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string


def imported(path: Path) -> Iterator[str]:
    """The top-level name of every module that a file imports."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def anchors(page: Path) -> set[str]:
    """The anchors that a Markdown page offers: one for each heading."""
    text = FENCE.sub("", page.read_text("utf-8"))
    headings = re.findall(r"^#+ +(.+?) *$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings}


def is_dead(page: Path, link: str) -> bool:
    """Tell whether a relative link leads to no file, or to no heading of a page."""
    if re.match(r"[a-z]+:", link):
        return False
    name, _, anchor = link.partition("#")
    target = (page.parent / name) if name else page
    return not target.exists() or (bool(anchor) and target.suffix == ".md" and anchor not in anchors(target))


def test_no_file_is_long() -> None:
    """A file that has grown beyond the ceiling is two rooms in one; only tests may list a little more."""
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in SOURCES}
    tests = {path for path in SOURCES if path.is_relative_to(ROOT / "tests")}
    ceilings = {path: LONGEST_TEST_FILE if path in tests else LONGEST_FILE for path in SOURCES}

    assert [place(path, n) for path, n in lengths.items() if n > ceilings[path]] == []


def test_no_function_is_long() -> None:
    """A function fits on one screen; a migration, which lists what it makes, need not."""
    long = [
        f"{place(path, node.lineno)} {node.name}"
        for path in SOURCES
        if "migrations" not in path.parts
        for node in functions(path)
        if (node.end_lineno or node.lineno) - node.lineno >= LONGEST_FUNCTION
    ]

    assert long == []


def test_no_file_is_a_drawer() -> None:
    """A file or folder is named for what is in it."""
    parts = {path: {*path.relative_to(ROOT).parent.parts, path.stem} for path in SOURCES}

    assert [place(path, 1) for path, names in parts.items() if names & DRAWERS] == []


def test_every_suppression_says_why() -> None:
    """Whoever silences a check names the rule and gives a reason on the same line."""
    silent = [
        place(path, line)
        for path in SOURCES
        for line, comment in comments(path)
        if SUPPRESSION.search(comment) and not REASON.search(comment)
    ]

    assert silent == []


@pytest.mark.parametrize(
    ("comment", "explained"),
    [
        ("# noqa: S603 - our own program", True),
        ("# noqa: S603, S607  # our own program", True),
        ("# type: ignore[arg-type]  # the stub is wrong", True),
        ("# noqa: S603", False),
        ("# noqa: S603 S607", False),
        ("# noqa", False),
        ("# type: ignore[arg-type]", False),
    ],
)
def test_a_reason_is_told_from_a_bare_suppression(comment: str, *, explained: bool) -> None:
    """A code by itself is no reason; words after it are."""
    assert SUPPRESSION.search(comment)
    assert bool(REASON.search(comment)) is explained


def test_every_test_states_its_rule() -> None:
    """The docstring of a test is one sentence: the rule that the test proves."""
    mute = []
    for path in (path for path in SOURCES if path.name.startswith("test_")):
        for node in functions(path):
            rule = " ".join((ast.get_docstring(node) or "").split())
            if node.name.startswith("test_") and (not rule.endswith(".") or SENTENCE_END.search(rule)):
                mute.append(f"{place(path, node.lineno)} {node.name}")

    assert mute == []


def test_the_engine_imports_pure_modules_alone() -> None:
    """The engine knows itself and those parts of the standard library that do nothing outside."""
    foreign = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in (ROOT / "authz_core").rglob("*.py")
        for name in imported(path)
        if name not in PURE | {"authz_core"} | BORROWED.get(path.relative_to(ROOT).as_posix(), frozenset())
    }

    assert foreign == set()


def test_the_engine_works_without_any_installed_package() -> None:
    """The engine can be imported where nothing but Python is installed."""
    program = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import authz_core"

    ended = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False)

    assert (ended.returncode, ended.stderr) == (0, "")


def test_links_between_pages_lead_somewhere() -> None:
    """A relative link in a page leads to a file, and its anchor to a heading."""
    dead = [
        f"{page.relative_to(ROOT)}: {link}"
        for page in PAGES
        for link in LINK.findall(FENCE.sub("", page.read_text("utf-8")))
        if is_dead(page, link)
    ]

    assert dead == []
