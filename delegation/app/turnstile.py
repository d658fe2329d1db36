"""The turnstile: turns away, at sight and at a fraction of the cost, what would be refused once it was read.

A request is looked at only as far as it takes to find its end. What is not plainly one of those that are asked most
often goes the usual way, and is refused there. What is sent in one breath with a request is turned away with it,
whatever it is: nobody sends requests without waiting for answers, unless he means to.
"""

from typing import Final

import httptools

from delegation.app.refusals import Refusals
from delegation.overload import Gate

_HOT: Final = (b"POST /token ", b"POST /introspect ", b"POST /access/v1/")
"""How those begin that are asked most often; none has room of its own."""
_END_OF_HEAD: Final = b"\r\n\r\n"
_EXPECTS: Final = b"xpect:"
_CREDENTIALS: Final = (b"\r\nAuthorization: ", b"\r\nauthorization: ")


class Turnstile:
    """Stands where one connection comes in."""

    def __init__(self, gate: Gate, refusals: Refusals) -> None:
        """Turn away what the gate would not let in."""
        self._gate = gate
        self._refusals = refusals
        self._parser: httptools.HttpRequestParser | None = None
        self._ended = 0
        self.is_within = False
        """Whether a request that is turned away has not arrived whole."""
        self.stays = True
        """Whether the connection may stay after what was turned away."""

    def turns_away(self, data: bytes) -> bool:
        """Return whether what a request begins with is enough to turn it away, and does so."""
        if not data.startswith(_HOT):
            return False
        end = data.find(_END_OF_HEAD)
        if end < 0 or data.find(_EXPECTS, 0, end) >= 0:
            return False
        return self._gate.is_closed_to(_credentials(data, end))

    def refuse(self, data: bytes) -> bytes:
        """Return the answers to all requests that end in the data. Raises HttpParserError."""
        if self._parser is None:
            self._parser = httptools.HttpRequestParser(self)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.stays = False
        ended, self._ended = self._ended, 0
        return self._refusals.busy(stays=self.stays) * ended

    def on_message_begin(self) -> None:
        """Be within a request."""
        self.is_within = True

    def on_message_complete(self) -> None:
        """Have found the end of a request."""
        self.is_within = False
        self._ended += 1
        if self._parser is not None and not self._parser.should_keep_alive():
            self.stays = False


def _credentials(data: bytes, end: int) -> bytes:
    """Return what the head, which has its `end` there, says to prove who asks; nothing where that is not found."""
    for name in _CREDENTIALS:
        start = data.find(name, 0, end)
        if start >= 0:
            start += len(name)
            return data[start : data.find(b"\r\n", start)]
    return b""
