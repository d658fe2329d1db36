"""A log in memory, sealed as the service seals one, for whoever tampers with it."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from delegation.audit import (
    GENESIS,
    SEALS,
    Covered,
    Ending,
    Entry,
    Head,
    Keys,
    Opening,
    Proof,
    body_with,
    inclusion_path,
    leaf_of,
    line_of,
    link,
    root_of,
)
from delegation.tokens import Algorithm, AuditSeal, Purpose, SigningKey, sign_audit_seal, usable_keys
from tests.clock import NOON
from tests.tokens.forging import signing_key

ISSUER: Final = "https://as.example"
KEY: Final = signing_key(Purpose.SEAL, Algorithm.ED25519)  # It signs the same thing alike, so two samples are one.
OTHER_KEY: Final = signing_key(Purpose.SEAL)
KEYS: Final = usable_keys({"keys": [dict(KEY.public)]})
ACME: Final = "org:acme"
BETA: Final = "org:beta"


def chained(chain: str, bodies: list[str]) -> list[Entry]:
    """Return entries that follow each other as they should."""
    entries: list[Entry] = []
    for sequence, body in enumerate(bodies, start=1):
        previous = entries[-1].hash if entries else GENESIS
        entries.append(Entry(chain, sequence, body, link(previous, chain, sequence, body)))
    return entries


def head_of(entries: list[Entry]) -> Head:
    """Return the head that belongs to entries."""
    return Head(entries[-1].chain, entries[-1].sequence, entries[-1].hash)


@dataclass
class Log:
    """What a database holds: the entries and heads of chains, seals, and what each covers."""

    chains: dict[str, list[Entry]] = field(default_factory=dict)
    heads: dict[str, Head] = field(default_factory=dict)
    seals: list[Entry] = field(default_factory=list)
    covered: dict[int, list[Head]] = field(default_factory=dict)

    def append(self, chain: str, *bodies: str) -> None:
        """Record more in a chain."""
        before = [entry.body for entry in self.chains.get(chain, [])]
        self.rewrite(chain, [*before, *bodies])

    def rewrite(self, chain: str, bodies: list[str]) -> None:
        """Let a chain and its head be as if this had been recorded."""
        self.chains[chain] = chained(chain, bodies)
        self.heads[chain] = head_of(self.chains[chain])

    def seal(self, key: SigningKey = KEY) -> None:
        """Cover the heads that moved."""
        known = {head for heads in self.covered.values() for head in heads}
        moved = [head for _, head in sorted(self.heads.items()) if head not in known]
        self.add_seal(moved, key)

    def add_seal(self, heads: list[Head], key: SigningKey = KEY) -> None:
        """Add a seal over heads."""
        number = len(self.seals) + 1
        previous = self.seals[-1].hash if self.seals else GENESIS
        moment = NOON + timedelta(minutes=number)
        seal = AuditSeal(ISSUER, moment, number, previous, len(heads), root_of(heads))
        body = body_with(sign_audit_seal(seal, key))
        self.seals.append(Entry(SEALS, number, body, link(previous, SEALS, number, body)))
        self.covered[number] = heads

    def seal_anew(self, key: SigningKey = KEY) -> None:
        """Let all seals be made again, over the same numbers of what the chains hold now."""
        places = list(self.covered.values())
        self.seals, self.covered = [], {}
        for heads in places:
            now = [self.chains[head.chain][head.sequence - 1] for head in heads]
            self.add_seal([Head(entry.chain, entry.sequence, entry.hash) for entry in now], key)

    def lines(self, organization: str | None = None) -> list[bytes]:
        """Return the log as an export tells it."""
        told = [line_of(line) for line in self._told(organization)]
        return [line.encode() for line in [*told, line_of(Ending(len(told)))]]

    def held(self, number: int) -> list[bytes]:
        """Return a seal as it is kept elsewhere."""
        return [line_of(self.seals[number - 1]).encode()]

    def _told(self, organization: str | None) -> Iterator[Opening | Keys | Entry | Covered | Head]:
        yield Opening(organization)
        yield Keys({"keys": [dict(KEY.public)]})
        only = None if organization is None else f"org:{organization}"
        told: dict[str, int] = {}
        for seal in self.seals:
            yield seal
            for head in self.covered.get(seal.sequence, []):
                if only in {None, head.chain}:
                    yield from self._since(head.chain, told, head.sequence)
                    yield Covered(seal.sequence, head, self._proof(seal.sequence, head) if only else None)
        if self.seals:
            yield head_of(self.seals)
        for chain in sorted(self.chains.keys() | self.heads.keys()):
            if only in {None, chain}:
                yield from self._since(chain, told, 2**62)
                if chain in self.heads:
                    yield self.heads[chain]

    def _since(self, chain: str, told: dict[str, int], upto: int) -> Iterator[Entry]:
        for entry in self.chains.get(chain, []):
            if told.get(chain, -(2**62)) < entry.sequence <= upto:
                yield entry
        told[chain] = max(upto, told.get(chain, upto))

    def _proof(self, number: int, head: Head) -> Proof:
        heads = self.covered[number]
        index = heads.index(head)
        return Proof(index, tuple(inclusion_path(index, [leaf_of(each) for each in heads])))


def sample() -> Log:
    """Return a log of three chains, three seals, and an entry in each of two chains that no seal covers."""
    log = Log()
    log.append(ACME, '{"n":1}', '{"n":2}')
    log.append(BETA, '{"n":1}')
    log.append("platform", '{"n":1}')
    log.seal()
    log.append(ACME, '{"n":3}', '{"n":4}')
    log.seal()
    log.append(ACME, '{"n":5}')
    log.append(BETA, '{"n":2}')
    log.seal()
    log.append(ACME, '{"n":6}')
    log.append("platform", '{"n":2}')
    return log


def edited(entry: Entry) -> Entry:
    """Return an entry with another body under its old hash."""
    return replace(entry, body='{"n":"edited"}')
