"""The SQL that writes, made once for each dialect so that it is compiled once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from sqlalchemy import Executable, Table, and_, bindparam, delete, insert, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from delegation.store.tables import ANSWERS, CLAIMS, HEADS, LAST_USES, LOG, PARTITIONED, SPENT

_Insert: TypeAlias = postgresql.Insert | sqlite.Insert

_INSERT: Final[Mapping[str, Callable[[Table], _Insert]]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}


@dataclass(frozen=True, slots=True)
class Statements:
    """Everything that is ever written, for one dialect."""

    claim: Executable
    """Wins what was never won or is no longer held, and returns it; parameters `purpose`, `key`, `until`, `now`."""
    put: Mapping[str, Executable]
    remove: Mapping[str, Executable]
    keep: Executable
    """Keeps an answer in the place of one that ran out."""
    reserve_head: Executable
    """Waits for whoever is just making the head."""
    charge: Executable
    """Adds uses to counters and returns what they are then; columns `delegation`, `kind`, `used`."""
    use: Executable
    """Keeps when delegations were last used; columns `delegation`, `at`."""

    @classmethod
    def of(cls, dialect: str) -> "Statements":
        """Return the statements in the words of a dialect."""
        reserve = _INSERT[dialect](HEADS).on_conflict_do_nothing(index_elements=[HEADS.c.chain])
        return cls(
            claim=_claim(dialect),
            put={name: _put(dialect, table) for name, table in PARTITIONED.items()},
            remove={name: _remove(table) for name, table in PARTITIONED.items()},
            keep=_put(dialect, ANSWERS),
            reserve_head=reserve,
            charge=_charge(dialect),
            use=_use(dialect),
        )


_HEADS: Final = (
    select(HEADS.c.chain, HEADS.c.sequence, HEADS.c.hash)
    .where(HEADS.c.chain.in_(bindparam("chains", expanding=True)))
    .order_by(HEADS.c.chain)
)

LOCK_HEADS: Final = _HEADS.with_for_update()
"""Reads heads and holds them until the transaction ends. Everyone locks in this order, so nobody waits in a circle."""

SHARE_HEADS: Final = _HEADS.with_for_update(read=True)
"""Reads heads that nobody may move until the transaction ends; others may hold them like this at the same time."""

RELEASE_HEAD: Final = delete(HEADS).where(HEADS.c.chain == bindparam("of"), HEADS.c.sequence == 0)
"""Takes back the place of a head that was only reserved; parameter `of`."""

NEW_HEAD: Final = insert(HEADS)

NEXT_HEAD: Final = update(HEADS).where(HEADS.c.chain == bindparam("of"), HEADS.c.sequence == bindparam("after"))
"""Moves a head on; parameters `of`, `after`, and the columns `sequence`, `hash`."""

APPEND: Final = insert(LOG)

RECORDED: Final = select(LOG.c.hash).where(LOG.c.chain == bindparam("chain"), LOG.c.sequence == bindparam("sequence"))

RELEASE: Final = delete(CLAIMS).where(CLAIMS.c.purpose == bindparam("purpose"), CLAIMS.c.key == bindparam("key"))

TAKE_BACK: Final = (
    update(SPENT)
    .where(SPENT.c.delegation == bindparam("of"), SPENT.c.kind == bindparam("what"))
    .values(used=SPENT.c.used - bindparam("surplus"))
)
"""Takes uses back that were added and not made; parameters `of`, `what`, `surplus`."""

PURGE_CLAIMS: Final = delete(CLAIMS).where(
    tuple_(CLAIMS.c.purpose, CLAIMS.c.key).in_(
        select(CLAIMS.c.purpose, CLAIMS.c.key)
        .where(CLAIMS.c.until < bindparam("before"))
        .order_by(CLAIMS.c.until)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)
    )
)
"""Deletes some claims that nobody holds any longer, leaving alone those that someone is just winning."""

PURGE_ANSWERS: Final = delete(ANSWERS).where(
    ANSWERS.c.key.in_(
        select(ANSWERS.c.key)
        .where(ANSWERS.c.until < bindparam("before"))
        .order_by(ANSWERS.c.until)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)
    )
)
"""Deletes some answers that are kept no longer, leaving alone those that someone is just replacing."""


def _claim(dialect: str) -> Executable:
    statement = _INSERT[dialect](CLAIMS)
    return statement.on_conflict_do_update(
        index_elements=[CLAIMS.c.purpose, CLAIMS.c.key],
        set_={"until": statement.excluded.until},
        where=CLAIMS.c.until < bindparam("now"),
    ).returning(CLAIMS.c.purpose, CLAIMS.c.key)


def _charge(dialect: str) -> Executable:
    statement = _INSERT[dialect](SPENT)
    return statement.on_conflict_do_update(
        index_elements=[SPENT.c.delegation, SPENT.c.kind], set_={"used": SPENT.c.used + statement.excluded.used}
    ).returning(SPENT.c.delegation, SPENT.c.kind, SPENT.c.used)


def _use(dialect: str) -> Executable:
    statement = _INSERT[dialect](LAST_USES)
    # Clocks of several processes differ, and what one counted earlier may be written later.
    return statement.on_conflict_do_update(
        index_elements=[LAST_USES.c.delegation],
        set_={"at": statement.excluded.at},
        where=LAST_USES.c.at < statement.excluded.at,
    )


def _put(dialect: str, table: Table) -> Executable:
    statement = _INSERT[dialect](table)
    keys = [column for column in table.columns if column.primary_key]
    rest = {c.name: statement.excluded[c.name] for c in table.columns if not c.primary_key}
    if not rest:
        return statement.on_conflict_do_nothing(index_elements=keys)
    return statement.on_conflict_do_update(index_elements=keys, set_=rest)


def _remove(table: Table) -> Executable:
    keys = [column for column in table.columns if column.primary_key]
    return delete(table).where(and_(*(column == bindparam(column.name) for column in keys)))
