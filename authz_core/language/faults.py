"""What is wrong with a written model: each fault with its place, all of them together in one error."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from authz_core.errors import InvalidModel
from authz_core.language.document import Position

MOST_FAULTS = 100
"""How many faults are collected before the search for more ends."""

Value = TypeVar("Value")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: `code` tells faults apart for programs, `message` says for people what is wrong.

    The message names the offending text itself; `found` is that text alone, `expected` what may stand there instead.
    """

    code: str
    message: str
    position: Position | None = None
    found: str | None = None
    expected: str | None = None

    def __str__(self) -> str:
        """The fault as one line, its place counted from one as editors do."""
        wanted = "" if self.expected is None else f", expected {self.expected}"
        return f"{_place(self.position)}{self.message}{wanted}"


class InvalidDocument(InvalidModel):
    """A written model cannot be read, or does not mean anything; `faults` holds what `problems` says."""

    code = "invalid_document"

    def __init__(self, *faults: Fault) -> None:
        """Keep the faults as values and hand them on as texts."""
        super().__init__(*(str(fault) for fault in faults))
        self.faults = faults


def for_each(work: Callable[[Value], Result], values: Iterable[Value]) -> tuple[Result, ...]:
    """Return what the work makes of each value; raise `InvalidDocument` with the faults of all of them together."""
    results: list[Result] = []
    faults: list[Fault] = []
    for value in values:
        try:
            results.append(work(value))
        except InvalidDocument as error:
            faults.extend(error.faults)
        if len(faults) >= MOST_FAULTS:
            break
    if faults:
        raise InvalidDocument(*faults[:MOST_FAULTS])
    return tuple(results)


def _place(position: Position | None) -> str:
    if position is None:
        return ""
    file = "" if position.file is None else f"{position.file}, "
    return f"{file}line {position.line + 1}, column {position.column + 1}: "
