"""How the walk speaks: readable in a terminal of any width, and line by line when piped."""

import json
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Final
from urllib.parse import unquote

from rich.console import Console
from rich.text import Text

from examples.walk.ledger import Noted
from examples.wire import JSON

# What a reader wants to see of a request and of an answer, among all that there is.
_TELLING: Final = (
    "issuer", "policy_decision_point",
    "id", "name", "organization", "agent", "user", "principal", "role", "resource", "roles",
    "expires_in", "unattended", "audience", "ceiling", "status",
    "subject_token", "subject_token_type", "token", "identifier", "privileges",
    "access_token", "receipt",
    "active", "sub", "act.sub", "actions",
    "action.name", "resource.type", "resource.id",
    "decision", "context.reason", "context.failing.term", "context.failing.delegation_id",
    "error", "error_description", "consent_uri", "detail", "failing.term",
    "text", "edited_by",
)  # fmt: skip
_KINDS: Final = "urn:ietf:params:oauth:token-type:"
_INDENT: Final = 6
_WHO: Final = 13
_NARROWEST: Final = 16


class Narrator:
    """Writes to one console; colours, widths and pipes are told apart by that console."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def heading(self, text: str) -> None:
        """Begin a part."""
        self._line("")
        self._line(text, style="bold")

    def step(self, number: int, title: str) -> None:
        """Begin a step."""
        self._line("")
        self._line(f"{number:>2}  {title}", hang=4, style="bold")

    def remark(self, text: str, style: str = "") -> None:
        """Say something beside the story."""
        self._line(text, indent=4, hang=4, style=style)

    def wire(self, news: Iterable[Noted]) -> None:
        """Show requests and answers in the order in which they were sent."""
        lines = [line for noted in news for line in _lines(noted)]
        for _, text, style in sorted(lines):
            self._line(text, indent=_INDENT, hang=_WHO + 3, style=style)

    def commands(self, text: str) -> None:
        """Show commands exactly as they are to be pasted."""
        self._console.print(Text(f"\n{text}"), soft_wrap=True)

    def _line(self, text: str, *, indent: int = 0, hang: int = 0, style: str = "") -> None:
        """Write one thing said: in a file or a pipe on one line, however long."""
        lines = [Text(text, style=style)]
        if self._console.is_terminal:
            room = max(self._console.width - indent - hang, _NARROWEST)
            lines = list(lines[0].wrap(self._console, room))
        for number, line in enumerate(lines):
            line.rstrip()
            self._console.print(Text(" " * (indent + hang * bool(number))) + line, soft_wrap=True)


def _lines(noted: Noted) -> Iterator[tuple[int, str, str]]:
    """Yield when to show what of an exchange, and how."""
    bearer = [f"bearer={noted.bearer}"] if noted.bearer else []
    asked = " ".join([noted.method, unquote(noted.path), *bearer, *_members(noted.sent)])
    answered = " ".join([str(noted.status), *_members(noted.got)])
    yield noted.begun, f"{noted.who:<{_WHO}} > {asked}", "cyan"
    style = "green" if noted.status < HTTPStatus.BAD_REQUEST else "yellow"
    yield noted.ended, f"{noted.who:<{_WHO}} < {answered}", style


def _members(value: JSON) -> Iterator[str]:
    """Yield the telling members as `name=value`."""
    if isinstance(value, str) and value:
        yield f'"{value.strip()}"'
    found = dict(_flat("", value))
    for name in _TELLING:
        # The status that a problem repeats from its answer says nothing new.
        if name in found and not (name == "status" and isinstance(found[name], int)):
            yield f"{name}={_brief(found[name])}"


def _flat(prefix: str, value: JSON) -> Iterator[tuple[str, JSON]]:
    if not isinstance(value, dict):
        return
    for name, item in value.items():
        inner = _inner(name, item)
        if isinstance(inner, dict):
            yield from _flat("" if name == "authorization_details" else f"{prefix}{name}.", inner)
        else:
            yield f"{prefix}{name}", inner


def _inner(name: str, item: JSON) -> JSON:
    if name == "authorization_details":
        details = json.loads(item) if isinstance(item, str) else item
        return details[0] if isinstance(details, list) and details else None
    return item


def _brief(value: JSON) -> str:
    match value:
        case str():
            return f'"{value}"' if " " in value else value.removeprefix(_KINDS)
        case list():
            return f"[{' '.join(str(item) for item in value)}]"
        case bool():
            return str(value).lower()
        case _:
            return str(value)
