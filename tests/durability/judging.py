"""Judging a database after the fact: whether it agrees with its own log and with what was acknowledged."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection, func, select, text

from delegation.audit import Entry, Head, Verifier
from delegation.store import Put, Remove
from delegation.store.changes import change_of
from delegation.store.connections import Access, connect, engine_of, parsed
from delegation.store.tables import ANSWERS, CLAIMS, HEADS, LOG, PARTITIONED, tables_of
from tests.durability.load import REPEATED, Account, Change, Ledger

_PATIENCE: Final = 30
"""Seconds that what is still being written gets to end."""

_SHOWN: Final = 100
"""Lines of a violation at most."""

Key: TypeAlias = tuple[Any, ...]
Table: TypeAlias = dict[Key, dict[str, Any]]
"""Rows by partition and key."""

_KEYS: Final = {name: [c.name for c in table.primary_key] for name, table in PARTITIONED.items()}


class Violation(Exception):
    """Something was lost, is half there, was recorded twice or was answered wrongly."""


class Judge:
    """Knows a database as it was when it last looked, and reads only what its log tells since then."""

    def __init__(self, url: str) -> None:
        """Look at the database at `url`, past the service and whatever lies before it."""
        self._engine = engine_of(parsed(url), patience=_PATIENCE)
        self._verifiers: dict[str, Verifier] = {}
        self._reach: dict[str, int] = {}
        self._told: dict[str, Table] = {name: {} for name in PARTITIONED}
        self._records: Counter[Change] = Counter()
        self.issued: list[str] = []
        """The `jti` of every token whose issue was recorded."""

    def move(self, url: str) -> None:
        """Look at another database from now on, which has to go on where the last one was."""
        self._engine = engine_of(parsed(url), patience=_PATIENCE)

    def count_from_now(self) -> None:
        """Leave out of all counting what is there already."""
        self.assert_sound()
        self._records.clear()

    def assert_sound(self) -> None:
        """Fail unless every chain is sound and every table is exactly what its log tells. Raises Violation."""
        with connect(self._engine, Access.WRITE) as connection:
            _assert_none(self._faults(connection))

    def assert_kept(self, ledger: Ledger) -> None:
        """Fail unless everything acknowledged is there once and the rest wholly or not at all. Raises Violation.

        What was outstanding is settled then.
        """
        with connect(self._engine, Access.WRITE) as connection:
            unsound = [*self._faults(connection), *self._unanswered(connection)]
        shown = (
            (ledger.delegations, {key[1]: row["status"] for key, row in self._told["delegations"].items()}, "missing"),
            (ledger.members, {key[1].removeprefix("user:"): "in" for key in self._told["assignments"]}, "out"),
            (ledger.users, {key[1]: "there" for key in self._told["users"]}, "absent"),
        )
        lost = [line for accounts, states, otherwise in shown for line in _differences(accounts, states, otherwise)]
        unrecorded = (f"the issue of `{jti}` is not recorded" for jti in ledger.jtis - set(self.issued))
        _assert_none([*unsound, *lost, *unrecorded, *self._miscounted(ledger), *ledger.wrong])

    def _faults(self, connection: Connection) -> Iterator[str]:
        if connection.dialect.name == "postgresql":
            # A server may still be committing for a client that was killed: wait for it, and let nobody begin.
            connection.execute(text("LOCK TABLE heads IN SHARE MODE"))
        heads = {row.chain: Head(*row) for row in connection.execute(select(HEADS))}
        for head in heads.values():
            if self._reach.get(head.chain, 0) != head.sequence:
                self._follow(connection, head.chain)
        for chain, verifier in self._verifiers.items():
            yield from map(str, verifier.finish(heads.get(chain)))
        if connection.scalar(select(func.count()).select_from(LOG)) != sum(self._reach.values()):
            yield "there are entries that belong to no chain"
        for name, table in self._told.items():
            yield from _compared(name, table, _kept(connection, name))
        yield from self._unclaimed(connection)

    def _follow(self, connection: Connection, chain: str) -> None:
        verifier = self._verifiers.setdefault(chain, Verifier(chain))
        newer = select(LOG).where(LOG.c.chain == chain, LOG.c.sequence > self._reach.get(chain, 0))
        for row in connection.execute(newer.order_by(LOG.c.sequence)):
            verifier.see(Entry(chain, row.sequence, row.body, row.hash))
            self._reach[chain] = self._reach.get(chain, 0) + 1
            body = json.loads(row.body)
            if tables_of(chain):
                self._replay(chain, body)
            elif body.get("action") == "token.issued":
                self.issued.append(body["detail"]["jti"])
                self._records["token.issued", body["detail"]["delegation"]] += 1

    def _replay(self, partition: str, body: Mapping[str, Any]) -> None:
        for document in body["changes"]:
            match change_of(document):
                case Put(table, row):
                    self._told[table][_key(table, partition, row)] = dict(row)
                case Remove(table, key):
                    del self._told[table][_key(table, partition, key)]
        if (change := _change_of(body)) is not None:
            self._records[change] += 1

    def _miscounted(self, ledger: Ledger) -> Iterator[str]:
        asked, acknowledged = Counter(ledger.asked), Counter(ledger.acknowledged)
        for change, most in asked.items():
            if not acknowledged[change] <= self._records[change] <= most:
                found = self._records[change]
                yield f"{change} was asked for {most} times, acknowledged {acknowledged[change]}, recorded {found}"
        for jti, times in Counter(self.issued).items():
            if times > 1:
                yield f"the issue of `{jti}` was recorded {times} times"

    def _unanswered(self, connection: Connection) -> Iterator[str]:
        done = sum(times for (action, _), times in self._records.items() if action in REPEATED)
        kept = connection.scalar(select(func.count()).select_from(ANSWERS))
        won = connection.scalar(select(func.count()).where(CLAIMS.c.purpose == "idempotency"))
        if not done == kept == won:
            yield f"{done} creations under idempotency keys, {won} keys claimed, {kept} answers kept"

    def _unclaimed(self, connection: Connection) -> Iterator[str]:
        named = {key[1] for name in ("users", "agents", "services") for key in self._told[name]}
        claimed = set(connection.scalars(select(CLAIMS.c.key).where(CLAIMS.c.purpose == "name:principal")))
        for name in named ^ claimed:
            yield f"the name `{name}` is claimed for nothing, or not claimed"


def _assert_none(found: Iterable[str]) -> None:
    if violations := list(found):
        raise Violation("\n".join(violations[:_SHOWN]))


def _differences(accounts: Mapping[str, Account], states: Mapping[str, str], otherwise: str) -> Iterator[str]:
    for name, account in accounts.items():
        found = states.get(name, otherwise)
        if not account.allows(found):
            yield f"`{name}` is {found}, though it was acknowledged to be {account.surely}"
        account.settle(found)


def _kept(connection: Connection, name: str) -> Table:
    columns = [column.name for column in PARTITIONED[name].columns]
    kept = {}
    for values in connection.execute(select(PARTITIONED[name])):
        row = dict(zip(columns, values, strict=True))
        partition = row.pop("partition")
        kept[_key(name, partition, row)] = row
    return kept


def _key(table: str, partition: str, row: Mapping[str, Any]) -> Key:
    return (partition, *(row[name] for name in _KEYS[table] if name != "partition"))


def _compared(name: str, told: Table, kept: Table) -> Iterator[str]:
    if told == kept:
        return
    differing = (key for key in told.keys() | kept.keys() if told.get(key) != kept.get(key))
    by_kind: defaultdict[str, list[Key]] = defaultdict(list)
    for key in differing:
        by_kind["is not there" if key not in kept else "is not what the log tells"].append(key)
    for kind, keys in by_kind.items():
        yield from (f"the row {key} of `{name}` {kind}" for key in keys)


def _change_of(body: Mapping[str, Any]) -> Change | None:
    """Return what a worker would call the change that a record tells of; None for what no worker asks for."""
    action, detail = str(body["action"]), body["detail"]
    match action:
        case "delegation.created":
            return action, body["actor"].removeprefix("user:")
        case "delegation.suspended" | "delegation.resumed" | "delegation.revoked":
            return action, body["changes"][0]["row"]["id"]
        case "assign" | "unassign":
            return action, detail["principal"].removeprefix("user:")
        case "create-user":
            return action, detail["id"]
        case _:
            return None
