"""The files that a policy is made of, and how far its references to other files reach."""

import os
import stat
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path, PurePath

from delegation.policy.faults import Fault, InvalidPolicy, Place, quoted

LARGEST = 8 * 2**20
"""How many bytes a file may have."""

MOST = 100
"""How many faults are told; whoever has mended those runs it again."""


@dataclass(frozen=True)
class Source:
    """A file that has been read; `name` is how messages call it."""

    name: str
    text: str

    @cached_property
    def lines(self) -> list[str]:
        """The lines without their ends."""
        return self.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")

    @cached_property
    def _starts(self) -> list[int]:
        starts = [0]
        for line in self.text.split("\n"):
            starts.append(starts[-1] + len(line) + 1)
        return starts

    def line(self, number: int) -> str:
        """Return a line, counted from one; nothing for one that is not there."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def place(self, offset: int) -> Place:
        """Return the place of a character."""
        line = bisect_right(self._starts, offset)
        return Place(self.name, line, offset - self._starts[line - 1] + 1)

    def fault(self, message: str) -> InvalidPolicy:
        """Return the error that something is wrong with the file as a whole."""
        return InvalidPolicy(Fault(Place(self.name), message))


@dataclass(frozen=True, slots=True)
class Folder:
    """The directory from which references are followed, and out of which they lead only where `external` ones may."""

    path: Path
    external: bool = False
    sources: dict[str, Source] = field(default_factory=dict)
    """What has been read, by name, here and in the folders inside."""

    def read(self, reference: str, place: Place) -> Source:
        """Return the file that a reference at the place names."""
        path = self.path / reference
        try:
            if not self.external:
                self._confine(reference, path)
            return self._keep(str(path), path)
        except _RefusedError as refusal:
            raise InvalidPolicy(Fault(place, f"{quoted(reference)} {refusal}")) from None

    def open(self, path: Path) -> Source:
        """Return a file that a person named, wherever it is."""
        try:
            return self._keep(str(path), path)
        except _RefusedError as refusal:
            raise InvalidPolicy(Fault(Place(str(path)), f"the file {refusal}")) from None

    def at(self, reference: str) -> "Folder":
        """Return the folder in which a referenced file lies."""
        return replace(self, path=(self.path / reference).parent)

    def _confine(self, reference: str, path: Path) -> None:
        pure = PurePath(reference)
        if pure.is_absolute() or ".." in pure.parts:
            raise _RefusedError("leads out of the directory of the file that names it")
        try:
            inside = path.resolve().is_relative_to(self.path.resolve())
        except (OSError, RuntimeError, ValueError) as error:
            raise _RefusedError(f"cannot be followed: {error}") from None
        if not inside:
            raise _RefusedError("is a link that leads out of the directory of the file that names it")

    def _keep(self, name: str, path: Path) -> Source:
        source = Source(name, _text(path))
        self.sources[name] = source
        return source

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Put faults in the order of their places, file by file, and add the lines in which they stand."""
        try:
            yield
        except InvalidPolicy as error:
            files = list(self.sources)
            faults = sorted(error.faults, key=lambda fault: _order(files, fault.place))
            raise InvalidPolicy(*map(self.with_line, faults[:MOST]), *_more(faults[MOST:])) from None

    def with_line(self, fault: Fault) -> Fault:
        """Return the fault with the line in which it stands, as far as that is known."""
        source = self.sources.get(fault.place.file)
        if fault.line or source is None:
            return fault
        return replace(fault, line=source.line(fault.place.line))


def _more(faults: list[Fault]) -> list[Fault]:
    """Return what is said of the faults that are not told."""
    return [Fault(faults[0].place, f"and {len(faults)} faults from here on that are not shown")] if faults else []


def _order(files: list[str], place: Place) -> tuple[int, int, int]:
    return files.index(place.file) if place.file in files else -1, place.line, place.column


class _RefusedError(Exception):
    """A file cannot be read, or must not be."""


def _text(path: Path) -> str:
    try:
        # Without waiting: a pipe that nobody writes to would be waited for before it is seen to be no file.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        raise _RefusedError(f"cannot be opened: {getattr(error, 'strerror', None) or error}") from None
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise _RefusedError("is no regular file")
        with os.fdopen(handle, "rb", closefd=False) as file:
            found = file.read(LARGEST + 1)
    finally:
        os.close(handle)
    if len(found) > LARGEST:
        raise _RefusedError(f"has more than {LARGEST} bytes")
    try:
        return found.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _RefusedError(f"is not written in UTF-8: {error.reason} at byte {error.start}") from None
