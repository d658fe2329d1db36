"""Writing: what the winners of a batch leave in the tables, the log and the heads."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import Connection, Executable

from delegation.audit import GENESIS, Entry, Head, link
from delegation.store.errors import InvalidUnit, StoreUnavailable
from delegation.store.preparation import Prepared
from delegation.store.rows import Bound
from delegation.store.sealing import SEAL
from delegation.store.statements import APPEND, LOCK_HEADS, NEW_HEAD, NEXT_HEAD, RELEASE_HEAD, SHARE_HEADS, Statements
from delegation.store.work import Work, add


@dataclass(frozen=True, slots=True)
class Written:
    """What was written for one batch."""

    revisions: Mapping[Prepared, Mapping[str, int]]
    """The new revision of every partition, by unit."""
    entries: Sequence[Entry]


def lock_heads(
    connection: Connection, statements: Statements, units: Iterable[Prepared], own_chain: str
) -> dict[str, Head]:
    """Return the heads of those chains that units concern and that exist; until the transaction ends nobody moves them.

    Those that are only read may be held by others who only read them too.
    """
    changed: set[str] = set()
    seen: dict[str, int] = {}
    for unit in units:
        changed |= {change.partition for change in unit.partitions} | ({own_chain} if unit.events else set())
        seen |= unit.decided_on
    heads: dict[str, Head] = {}
    # One order for both kinds of locks, else one would wait to read what another changes, and the other way round.
    for is_changed, chains in groupby(sorted(changed | seen.keys()), key=changed.__contains__):
        heads |= _held(connection, LOCK_HEADS if is_changed else SHARE_HEADS, list(chains))
    missing = [chain for chain in sorted(seen) if chain not in heads]
    return heads | _kept_away(connection, statements, missing) if missing else heads


def _held(connection: Connection, statement: Executable, chains: Sequence[str]) -> dict[str, Head]:
    rows = connection.execute(statement, {"chains": chains})
    return {row.chain: Head(row.chain, row.sequence, row.hash) for row in rows}


def _kept_away(connection: Connection, statements: Statements, chains: Collection[str]) -> dict[str, Head]:
    """Return the heads of chains that had none if they were begun meanwhile; the others nobody begins until the end.

    There is no row to lock. Whoever inserts one that this transaction inserted, and be it deleted again, waits for
    its end. A circle is possible, as among those who begin chains; the database breaks it, and the loser is repeated.
    """
    blank: list[Bound] = [{"chain": chain, "sequence": 0, "hash": GENESIS} for chain in chains]
    _touched(connection, statements.reserve_head, blank)
    _touched(connection, RELEASE_HEAD, [{"of": chain} for chain in chains])
    return _held(connection, SHARE_HEADS, list(chains))


def write(
    connection: Connection,
    statements: Statements,
    winners: Iterable[Prepared],
    heads: Mapping[str, Head],
    own_chain: str,
) -> Written:
    """Write everything that the winners want, with one statement for each kind of thing.

    Raises InvalidUnit when a row to be removed is not there; the transaction must then be rolled back.
    """
    newest = dict(heads)
    entries: list[Entry] = []
    revisions: dict[Prepared, dict[str, int]] = {}
    work: Work = {}
    answers: list[Bound] = []
    sealed: list[Bound] = []
    uses: dict[str, int] = {}
    for unit in winners:
        changed = [_follower(newest, change.partition, change.body) for change in unit.partitions]
        entries += changed
        entries += [_follower(newest, own_chain, body) for body in unit.events]
        revisions[unit] = {entry.chain: entry.sequence for entry in changed}
        add(work, unit.work)
        answers += [unit.answer] if unit.answer else []
        sealed += unit.sealed
        uses |= {of: max(at, uses.get(of, at)) for of, at in unit.uses.items()}
    _write_rows(connection, statements, work)
    _touched(connection, statements.keep, answers)
    _touched(connection, SEAL, sealed)
    _touched(connection, statements.use, [{"delegation": of, "at": at} for of, at in sorted(uses.items())])
    _append(connection, entries)
    _move_heads(connection, heads, newest)
    return Written(revisions, entries)


def _follower(newest: dict[str, Head], chain: str, body: str) -> Entry:
    head = newest.get(chain) or Head(chain, 0, GENESIS)
    sequence = head.sequence + 1
    entry = Entry(chain, sequence, body, link(head.hash, chain, sequence, body))
    newest[chain] = Head(chain, sequence, entry.hash)
    return entry


def _write_rows(connection: Connection, statements: Statements, work: Work) -> None:
    for table, task in work.items():
        if _touched(connection, statements.remove[table], task.removals) != len(task.removals):
            raise InvalidUnit(f"a row of `{table}` that is to be removed is not there")
        _touched(connection, statements.remove[table], task.discards)
        _touched(connection, statements.put[table], task.puts)


def _append(connection: Connection, entries: Iterable[Entry]) -> None:
    # In order, so that of processes that begin the same chains at once none waits for the other in a circle.
    ordered = sorted(entries, key=lambda entry: (entry.chain, entry.sequence))
    rows: list[Bound] = [
        {"chain": entry.chain, "sequence": entry.sequence, "body": entry.body, "hash": entry.hash} for entry in ordered
    ]
    _touched(connection, APPEND, rows)


def _move_heads(connection: Connection, found: Mapping[str, Head], newest: Mapping[str, Head]) -> None:
    begun: list[Bound] = []
    moved: list[Bound] = []
    for chain, head in newest.items():
        before = found.get(chain)
        if before is None:
            begun.append({"chain": chain, "sequence": head.sequence, "hash": head.hash})
        elif before != head:
            place: Bound = {"of": chain, "after": before.sequence}
            moved.append({**place, "sequence": head.sequence, "hash": head.hash})
    _touched(connection, NEW_HEAD, begun)
    if _touched(connection, NEXT_HEAD, moved) != len(moved):
        raise StoreUnavailable("a head moved although it was locked")


def _touched(connection: Connection, statement: Executable, rows: Sequence[Bound]) -> int:
    return connection.execute(statement, rows).rowcount if rows else 0
