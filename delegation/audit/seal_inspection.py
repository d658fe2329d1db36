"""Inspection of the seals: each in its place, signed, and made over the heads that are told with it."""

from collections.abc import Collection

from delegation.audit.chain import Entry, Head
from delegation.audit.held import Held
from delegation.audit.history import Covered, Proof
from delegation.audit.merkle import Tree, root_of_path
from delegation.audit.seals import SEALS, leaf_of, signed_in
from delegation.audit.verification import Fault, Finding, Verifier
from delegation.tokens import AuditSeal, InvalidToken, VerificationKeys, read_audit_seal


class SealInspection:
    """Reads the chain of seals from its beginning, each seal followed by heads that it covers."""

    def __init__(self, keys: VerificationKeys, held: Held, *, is_whole: bool) -> None:
        """Believe what `keys` have signed, and expect the seals that are held.

        Either all heads are told that a seal covers (`is_whole`), or some, each with its proof.
        """
        self._keys = keys
        self._held = held
        self._is_whole = is_whole
        self._verifier = Verifier(SEALS)
        self._begun: Head | None = None
        self._found: list[Finding] = []
        self._number = 0
        self._seal: AuditSeal | None = None
        self._tree = Tree()
        self._last = ""
        self.newest: AuditSeal | None = None
        """The newest seal that is signed and stands in its place."""

    def begin(self, place: Head) -> None:
        """Take note that the seals are told from this one on, which is not told itself."""
        if self._number or self._begun is not None:
            self._found.append(Finding(SEALS, place.sequence, Fault.ANCHOR))
        elif not self._held.seals.get(place.sequence, frozenset()) <= {place.hash}:
            self._found.append(Finding(SEALS, place.sequence, Fault.KEPT))
        self._begun, self._verifier = place, Verifier(SEALS, place)

    def is_begun_by(self, purges: Collection[Head]) -> bool:
        """Return whether the seals are told from the first one, or from one that is held or was purged up to.

        Who holds seals, and none so new, has nothing that what is left could be compared with.
        """
        place = self._begun
        if place is None or place.sequence in self._held.seals:
            return True
        return place in purges and not 0 < self._held.newest_seal < place.sequence

    def see(self, entry: Entry) -> None:
        """Take note of the next entry of the chain of seals."""
        self.end_of_seal()
        before = self._verifier.place
        self._verifier.see(entry)
        self._number = entry.sequence
        self._tree, self._last = Tree(), ""
        self._seal = self._read(entry)
        if self._seal is None:
            self._report(Fault.UNSIGNED)
        elif self._verifier.is_sound and (self._seal.number, self._seal.previous) != (entry.sequence, before.hash):
            self._report(Fault.MISPLACED)
        elif not self._held.seals.get(entry.sequence, frozenset()) <= {entry.hash}:
            self._report(Fault.KEPT)
        else:
            self.newest = self._seal

    def cover(self, covered: Covered) -> bool:
        """Take note of a head that the seal is said to cover, and return whether it may be believed that it does.

        Where all heads are told, each is believed for now: at the end of the seal all together are right or wrong.
        """
        if covered.seal != self._number:
            self._found.append(Finding(SEALS, covered.seal, Fault.GONE))
            return False
        if self._seal is None:
            return False
        if not self._is_whole:
            return covered.proof is not None and _proves(covered.head, covered.proof, self._seal)
        if covered.head.chain <= self._last:
            self._report(Fault.ROOT)
        self._last = covered.head.chain
        self._tree.add(leaf_of(covered.head))
        return True

    def end_of_seal(self) -> None:
        """Where all heads are told, compare them with those that the seal was made over: no more will come."""
        seal, tree = self._seal, self._tree
        if self._is_whole and seal is not None and (seal.size, seal.root) != (tree.size, tree.root().hex()):
            self._report(Fault.ROOT)
        self._seal = None

    def finish(self, head: Head | None) -> list[Finding]:
        """Return what is wrong with the seals: nothing, or the first bad one, given the head kept beside them."""
        self.end_of_seal()
        reach = self._verifier.place.sequence
        if self._verifier.is_sound and reach < self._held.newest_seal:
            self._found.append(Finding(SEALS, reach + 1, Fault.LOST))
        found = [*self._verifier.finish(head), *self._found]
        return sorted(found, key=lambda finding: finding.sequence)[:1]

    def _read(self, entry: Entry) -> AuditSeal | None:
        signed = signed_in(entry.body)
        try:
            return None if signed is None else read_audit_seal(signed, keys=self._keys)
        except InvalidToken:
            return None

    def _report(self, fault: Fault) -> None:
        self._found.append(Finding(SEALS, self._number, fault))


def _proves(head: Head, proof: Proof, seal: AuditSeal) -> bool:
    root = root_of_path(leaf_of(head), proof.index, seal.size, proof.path)
    return root is not None and root.hex() == seal.root
