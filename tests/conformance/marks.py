"""Finds the `rfc` marks by reading the tests, without running them."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.conformance.clauses import Clause

FOLDER = Path(__file__).parents[1]

_Function = ast.FunctionDef | ast.AsyncFunctionDef


class MarkError(ValueError):
    """A mark cannot be read without running the test."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One test says that it shows a section of a standard, or some clauses of that section."""

    number: str
    section: str
    clauses: tuple[str, ...]
    file: str
    test: str

    def shows(self, number: str, clause: Clause) -> bool:
        """Tell whether the mark speaks of this clause; one without names speaks of all."""
        if (self.number, self.section) != (number, clause.section):
            return False
        return not self.clauses or clause.id in self.clauses


def collect(folder: Path = FOLDER) -> list[Mark]:
    """Find every mark in the test files of the folder, in the order of files and lines."""
    return [
        mark
        for path in sorted(folder.rglob("test_*.py"))
        for mark in _marks_of_file(path, path.relative_to(folder.parent).as_posix())
    ]


def _marks_of_file(path: Path, file: str) -> Iterator[Mark]:
    module = ast.parse(path.read_text("utf-8"), filename=file)
    yield from _marks_of_body(module.body, file, inherited=[], prefix="")


def _marks_of_body(body: list[ast.stmt], file: str, inherited: list[ast.Call], prefix: str) -> Iterator[Mark]:
    inherited = inherited + list(_calls(_pytestmarks(body)))
    for node in body:
        if isinstance(node, ast.ClassDef):
            own = list(_calls(node.decorator_list))
            yield from _marks_of_body(node.body, file, inherited + own, f"{prefix}{node.name}.")
        elif isinstance(node, _Function) and node.name.startswith("test"):
            calls = [*inherited, *_calls(node.decorator_list)]
            yield from (_mark(call, file, prefix + node.name) for call in calls)


def _pytestmarks(body: Iterable[ast.stmt]) -> Iterator[ast.expr]:
    for node in body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark":
            yield node.value


def _calls(expressions: Iterable[ast.expr]) -> Iterator[ast.Call]:
    for expression in expressions:
        for node in ast.walk(expression):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "rfc":
                yield node


def _mark(call: ast.Call, file: str, test: str) -> Mark:
    words = [each.value for each in call.args if isinstance(each, ast.Constant)]
    texts = [word for word in words if isinstance(word, str)]
    if call.keywords or len(texts) != len(call.args) or len(texts) < 2:
        message = f"{file}:{call.lineno}: `rfc` takes literals, a number and a section"
        raise MarkError(message)
    number, section, *clauses = texts
    return Mark(number, section, tuple(clauses), file, test)
