"""Preferences: how old the facts may be that an answer is worked out from (RFC 7240; RFC 9111 §5.1)."""

import re
from collections.abc import Iterator
from http import HTTPStatus
from math import ceil
from typing import Final

from starlette.requests import Request

from delegation.oauth.server import Answer

MAX_STALENESS: Final = 60
"""Seconds that anybody may prefer at most."""

_NAME: Final = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_WORD: Final = rf'(?:{_NAME}|"(?:[^"\\]|\\.)*")'
_VALUE: Final = rf"(?:[ \t]*=[ \t]*(?P<{{}}>{_WORD})?)?"
_PREFERENCE: Final = re.compile(rf"[ \t]*(?P<name>{_NAME})" + _VALUE.format("value"))
_PARAMETER: Final = re.compile(rf"[ \t]*;[ \t]*(?:{_NAME}" + _VALUE.format("_") + ")?")
_END: Final = re.compile(r"[ \t]*(?:,[ \t,]*|\Z)")
_SECONDS: Final = re.compile(r"[0-9]{1,9}")


def max_staleness(request: Request) -> int:
    """Return how many seconds old the facts may be by the `max-staleness` preferred; 0 where none is that counts.

    Of several only the first is looked at (RFC 7240 §2).
    """
    header = ",".join(request.headers.getlist("prefer"))
    if not header:
        return 0
    value = next((value for name, value in _preferences(header) if name == "max-staleness"), "")
    seconds = int(value) if _SECONDS.fullmatch(value) else 0
    return seconds if seconds <= MAX_STALENESS else 0


def applied(within: int, answer: Answer) -> dict[str, str]:
    """Return the headers that say which preference an answer honours, and how old the facts are (RFC 7240 §3)."""
    if not within or answer.status != HTTPStatus.OK:
        return {}
    return {"Preference-Applied": f"max-staleness={within}", "Age": str(ceil(answer.age))}


def _preferences(header: str) -> Iterator[tuple[str, str]]:
    """Yield the name of each preference in small letters, and its value; nothing from where it cannot be read on."""
    place = len(header) - len(header.lstrip(" \t,"))
    while preference := _PREFERENCE.match(header, place):
        place = preference.end()
        while parameter := _PARAMETER.match(header, place):
            place = parameter.end()
        end = _END.match(header, place)
        if end is None:
            return
        yield preference["name"].lower(), _unquoted(preference["value"] or "")
        place = end.end()


def _unquoted(word: str) -> str:
    return re.sub(r"\\(.)", r"\1", word[1:-1]) if word.startswith('"') else word
