"""Refusals that are ready before anybody is refused: they have to cost less than an answer, or nothing is gained."""

from http import HTTPStatus
from random import Random
from typing import Final

from delegation.web.door import HEADERS
from delegation.web.errors import problem

_WAITS: Final = (1, 2, 3, 4)
"""Seconds after which to ask again. Who is refused together would otherwise come back together."""
_CLOSING: Final = b"connection: close\r\n"

# OAuth has no code for this outside redirects (RFC 6749 §4.1.2.1), so it is a problem document everywhere.
_BUSY: Final = "more is asked than the service can answer now; nothing was done"
_OVERDUE: Final = (
    "the answer took too long; what was asked is done as a whole, now or in a moment, or not at all: "
    "look whether it is, or repeat it with the Idempotency-Key that it had"
)


class Refusals:
    """Whole answers to those who are not let in, or have to go."""

    def __init__(self, chance: Random) -> None:
        """Spread by `chance` when who is refused comes back."""
        self._chance = chance
        self._busy = [_answer(503, "unavailable", _BUSY, wait) for wait in _WAITS]
        self._overdue = [_answer(503, "unavailable", _OVERDUE, wait) for wait in _WAITS]
        self.crowded = _ended(_answer(503, "unavailable", "there are too many connections", _WAITS[-1]))
        self.malformed = _ended(_answer(400, "malformed", "this is no HTTP request"))
        self.late = _ended(_answer(408, "too_slow", "the request did not arrive in time"))
        self.huge = _ended(_answer(431, "too_large", "the head of the request is too large"))

    def busy(self, *, stays: bool) -> bytes:
        """Return the answer to who is not let in; the connection `stays`, or ends with it."""
        answer = self._busy[int(self._chance.random() * len(_WAITS))]  # `choice` takes five times as long.
        return answer if stays else _ended(answer)

    def overdue(self) -> bytes:
        """Return the answer to who has waited too long."""
        return _ended(self._chance.choice(self._overdue))


def _answer(status: int, code: str, detail: str, wait: int | None = None) -> bytes:
    response = problem(status, code, detail, None if wait is None else {"Retry-After": str(wait)})
    headers = [*response.raw_headers, *HEADERS]
    lines = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
    return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n".encode() + lines + b"\r\n" + bytes(response.body)


def _ended(answer: bytes) -> bytes:
    """Return an answer that says that it is the last of its connection."""
    head, _, body = answer.partition(b"\r\n\r\n")
    return head + b"\r\n" + _CLOSING + b"\r\n" + body
