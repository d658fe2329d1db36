"""Inspection: a log is heard as it is told, and the first bad entry of every chain is named.

It needs nothing but what is told, the keys that seals are signed with, and what was kept of the log before.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from delegation.audit.chain import Entry, Head
from delegation.audit.held import Held
from delegation.audit.history import Anchor, Covered, Item
from delegation.audit.purges import KEEPER, purge_in
from delegation.audit.seal_inspection import SealInspection
from delegation.audit.seals import SEALS
from delegation.audit.verification import Fault, Finding, Verifier
from delegation.tokens import AuditSeal, VerificationKeys


@dataclass(frozen=True, slots=True)
class Report:
    """What was heard of a log, and what is wrong with it."""

    chains: int
    """The chain of seals among them."""
    entries: int
    """Seals among them."""
    seals: int
    newest: AuditSeal | None
    """The newest seal that is signed and stands in its place."""
    unsealed_chains: int
    unsealed_entries: int
    """What no seal covers yet; whoever can write to the database can change it and leave no trace."""
    findings: Sequence[Finding]
    """The first bad entry of each chain that has one, by the name of the chain."""


@dataclass(slots=True)
class _Chain:
    """What is remembered of one chain."""

    verifier: Verifier
    begins: int = 0
    """After which number it is told."""
    entries: int = 0
    sealed: int = 0
    """Up to which number a seal covers it."""
    found: list[Finding] = field(default_factory=list)
    ended: bool = False

    def report(self, sequence: int, fault: Fault) -> None:
        self.found.append(Finding(self.verifier.place.chain, sequence, fault))

    def first(self) -> list[Finding]:
        return sorted(self.found, key=lambda finding: finding.sequence)[:1]


class Inspection:
    """Hears a log from its beginning, and remembers one place of each chain."""

    def __init__(self, *, keys: VerificationKeys, held: Held, organization: str | None = None) -> None:
        """Believe what `keys` have signed and expect what is `held`, of one organization alone if it is named."""
        self._seals = SealInspection(keys, held, is_whole=organization is None)
        self._held = held.heads if organization is None else _only(held, f"org:{organization}")
        self._is_whole = organization is None
        self._chains: dict[str, _Chain] = {}
        self._seal_entries = 0
        self._seals_head: Head | None = None
        self._anchors: set[str] = set()
        self._purges: dict[Head, int] = {}
        """Up to which seal there was a purge, and which entry records it."""

    def see(self, item: Item) -> None:
        """Take note of the next thing that is told."""
        match item:
            case Entry(chain=chain) if chain == SEALS:
                self._seals.see(item)
                self._seal_entries += 1
            case Entry():
                self._see_entry(self._chain(item.chain), item)
            case Anchor(head=Head(chain=chain) as place):
                self._see_anchor(place)
            case Covered():
                self._see_covered(self._chain(item.head.chain), item)
            case Head(chain=chain) if chain == SEALS:
                self._seals_head = item
            case Head():
                chain_ended = self._chain(item.chain)
                chain_ended.found += chain_ended.verifier.finish(item)
                chain_ended.ended = True

    def finish(self) -> Report:
        """Return what was heard, and everything that is wrong with it."""
        for name in self._held:
            self._chain(name)
        for name, chain in self._chains.items():
            self._finish(name, chain)
        chains = self._chains.values()
        findings = [*self._seals.finish(self._seals_head), *(each for chain in chains for each in chain.first())]
        findings += self._badly_begun() if findings == [] else []
        open_ends = [left for chain in chains if (left := chain.begins + chain.entries - chain.sealed) > 0]
        return Report(
            chains=len(chains) + (self._seal_entries > 0),
            entries=sum(chain.entries for chain in chains) + self._seal_entries,
            seals=self._seal_entries,
            newest=self._seals.newest,
            unsealed_chains=len(open_ends),
            unsealed_entries=sum(open_ends),
            findings=sorted(findings, key=lambda finding: finding.chain),
        )

    def _chain(self, name: str) -> _Chain:
        chain = self._chains.get(name)
        if chain is None:
            chain = self._chains[name] = _Chain(Verifier(name))
        return chain

    def _see_anchor(self, place: Head) -> None:
        if place.chain in self._chains or place.chain in self._anchors:
            self._chain(place.chain).report(place.sequence, Fault.ANCHOR)
            return
        self._anchors.add(place.chain)
        if place.chain == SEALS:
            self._seals.begin(place)
            return
        begun = _Chain(Verifier(place.chain, place), begins=place.sequence, sealed=place.sequence)
        self._chains[place.chain] = begun
        for kept in self._held.get(place.chain, ()):
            if kept.sequence == place.sequence and kept.hash != place.hash:
                begun.report(place.sequence, Fault.KEPT)

    def _badly_begun(self) -> list[Finding]:
        """Return what is wrong with where the log begins to be told; that a seal covers it is found with its chain."""
        keeper = self._chains.get(KEEPER)
        sealed = [seal for seal, sequence in self._purges.items() if keeper is not None and sequence <= keeper.sealed]
        is_told = not self._anchors or SEALS in self._anchors
        return [] if is_told and self._seals.is_begun_by(sealed) else [Finding(SEALS, 1, Fault.ANCHOR)]

    def _see_entry(self, chain: _Chain, entry: Entry) -> None:
        chain.verifier.see(entry)
        chain.entries += 1
        purged = purge_in(entry)
        if purged is not None:
            self._purges[purged] = entry.sequence
        for kept in self._held.get(entry.chain, ()):
            if kept.sequence == entry.sequence and kept.hash != entry.hash:
                chain.report(entry.sequence, Fault.KEPT)

    def _see_covered(self, chain: _Chain, covered: Covered) -> None:
        if not self._seals.cover(covered):
            if not self._is_whole:
                chain.report(covered.head.sequence, Fault.UNPROVED)
            return
        place = chain.verifier.place
        chain.sealed = covered.head.sequence
        if chain.verifier.is_sound and place.sequence < covered.head.sequence:
            chain.report(place.sequence + 1, Fault.GONE)
        elif chain.verifier.is_sound and place != covered.head:
            chain.report(covered.head.sequence, Fault.REWRITTEN)

    def _finish(self, name: str, chain: _Chain) -> None:
        if not chain.ended:
            chain.found += chain.verifier.finish(None)
        place = chain.verifier.place
        kept = max((head.sequence for head in self._held.get(name, ())), default=0)
        if chain.verifier.is_sound and place.sequence < kept:
            chain.report(place.sequence + 1, Fault.LOST)


def _only(held: Held, chain: str) -> dict[str, frozenset[Head]]:
    return {name: heads for name, heads in held.heads.items() if name == chain}


def inspect(items: Iterable[Item], *, keys: VerificationKeys, held: Held, organization: str | None = None) -> Report:
    """Return what is told of a log and what is wrong with it."""
    inspection = Inspection(keys=keys, held=held, organization=organization)
    for item in items:
        inspection.see(item)
    return inspection.finish()
