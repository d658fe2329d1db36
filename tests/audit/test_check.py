"""Checking an export with nothing but seals and keys that were kept earlier, against somebody who owns the database."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from delegation.audit import SEALS, Fault, Finding, Held, InvalidExport, Report, check, held_in
from tests.audit.logs import ACME, BETA, KEY, KEYS, OTHER_KEY, Log, edited, head_of, sample

pytestmark = pytest.mark.threat("55")

Tampering = Callable[[Log], object]


def bodies(count: int, forged: int) -> list[str]:
    """Return what a chain of so many entries says in which one was forged."""
    return ['{"n":"forged"}' if n == forged else f'{{"n":{n}}}' for n in range(1, count + 1)]


def report(log: Log, held: Held | None = None, organization: str | None = None) -> Report:
    """Return what an outsider finds in the log's export."""
    _, found = check(log.lines(organization), keys=KEYS, held=held or Held())
    return found


def kept(*numbers: int) -> Held:
    """Return seals of the untouched log that somebody kept."""
    return held_in(line for number in numbers for line in sample().held(number))


def delete(log: Log, chain: str, number: int) -> None:
    """Delete an entry."""
    del log.chains[chain][number - 1]


def edit(log: Log, chain: str, number: int) -> None:
    """Edit an entry's body and leave everything else."""
    log.chains[chain][number - 1] = edited(log.chains[chain][number - 1])


def insert(log: Log) -> None:
    """Slip an entry in and move the later ones back."""
    entries = log.chains[ACME]
    later = [replace(entry, sequence=entry.sequence + 1) for entry in entries[2:]]
    log.chains[ACME] = [*entries[:2], replace(edited(entries[2])), *later]


def swap(log: Log) -> None:
    """Let two entries change places."""
    entries = log.chains[ACME]
    entries[1], entries[2] = replace(entries[2], sequence=2), replace(entries[1], sequence=3)


def cut(log: Log, chain: str, left: int) -> None:
    """Cut a chain's tail off and set its head back."""
    log.chains[chain] = log.chains[chain][:left]
    log.heads[chain] = head_of(log.chains[chain])


def remove(log: Log, chain: str) -> None:
    """Remove a chain with its head."""
    del log.chains[chain], log.heads[chain]


def remove_seal(log: Log, number: int) -> None:
    """Remove a seal with what it covers."""
    del log.seals[number - 1], log.covered[number]


def cut_seals(log: Log, left: int) -> None:
    """Cut the chain of seals back, with all that is covered by those cut off."""
    log.seals = log.seals[:left]
    log.covered = {number: heads for number, heads in log.covered.items() if number <= left}


def replace_seal(log: Log) -> None:
    """Put another seal of the service's in the place of one."""
    log.seals[1] = replace(log.seals[2], sequence=2)


def drop_covered(log: Log) -> None:
    """Let a seal cover one head less."""
    del log.covered[1][0]


def forge_covered(log: Log) -> None:
    """Let a seal cover the head of a forged chain."""
    log.rewrite(BETA, bodies(2, 1))
    log.covered[1][1] = replace(log.covered[1][1], hash=log.chains[BETA][0].hash)


def rewrite_and_seal(log: Log) -> None:
    """Rewrite a chain and make all seals anew, with the service's own key."""
    log.rewrite(ACME, bodies(6, 2))
    log.seal_anew()


def rewrite_and_go_on(log: Log) -> None:
    """Rewrite a chain, and let the service itself seal what came of it."""
    log.rewrite(ACME, bodies(8, 4))
    log.seal()


TAMPERINGS: dict[str, tuple[Tampering, Finding]] = {
    "an entry edited": (lambda log: edit(log, ACME, 2), Finding(ACME, 2, Fault.EDITED)),
    "an entry deleted": (lambda log: delete(log, ACME, 3), Finding(ACME, 3, Fault.MISSING)),
    "the last sealed entry deleted": (lambda log: delete(log, ACME, 5), Finding(ACME, 5, Fault.GONE)),
    "an entry inserted": (insert, Finding(ACME, 3, Fault.REORDERED)),
    "two entries exchanged": (swap, Finding(ACME, 2, Fault.REORDERED)),
    "the tail cut off": (lambda log: cut(log, ACME, 4), Finding(ACME, 5, Fault.GONE)),
    "the tail cut off before the seal before": (lambda log: cut(log, ACME, 1), Finding(ACME, 2, Fault.GONE)),
    "a whole chain rewritten": (lambda log: log.rewrite(ACME, bodies(6, 2)), Finding(ACME, 2, Fault.REWRITTEN)),
    "a chain rewritten since a seal": (lambda log: log.rewrite(ACME, bodies(6, 4)), Finding(ACME, 4, Fault.REWRITTEN)),
    "a chain rewritten and sealed again": (rewrite_and_go_on, Finding(ACME, 4, Fault.REWRITTEN)),
    "a chain and its head removed": (lambda log: remove(log, BETA), Finding(BETA, 1, Fault.GONE)),
    "a chain's entries removed": (lambda log: log.chains[BETA].clear(), Finding(BETA, 1, Fault.GONE)),
    "a chain's head removed": (lambda log: log.heads.pop(BETA), Finding(BETA, 1, Fault.UNCOVERED)),
    "the first seal removed": (lambda log: remove_seal(log, 1), Finding(SEALS, 1, Fault.MISSING)),
    "a seal removed": (lambda log: remove_seal(log, 2), Finding(SEALS, 2, Fault.MISSING)),
    "a seal replaced": (replace_seal, Finding(SEALS, 2, Fault.EDITED)),
    "seals made anew by another key": (lambda log: log.seal_anew(OTHER_KEY), Finding(SEALS, 1, Fault.UNSIGNED)),
    "seals made anew by the service's key": (rewrite_and_seal, Finding(SEALS, 2, Fault.KEPT)),
    "seals cut back": (lambda log: cut_seals(log, 1), Finding(SEALS, 2, Fault.LOST)),
    "all seals removed": (lambda log: cut_seals(log, 0), Finding(SEALS, 1, Fault.LOST)),
    "a covered head removed": (drop_covered, Finding(SEALS, 1, Fault.ROOT)),
    "a covered head forged": (forge_covered, Finding(SEALS, 1, Fault.ROOT)),
}


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_log_that_nobody_touched_is_sound(number: int) -> None:
    """Nothing is found, whichever seal is held, and what no seal covers yet is counted."""
    found = report(sample(), kept(number))
    assert found.findings == []
    assert (found.chains, found.entries, found.seals) == (4, 13, 3)
    assert (found.unsealed_chains, found.unsealed_entries) == (2, 2)
    assert found.newest is not None
    assert found.newest.number == 3


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_tampering_is_named(tampering: str) -> None:
    """Whoever holds an earlier seal and the keys learns the first bad entry of the chain that was touched."""
    log = sample()
    tamper, finding = TAMPERINGS[tampering]
    tamper(log)
    findings = report(log, kept(2, 3)).findings
    assert finding in findings


def test_what_is_signed_for_another_place_is_no_seal_there() -> None:
    """A chain of seals hashed anew around a seal of another place is refused, though every signature is right."""
    log = sample()
    spare = Log()
    spare.append(ACME, "{}")
    spare.seal()
    log.seals, log.covered = [spare.seals[0]], {1: spare.covered[1]}
    log.add_seal([head_of(log.chains[BETA])], KEY)
    body = log.seals[0].body
    log.seals[0] = replace(log.seals[0], body=body)
    assert report(log).findings == [Finding(ACME, 1, Fault.REWRITTEN)]
    assert Finding(SEALS, 1, Fault.KEPT) in report(log, kept(1)).findings


def test_without_an_earlier_seal_a_rewriting_by_whoever_has_the_key_stays_unseen() -> None:
    """What only an earlier seal can tell is not told without one."""
    log = sample()
    rewrite_and_seal(log)
    assert report(log).findings == []


def test_a_change_after_the_last_seal_cannot_be_seen_and_is_said_not_to_be() -> None:
    """Entries that no seal covers can be rewritten without trace; the report counts them as such."""
    log = sample()
    log.rewrite(ACME, bodies(6, 6))
    found = report(log, kept(3))
    assert (found.findings, found.unsealed_entries) == ([], 2)


def test_an_export_that_was_kept_speaks_for_what_was_not_sealed() -> None:
    """Whoever kept a whole export notices a change even after the last seal."""
    log = sample()
    log.rewrite(ACME, bodies(7, 6))
    assert report(log, held_in(sample().lines())).findings == [Finding(ACME, 6, Fault.KEPT)]
    log = sample()
    cut(log, ACME, 5)
    assert report(log, held_in(sample().lines())).findings == [Finding(ACME, 6, Fault.LOST)]


@pytest.mark.parametrize(
    ("tampering", "finding"),
    [
        (lambda log: edit(log, ACME, 2), Finding(ACME, 2, Fault.EDITED)),
        (lambda log: delete(log, ACME, 5), Finding(ACME, 5, Fault.GONE)),
        (lambda log: log.rewrite(ACME, bodies(6, 4)), Finding(ACME, 4, Fault.REWRITTEN)),
        (lambda log: cut_seals(log, 1), Finding(SEALS, 2, Fault.LOST)),
        (lambda log: log.covered[1].pop(), Finding(ACME, 2, Fault.UNPROVED)),
        (rewrite_and_seal, Finding(SEALS, 2, Fault.KEPT)),
    ],
)
def test_an_organization_alone_is_checked_by_proofs(tampering: Tampering, finding: Finding) -> None:
    """An export of one organization shows nobody else's chain, and is checked against seals as a whole one is."""
    assert report(sample(), kept(2), "acme").findings == []
    assert BETA not in b"".join(sample().lines("acme")).decode()
    log = sample()
    tampering(log)
    assert finding in report(log, kept(2), "acme").findings


def test_a_covered_head_without_proof_is_not_believed() -> None:
    """In an export of one organization a head counts as sealed by its proof alone."""
    lines = sample().lines("acme")
    bare = [
        line.split(b',"index"')[0] + b',"seal":1,"sequence":2}}' if b'"seal":1,' in line else line for line in lines
    ]
    _, found = check(bare, keys=KEYS, held=Held())
    assert found.findings == [Finding(ACME, 2, Fault.UNPROVED)]


@pytest.mark.parametrize("place", range(1, 26))
def test_an_export_that_lacks_a_line_is_refused_or_faulty(place: int) -> None:
    """Whichever line is left out, the export does not pass."""
    lines = sample().lines()
    assert len(lines) == 26
    with pytest.raises(InvalidExport):
        check([*lines[:place], *lines[place + 1 :]], keys=KEYS, held=Held())


@pytest.mark.parametrize(
    "line", [b"", b"[]", b"{}", b'{"entry":{}}', b'{"head":1}', b'{"x":{}}', b'{"end":{"lines":2}}', b"\xff"]
)
def test_what_is_no_line_is_refused(line: bytes) -> None:
    """A line that is none, or that stands where it does not belong, is named by its number."""
    lines = sample().lines()
    with pytest.raises(InvalidExport, match=r"^line 3 "):
        check([*lines[:2], line, *lines[2:]], keys=KEYS, held=Held())
    with pytest.raises(InvalidExport, match=r"^line 1 "):
        check(lines[1:], keys=KEYS, held=Held())
