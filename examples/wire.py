"""What went over the wire, noted one JSON object a line, with everything secret shortened."""

import json
import re
import time
from pathlib import Path
from typing import Final, TypeAlias
from urllib.parse import parse_qsl

import httpx2

JSON: TypeAlias = str | int | float | bool | list["JSON"] | dict[str, "JSON"] | None

_JWT: Final = re.compile(r"eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*([A-Za-z0-9_-]{6})")
_SECRETS: Final = frozenset({"client_secret", "secret"})


def client_noting_to(path: Path, who: str) -> httpx2.AsyncClient:
    """Return an HTTP client which appends each exchange to the file, as made by `who`."""

    async def begin(request: httpx2.Request) -> None:
        request.extensions["begun"] = time.time_ns()

    async def note(response: httpx2.Response) -> None:
        await response.aread()
        line = json.dumps(exchange(who, response))
        with path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    return httpx2.AsyncClient(timeout=10, event_hooks={"request": [begin], "response": [note]})


def exchange(who: str, response: httpx2.Response) -> dict[str, JSON]:
    """Return what was asked and answered, fit to be shown. Times are nanoseconds of the epoch."""
    request = response.request
    return {
        "begun": request.extensions["begun"],
        "ended": time.time_ns(),
        "who": who,
        "method": request.method,
        "path": request.url.raw_path.decode(),
        "bearer": _bearer(request.headers),
        "sent": shown(_content(request.headers, request.content)),
        "status": response.status_code,
        "got": shown(_content(response.headers, response.content)),
    }


def shown(value: JSON) -> JSON:
    """Return the value with every secret blanked, and of every token enough to recognize it."""
    match value:
        case str():
            return _JWT.sub(lambda token: f"eyJ..{token[1]}", value)
        case list():
            return [shown(item) for item in value]
        case dict():
            return {
                name: "***" if name in _SECRETS and isinstance(item, str) else shown(item)
                for name, item in value.items()
            }
        case _:
            return value


def _bearer(headers: httpx2.Headers) -> JSON:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme != "Bearer":
        return None
    return shown(token) if _JWT.fullmatch(token) else "***"


def _content(headers: httpx2.Headers, content: bytes) -> JSON:
    kind, text = headers.get("content-type", ""), content.decode(errors="replace")
    if "json" in kind:
        parsed: JSON = json.loads(text)
        return parsed
    if kind.startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(text))
    return text
