"""The reference of the client library, made from signatures and docstrings.

`python -m tests.client_api` writes docs/client-api.md.
"""

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Final

from tests.documentation import DOCS

PAGE: Final = DOCS / "client-api.md"
_HEAD: Final = """# The client library

What `delegation.client` and the modules beside it hold, from their docstrings; `make format` writes this page.
Begin with [recipes](recipes.md) and [how a service verifies](verification.md).
"""
_SECTIONS: Final = (
    ("For agents", "delegation.client", ("delegation.client.agent",)),
    ("For services", "delegation.client", ("delegation.client.service",)),
    ("For FastAPI", "delegation.client.fastapi", ("delegation.client.fastapi",)),
    ("For MCP", "delegation.client.mcp", ("delegation.client.mcp",)),
    ("For SQLAlchemy", "delegation.client.sqlalchemy", ("delegation.client.sqlalchemy",)),
    ("Settings", "delegation.client", ("delegation.client.settings", "delegation.client.issuer")),
    ("What can go wrong", "delegation.client", ("delegation.client.errors",)),
)
"""Titles, where the names are imported from, and where those are made that belong there."""

_SPACED: Final = re.compile(r"(\b\w+: [^=,]*[^=, ])=")
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def page() -> str:
    """Return the whole page."""
    return "\n".join([_HEAD, *(line for title, door, rooms in _SECTIONS for line in _section(title, door, rooms))])


def _section(title: str, door: str, rooms: tuple[str, ...]) -> Iterator[str]:
    yield f"## {title}\n"
    entrance = importlib.import_module(door)
    for name, home in _names(entrance):
        if home.__name__.startswith(rooms):
            yield from _entry(name, home)


def _names(entrance: ModuleType) -> Iterator[tuple[str, ModuleType]]:
    """Yield the public names of a module, each with the module that makes it: clients first, then file by file."""
    public = getattr(entrance, "__all__", None) or [
        name
        for name, value in vars(entrance).items()
        if getattr(value, "__module__", "") == entrance.__name__ and not name.startswith("_")
    ]
    homes = {name: _home(entrance, name) for name in public}
    places = {name: (_turn(homes[name]), _node(name, homes[name])[0]) for name in public}
    for name in sorted(public, key=places.__getitem__):
        yield name, homes[name]


def _home(entrance: ModuleType, name: str) -> ModuleType:
    """Return the module that makes a name: the one that defines it, or the one that it was imported from."""
    tree = _tree(entrance)
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and any(alias.name == name for alias in node.names):
            return _home(importlib.import_module(str(node.module)), name)
    return entrance


def _tree(module: ModuleType) -> ast.Module:
    return ast.parse(inspect.getsource(module))


def _turn(home: ModuleType) -> tuple[bool, str]:
    """Return what sorts modules: the clients themselves come before what they take and give."""
    return not home.__name__.endswith((".client", ".synchronous")), home.__name__


def _node(name: str, home: ModuleType) -> tuple[int, ast.stmt, str]:
    """Return where a name is made, by what, and what is said of it. Raises LookupError where that is not found."""
    body = _tree(home).body
    for n, node in enumerate(body):
        if isinstance(node, ast.ClassDef | _Function) and node.name == name:
            return n, node, ast.get_docstring(node) or ""
        if name in {target.id for target in _targets(node)}:
            return n, node, _told_after(body, n)
    raise LookupError(f"`{name}` is not made in {home.__name__}")


def _targets(node: ast.stmt) -> list[ast.Name]:
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return [target for target in targets if isinstance(target, ast.Name)]


def _told_after(body: list[ast.stmt], n: int) -> str:
    after = body[n + 1] if n + 1 < len(body) else None
    told = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) and after.value.value
    return inspect.cleandoc(told) if isinstance(told, str) else ""


def _entry(name: str, home: ModuleType) -> Iterator[str]:
    _, node, told = _node(name, home)
    match node:
        case ast.ClassDef():
            yield f"### `{name}`\n\n{told}\n"
            yield from _members(node)
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            yield f"### `{name}`\n\n`{_signature(node)}`\n\n{told}\n"
        case _:
            made = ast.unparse(node.value) if isinstance(node, ast.Assign | ast.AnnAssign) and node.value else ""
            yield f"### `{name} = {made}`\n\n{told}\n"


def _members(node: ast.ClassDef) -> Iterator[str]:
    """Yield what has to be given, what can be read and what can be done."""
    for n, each in enumerate(node.body):
        match each:
            case ast.AnnAssign(target=ast.Name(id=name)) if not name.startswith("_"):
                default = _default(each)
                told = _told_after(node.body, n).replace("\n", " ")
                yield f"- `{name}: {ast.unparse(each.annotation)}{default}`{f': {told}' if told else ''}"
            case ast.FunctionDef() | ast.AsyncFunctionDef() if not each.name.startswith("_") or each.name == "__init__":
                # What another library's protocol asks for says nothing of its own.
                if told := (ast.get_docstring(each) or "").replace("\n\n", "\n").replace("\n", "\n  "):
                    yield f"- `{_signature(each, node.name)}`\n  {told}"
    yield ""


def _default(field: ast.AnnAssign) -> str:
    made = "" if field.value is None else ast.unparse(field.value)
    if made.startswith("field("):
        plain = [word for word in ast.walk(field) if isinstance(word, ast.keyword) and word.arg == "default"]
        return f" = {ast.unparse(plain[0].value)}" if plain else ""
    return f" = {made}" if made else ""


def _signature(node: _Function, owner: str = "") -> str:
    if any(isinstance(each, ast.Name) and each.id == "property" for each in node.decorator_list):
        return f"{node.name}: {ast.unparse(node.returns) if node.returns else ''}"
    # The module writes `a: int=1`.
    arguments = (
        _SPACED.sub(r"\1 = ", ast.unparse(node.args)).removeprefix("self, ").removeprefix("self").removeprefix("/, ")
    )
    awaited = "await " if isinstance(node, ast.AsyncFunctionDef) else ""
    if node.name == "__init__":
        return f"{owner}({arguments})"
    return f"{awaited}{node.name}({arguments}) -> {ast.unparse(node.returns) if node.returns else 'None'}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
