"""The condition of a database: what an operator asks about it when something is wrong. Nothing is changed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Engine, func, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from delegation.store.connections import Access, connect, engine_of, parsed, path_of
from delegation.store.errors import SchemaBehind, StoreUnavailable
from delegation.store.failures import code_of
from delegation.store.schema import is_usable
from delegation.store.tables import ANCHORS, CLAIMS, HEADS

_ASKED: Final = {
    "sqlite": ("journal_mode", "synchronous"),
    "postgresql": ("fsync", "synchronous_commit", "full_page_writes", "synchronous_standby_names"),
}


@dataclass(frozen=True, slots=True)
class Condition:
    """How a database stands."""

    kind: str
    version: str
    usable: bool
    """Whether this release works with its tables."""
    writable: str | None
    """Why nothing can be written; None when something can."""
    clock: datetime | None
    """What its clock says, aware; None where it is this machine's."""
    settings: dict[str, str]
    """Those that decide what is durable; the service turns `synchronous_commit` on for itself."""
    entries: int
    """That the log has."""


def condition(url: str) -> Condition:
    """Return how a database stands. Raises StoreError for a URL that cannot be used, StoreUnavailable."""
    parts = parsed(url)
    path = path_of(parts)
    if path is not None and not path.is_file():
        raise SchemaBehind(f"there is no database at `{path}`: `delegation run` makes one")
    engine = engine_of(parts, patience=1)
    try:
        with connect(engine, Access.READ) as connection:
            kind = connection.dialect.name
            return Condition(
                kind=kind,
                version=".".join(map(str, connection.dialect.server_version_info or ())),
                usable=is_usable(connection),
                writable=_refusal(engine),
                clock=connection.execute(select(func.clock_timestamp())).scalar_one() if kind != "sqlite" else None,
                settings=_settings(engine),
                entries=_entries(connection),
            )
    except SQLAlchemyError as error:
        raise StoreUnavailable(f"the database could not be read: {code_of(error)}") from None


def _refusal(engine: Engine) -> str | None:
    """Try to write, take it back, and return what was said against it."""
    try:
        with connect(engine, Access.WRITE) as connection, connection.begin() as transaction:
            connection.execute(update(CLAIMS).values(until=CLAIMS.c.until).where(text("1 = 0")))
            transaction.rollback()
    except SQLAlchemyError as error:
        return code_of(error)
    return None


def _settings(engine: Engine) -> dict[str, str]:
    with connect(engine, Access.READ) as connection:
        word = "PRAGMA" if connection.dialect.name == "sqlite" else "SHOW"
        names = _ASKED[connection.dialect.name]
        return {name: str(connection.exec_driver_sql(f"{word} {name}").scalar_one()) for name in names}


def _entries(connection: Connection) -> int:
    # The heads say how far each chain is: the log itself may take minutes to count.
    all_, gone = (select(func.coalesce(func.sum(table.c.sequence), 0)) for table in (HEADS, ANCHORS))
    return int(connection.execute(all_).scalar_one()) - int(connection.execute(gone).scalar_one())
