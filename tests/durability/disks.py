"""Disks that fail: every system call of a history in turn, once or from then on, and the power at every moment."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.durability.history import Life, life
from tests.durability.judging import Violation
from tests.durability.tracing import Failure

POWER: Final = "the power goes"


@dataclass(frozen=True, slots=True)
class _Kind:
    """A way in which a disk fails at one kind of call."""

    call: str
    error: str
    lasting: bool = False


KINDS: Final[Mapping[str, _Kind]] = {
    "a flush fails": _Kind("fdatasync", "EIO"),
    "all flushes fail from then on": _Kind("fdatasync", "EIO", lasting=True),
    "there is no room at a flush": _Kind("fdatasync", "ENOSPC"),
    "the flush of a directory fails": _Kind("fsync", "EIO"),
    "a write fails": _Kind("pwrite64", "EIO"),
    "there is no room for a write": _Kind("pwrite64", "ENOSPC"),
    "there is no room from then on": _Kind("pwrite64", "ENOSPC", lasting=True),
    "a file cannot be cut": _Kind("ftruncate", "EIO"),
    "a file cannot be opened": _Kind("openat", "EIO"),
    "a file cannot be deleted": _Kind("unlink", "EIO"),
    "a read fails": _Kind("pread64", "EIO"),
}

_OWN: Final = {"openat": 1}
"""How many calls of a kind the history makes for itself, before any other."""


@dataclass(frozen=True, slots=True)
class Suffered:
    """One failure, and in how many ways the process or the machine ended after it."""

    failure: Failure
    ends: int
    acknowledged: int


class Disks:
    """A history, as it is without any fault, and with each."""

    def __init__(self, original: Path, directory: Path, *, flaw: str | None = None) -> None:
        """Live the history in a copy of a migrated database, below a directory. Raises Untraceable."""
        self._original = original
        self._directory = directory
        self.whole: Life = life(original, directory / "whole", None, flaw=flaw)

    def lose_power(self) -> int:
        """End the whole history after each of its calls, and judge; return how often. Raises Violation."""
        return self.whole.judge(everywhere=True)

    def fail(self, kind: str, *, every: int = 1, flaw: str | None = None) -> Iterator[Suffered]:
        """Yield what the disk did to the history at each call of a kind in turn, or at every so many.

        Raises Violation.
        """
        what = KINDS[kind]
        for number in range(1 + _OWN.get(what.call, 0), self.whole.count(what.call) + 1, every):
            yield self._suffer(Failure(what.call, what.error, number, lasting=what.lasting), flaw)

    def _suffer(self, failure: Failure, flaw: str | None) -> Suffered:
        with TemporaryDirectory(dir=self._directory) as directory:
            suffering = life(self._original, Path(directory), failure, seed=failure.number, flaw=flaw)
            if not suffering.has_failed:
                raise Violation(f"{failure} hit nothing")
            try:
                return Suffered(failure, suffering.judge(), suffering.acknowledged)
            except Violation as violation:
                raise Violation(f"{failure}: {violation}") from violation
