"""Replaying: a database that was restored is brought to where an export of the log ends, entry by entry.

Entries are written as they were, so that their chains, and the seals over them, go on as if nothing had been lost.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from sqlalchemy import Connection, Executable, Table, delete, insert, select
from sqlalchemy.exc import SQLAlchemyError

from delegation.audit import GENESIS, SEALS, Anchor, Covered, Entry, Head, Item, link
from delegation.store.changes import Change, Claim, Put, change_of
from delegation.store.connections import Access, connect, engine_of, parsed
from delegation.store.errors import InvalidQuestion, StoreUnavailable
from delegation.store.failures import code_of
from delegation.store.rows import SHAPES, Bound
from delegation.store.statements import NEW_HEAD, NEXT_HEAD, Statements
from delegation.store.tables import ANSWERS, CLAIMS, HEADS, LOG, SEALED_HEADS, tables_of
from delegation.store.work import work_of

RESTORING: Final = "restoring"
"""The purpose of the claim that stands while a restored database is being prepared."""
_TOGETHER: Final = 500
"""Items replayed in one transaction."""

Names = Callable[[str, Put], Iterable[Claim]]
"""Which names are taken for ever by a row that is put into a partition."""


@dataclass(slots=True)
class Replayed:
    """What was brought back."""

    entries: int = 0
    chains: set[str] = field(default_factory=set)


def begin_restoring(url: str) -> None:
    """Mark a database as one that nobody may serve until `end_restoring`. May be repeated.

    Raises StoreUnavailable.
    """
    engine = engine_of(parsed(url))
    try:
        with connect(engine, Access.WRITE) as connection, connection.begin():
            _mark(connection)
    except SQLAlchemyError as error:
        raise StoreUnavailable(f"the database refused to write: {code_of(error)}") from None


def replay(url: str, items: Iterable[Item], names: Names) -> Replayed:
    """Write what an export tells and the database does not have. May be repeated: what is there is left as it is.

    With the first entry that is written the database is marked, so that nobody serves a part of them.
    Raises InvalidQuestion where the export is of another log or leaves something out, StoreUnavailable.
    """
    engine = engine_of(parsed(url))
    replayed = Replayed()
    try:
        with connect(engine, Access.WRITE) as connection:
            with connection.begin():
                heads = {head.chain: head for head in (Head(*row) for row in connection.execute(select(HEADS)))}
            writer = _Replay(connection, Statements.of(engine.dialect.name), heads, names, replayed)
            told = iter(items)
            while page := list(islice(told, _TOGETHER)):
                with connection.begin():
                    for item in page:
                        writer.take(item)
                    if replayed.entries:
                        _mark(connection)
    except SQLAlchemyError as error:
        raise StoreUnavailable(f"the log could not be replayed: {code_of(error)}") from None
    return replayed


def end_restoring(url: str, one_time: Claim) -> None:
    """Drop every answer that is kept for requests that are repeated, make a claim, and take the mark away.

    All of it or nothing. Raises StoreUnavailable.
    """
    engine = engine_of(parsed(url))
    row = {"purpose": one_time.purpose, "key": one_time.key, "until": one_time.until}
    try:
        with connect(engine, Access.WRITE) as connection, connection.begin():
            connection.execute(delete(ANSWERS))
            dropped = ["idempotency", one_time.purpose, RESTORING]
            connection.execute(delete(CLAIMS).where(CLAIMS.c.purpose.in_(dropped)))
            connection.execute(insert(CLAIMS), [row])
    except SQLAlchemyError as error:
        raise StoreUnavailable(f"the database refused to write: {code_of(error)}") from None


def _mark(connection: Connection) -> None:
    row: Bound = {"purpose": RESTORING, "key": "", "until": None, "now": 0}
    connection.execute(Statements.of(connection.dialect.name).claim, [row])


@dataclass(slots=True)
class _Replay:
    connection: Connection
    statements: Statements
    heads: dict[str, Head]
    names: Names
    replayed: Replayed

    def take(self, item: Item) -> None:
        match item:
            case Anchor(head=place) if self._at(place.chain).sequence < place.sequence:
                raise InvalidQuestion(f"what was told of `{place.chain}` before entry {place.sequence + 1} is missing")
            case Entry():
                self._entry(item)
            case Covered(seal=seal, head=head):
                self._cover(seal, head)
            case _:
                return

    def _at(self, chain: str) -> Head:
        return self.heads.get(chain) or Head(chain, 0, GENESIS)

    def _entry(self, entry: Entry) -> None:
        before = self._at(entry.chain)
        if entry.sequence < before.sequence:
            return
        if entry.sequence == before.sequence:
            if entry.hash != before.hash:
                raise InvalidQuestion(f"the export tells another entry {entry.sequence} of `{entry.chain}`")
            return
        follows = link(before.hash, entry.chain, before.sequence + 1, entry.body)
        if (entry.sequence, entry.hash) != (before.sequence + 1, follows):
            raise InvalidQuestion(f"entry {entry.sequence} of `{entry.chain}` does not follow what the database has")
        self._append(entry, before)
        tables = tables_of(entry.chain)
        if tables:
            self._apply(entry, tables)
        self.replayed.entries += 1
        self.replayed.chains.add(entry.chain)

    def _append(self, entry: Entry, before: Head) -> None:
        row: Bound = {"sequence": entry.sequence, "hash": entry.hash}
        self.connection.execute(insert(LOG), [{**row, "chain": entry.chain, "body": entry.body}])
        if before.sequence:
            self.connection.execute(NEXT_HEAD, [{**row, "of": entry.chain, "after": before.sequence}])
        else:
            self.connection.execute(NEW_HEAD, [{**row, "chain": entry.chain}])
        self.heads[entry.chain] = Head(entry.chain, entry.sequence, entry.hash)

    def _apply(self, entry: Entry, tables: tuple[Table, ...]) -> None:
        known = {table.name for table in tables}
        changes = [_whole(change_of(document)) for document in _changes_in(entry)]
        if not {change.table for change in changes} <= known:
            raise InvalidQuestion(f"entry {entry.sequence} of `{entry.chain}` is of a later release")
        for table, task in work_of(entry.chain, changes).items():
            self._execute(self.statements.remove[table], [*task.removals, *task.discards])
            self._execute(self.statements.put[table], task.puts)
        taken = {(c.purpose, c.key) for put in changes if isinstance(put, Put) for c in self.names(entry.chain, put)}
        # A name that was won before stays as it is: nobody can win it again.
        rows: list[Bound] = [{"purpose": of, "key": key, "until": None, "now": 0} for of, key in sorted(taken)]
        self._execute(self.statements.claim, rows)

    def _cover(self, seal: int, head: Head) -> None:
        place = SEALED_HEADS.c.chain == head.chain, SEALED_HEADS.c.sequence == head.sequence
        if seal <= self._at(SEALS).sequence and not self.connection.execute(select(1).where(*place)).first():
            row: Bound = {"chain": head.chain, "sequence": head.sequence, "hash": head.hash, "seal": seal}
            self._execute(insert(SEALED_HEADS), [row])

    def _execute(self, statement: Executable, rows: list[Bound]) -> None:
        if rows:
            self.connection.execute(statement, rows)


def _changes_in(entry: Entry) -> list[Mapping[str, Any]]:
    changes: list[Mapping[str, Any]] = json.loads(entry.body)["changes"]
    return changes


def _whole(change: Change) -> Change:
    """Return a change with every column that came after the release that made it."""
    if not isinstance(change, Put) or change.table not in SHAPES:
        return change
    return Put(change.table, {**dict.fromkeys(SHAPES[change.table].nullable), **change.row})
