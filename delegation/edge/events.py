"""Server-Sent Events, read as they come and never more of them at once than fits (HTML, section 9.2)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from delegation.edge.errors import Contradictory
from delegation.tokens import JSON, InvalidJSON, json_object

MOST: Final = 33_554_432
"""Bytes of one event at most. An entry of the log that is longer is learned with all the rest, some rows at a time."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that was told."""

    name: str
    body: Mapping[str, JSON]
    place: str | None
    """Where one can go on after it."""
    size: int
    """Bytes of the body."""


class Reader:
    """Puts events together from the bytes of one stream."""

    def __init__(self, *, most: int = MOST) -> None:
        """Take at most so many bytes for one event."""
        self._most = most
        self._pieces: list[bytes] = []
        self._waiting = 0
        self._after_return = False
        self._fields: dict[bytes, bytes] = {}
        self._told: list[bytes] = []
        self._size = 0

    def read(self, chunk: bytes) -> Iterator[Event]:
        """Yield the events that are complete with some more bytes. Raises Contradictory for what is none."""
        if self._after_return:
            chunk = chunk.removeprefix(b"\n")
        self._after_return = chunk.endswith(b"\r")
        self._waiting += len(chunk)
        if b"\n" in chunk or b"\r" in chunk:
            yield from self._lines(chunk)
        else:
            self._pieces.append(chunk)
        if self._waiting + self._size > self._most:
            raise Contradictory("an event is too long")

    def _lines(self, chunk: bytes) -> Iterator[Event]:
        lines = b"".join([*self._pieces, chunk]).splitlines(keepends=True)
        rest = b"" if lines[-1].endswith((b"\n", b"\r")) else lines.pop()
        self._pieces, self._waiting = [rest], len(rest)
        for line in lines:
            yield from self._line(line.rstrip(b"\r\n"))

    def _line(self, line: bytes) -> Iterator[Event]:
        if not line:
            fields, told = self._fields, self._told
            self._fields, self._told, self._size = {}, [], 0
            if told:
                yield _event(fields, b"\n".join(told))
            return
        name, _, value = line.partition(b":")
        if name == b"data":
            self._told.append(value.removeprefix(b" "))
            self._size += len(value) + 1
        elif name in {b"event", b"id"}:
            self._fields[name] = value.removeprefix(b" ")


def _event(fields: Mapping[bytes, bytes], told: bytes) -> Event:
    try:
        body, name, place = json_object(told), fields.get(b"event", b"").decode("ascii"), fields.get(b"id")
        return Event(name, body, None if place is None else place.decode("ascii"), len(told))
    except (InvalidJSON, UnicodeDecodeError):
        raise Contradictory("an event is not well-formed") from None
