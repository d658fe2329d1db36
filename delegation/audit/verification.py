"""Verification: the first entry of a chain that is not what was recorded there."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from typing_extensions import override

from delegation.audit.chain import GENESIS, Entry, Head, link


class Fault(StrEnum):
    """What is wrong with an entry."""

    EDITED = "its content or its hash was changed"
    MISSING = "it is missing, though later ones are there"
    REORDERED = "it stands in another place"
    REPEATED = "its number was passed already"
    CUT = "it and everything after it is missing, though the head knows of it"
    UNCOVERED = "the head does not know of it"
    HEAD = "the head names another hash for it"
    UNSIGNED = "it is no seal that one of the keys has signed"
    MISPLACED = "the seal in it was made for another place"
    ROOT = "it covers other heads than those that stand there for it"
    REWRITTEN = "a seal covers another hash for it: it, or something since the place sealed before, was rewritten"
    GONE = "it is missing, though a seal covers it or what follows it"
    UNPROVED = "its proof does not lead to the seal that is to cover it"
    KEPT = "another hash was kept for it elsewhere: it, or something before it, was rewritten"
    ANCHOR = "the log begins to be told there, and neither what was kept nor a sealed record of a purge says so"
    LOST = "it is missing, though it, or what follows it, was kept elsewhere"


@dataclass(frozen=True, slots=True)
class Finding:
    """The first bad entry of a chain."""

    chain: str
    sequence: int
    """Where in the chain something else was recorded, counted from 1."""
    fault: Fault

    @override
    def __str__(self) -> str:
        return f"`{self.chain}`, entry {self.sequence}: {self.fault}"


class Verifier:
    """Reads one chain from its beginning, entry by entry, and needs to remember only the last one."""

    __slots__ = ("_chain", "_finding", "_hash", "_sequence")

    def __init__(self, chain: str, begins: Head | None = None) -> None:
        """Expect the first entry of `chain`, or the one that follows the place where it begins to be told."""
        self._chain = chain
        self._sequence = 0 if begins is None else begins.sequence
        self._hash = GENESIS if begins is None else begins.hash
        self._finding: Finding | None = None

    @property
    def place(self) -> Head:
        """The last entry that was what was recorded there; number 0 before the first one."""
        return Head(self._chain, self._sequence, self._hash)

    @property
    def is_sound(self) -> bool:
        """Whether everything seen so far was what was recorded there."""
        return self._finding is None

    def see(self, entry: Entry) -> None:
        """Take note of the next entry as it is kept."""
        expected = self._sequence + 1
        if self._finding is not None:
            self._look_for_the_one_expected(entry)
        elif entry.sequence > expected:
            self._found(expected, Fault.MISSING)
            self._look_for_the_one_expected(entry)
        elif entry.sequence < expected:
            self._found(entry.sequence, Fault.REPEATED)
        elif not self._follows(entry):
            self._found(expected, Fault.EDITED)
        else:
            self._sequence, self._hash = expected, entry.hash

    def finish(self, head: Head | None) -> list[Finding]:
        """Return what is wrong with the chain: nothing, or its first bad entry, given the head kept beside it."""
        reach = head.sequence if head is not None else 0
        if self._finding is not None and self._finding.sequence <= reach:
            return [self._finding]
        if self._finding is not None or self._sequence > reach:
            return [Finding(self._chain, reach + 1, Fault.UNCOVERED)]
        if self._sequence < reach:
            return [Finding(self._chain, self._sequence + 1, Fault.CUT)]
        if head is not None and (head.chain, head.hash) != (self._chain, self._hash):
            return [Finding(self._chain, reach, Fault.HEAD)]
        return []

    def _found(self, sequence: int, fault: Fault) -> None:
        self._finding = Finding(self._chain, sequence, fault)

    def _follows(self, entry: Entry) -> bool:
        # The place is the one expected, not the one claimed, so that a displaced entry is known again.
        expected = link(self._hash, entry.chain, self._sequence + 1, entry.body)
        return entry.chain == self._chain and entry.hash == expected

    def _look_for_the_one_expected(self, entry: Entry) -> None:
        gone = self._finding is not None and self._finding.fault in {Fault.MISSING, Fault.EDITED}
        if gone and self._follows(entry):
            self._found(self._sequence + 1, Fault.REORDERED)


def verify(entries: Iterable[Entry], head: Head) -> list[Finding]:
    """Return what is wrong with the chain of `head`: nothing, or its first bad entry."""
    verifier = Verifier(head.chain)
    for entry in entries:
        verifier.see(entry)
    return verifier.finish(head)
