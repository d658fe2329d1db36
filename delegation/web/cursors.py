"""Lists come in pages: `limit` says how much, `cursor` from where on, `next` is the cursor of the next page.

A cursor holds the place of the last thing shown, so what is added or removed meanwhile moves nothing else.
It is authenticated, and good only for whoever got it and for the question that was asked.
"""

import base64
import hmac
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from heapq import nsmallest
from typing import Final, Generic, TypeAlias, TypeVar

from starlette.requests import Request

from delegation.tokens import json_value
from delegation.web.desk import desk
from delegation.web.errors import Refused

T = TypeVar("T")
Place: TypeAlias = tuple[str | int, ...]
"""Where a thing stands in a list: no two things have the same place, and all are compared part by part."""

PAGING: Final = ("limit", "cursor")
"""The query parameters of every list."""
USUAL: Final = 100
"""Things on a page unless told otherwise."""
MOST: Final = 500
"""Things on a page at most."""
_TAG: Final = 16
_LONGEST: Final = 4096


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A part of a list, in its order."""

    things: list[T]
    next: str | None
    """The cursor of what follows; None at the end."""

    def following(self) -> dict[str, str]:
        """Return the member of an answer that says how to go on; nothing at the end."""
        return {} if self.next is None else {"next": self.next}


@dataclass(frozen=True, slots=True)
class Sought:
    """The page that is asked for."""

    limit: int
    cursor: str | None
    question: tuple[str, ...]
    """Who asks, and for what: a cursor is good for the same question alone."""
    key: bytes

    def page(self, things: Iterable[T], place: Callable[[T], Place]) -> Page[T]:
        """Return the page of things, which are put in the order of their places. Raises Refused for a bad cursor."""
        after = self.after()
        rest = things if after is None else (thing for thing in things if place(thing) > after)
        found = nsmallest(self.limit + 1, rest, key=place)
        more = len(found) > self.limit
        shown = found[: self.limit]
        return Page(shown, self.cursor_of(place(shown[-1])) if more else None)

    def after(self) -> Place | None:
        """Return the place after which the page begins; None for the first. Raises Refused for a bad cursor."""
        if self.cursor is None:
            return None
        place = _place(self.cursor)
        # What was written is compared whole, so that a cursor has one form.
        if place is None or not hmac.compare_digest(self.cursor_of(place).encode(), self.cursor.encode()):
            detail = "this list gave you no such cursor; ask for the first page, without one"
            raise Refused(400, "malformed", detail)
        return place

    def cursor_of(self, place: Place) -> str:
        """Return the cursor of what comes after a place."""
        tag = hmac.digest(self.key, json.dumps([self.question, place]).encode(), "sha256")[:_TAG]
        return base64.urlsafe_b64encode(tag + json.dumps(place).encode()).decode().rstrip("=")


def sought(request: Request, caller: str, given: Mapping[str, str]) -> Sought:
    """Return the page of a list that a caller asks for by query parameters. Raises Refused.

    `caller` is who asks, under the name that the audit log has; `given` are the parameters, each once.
    """
    asked = json.dumps(sorted((name, value) for name, value in given.items() if name not in PAGING))
    question = (caller, request.method, request.scope["path"], asked)
    return Sought(_limit(given.get("limit")), given.get("cursor"), question, cursor_key(request))


def cursor_key(request: Request) -> bytes:
    """Return the key that cursors are authenticated with; all processes have the same."""
    return desk(request).cabinet.derived("cursor")


def _limit(text: str | None) -> int:
    if text is None:
        return USUAL
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(MOST)) and 1 <= int(text) <= MOST):
        raise Refused(400, "malformed", f"`limit` is a whole number from 1 to {MOST}")
    return int(text)


def _place(cursor: str) -> Place | None:
    if not cursor.isascii() or len(cursor) > _LONGEST:
        return None
    try:
        octets = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        parts = json_value(octets[_TAG:])
    except ValueError:
        return None
    return tuple(parts) if isinstance(parts, list) and all(isinstance(part, str | int) for part in parts) else None
