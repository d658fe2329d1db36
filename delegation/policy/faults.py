"""What is wrong with a policy's files, and where: told so that a person finds the place."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from typing_extensions import override

T = TypeVar("T")

_SHOWN = 80  # characters of an offending value that a message repeats


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: lines and columns count from one, and zero says that only the file is known."""

    file: str
    line: int = 0
    column: int = 0

    @override
    def __str__(self) -> str:
        """The place as editors and compilers write it."""
        return ":".join([self.file, *(str(number) for number in (self.line, self.column) if number)])


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, its place, and what stands there: the line, and the piece of it that is meant."""

    place: Place
    message: str
    line: str = ""
    found: str = ""
    code: str = ""

    @override
    def __str__(self) -> str:
        """The place and the message, above the offending line with the piece underlined."""
        told = f"{self.place}: {self.message}"
        if not self.line or not self.place.column:
            return told
        line = printable(self.line.expandtabs(1))
        before = self.place.column - 1
        width = len(self.found) if self.found and line.startswith(self.found, before) else 1
        return f"{told}\n    {line}\n    {' ' * before}{'^' * width}"


class InvalidPolicy(Exception):
    """A policy's files cannot be understood; `faults` names everything that was found."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


class Gathering:
    """Faults of parts that can be read independently of each other."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    @contextmanager
    def part(self) -> Iterator[None]:
        """Keep the faults of one part, and go on after it."""
        try:
            yield
        except InvalidPolicy as error:
            self._faults.extend(error.faults)

    def last(self, read: Callable[[], T]) -> T:
        """Return what the last part is, if no part has a fault; raise `InvalidPolicy` with all of them otherwise."""
        with self.part():
            value = read()
            if not self._faults:
                return value
        raise InvalidPolicy(*self._faults)

    def finish(self) -> None:
        """Raise `InvalidPolicy` if any part had a fault."""
        if self._faults:
            raise InvalidPolicy(*self._faults)


def quoted(text: str) -> str:
    """Return the value in backticks, cut to a bounded length and with unprintable characters escaped."""
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return f"`{printable(shown)}`"


def printable_lines(text: str) -> str:
    """Return the text in its lines, each of them printable."""
    return "\n".join(map(printable, text.split("\n")))


def printable(text: str) -> str:
    """Return the text in one line, with what cannot be seen escaped: it comes from files and goes to terminals."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
