"""Flaws put into a server on purpose: whoever looks for such faults has to find these."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from time import sleep
from typing import Final

from sqlalchemy import Connection

from delegation.audit import Entry
from delegation.store import Store, Unit, connections, timeline, transaction, writing
from delegation.store.link import Link

_MOMENT: Final = 0.05
"""Seconds between what should be one: long enough to be hit by some fault, too short to be noticed otherwise."""
_WHILE: Final = 0.3
"""Seconds that something is acknowledged and not done, where nobody would notice that by asking."""


def acknowledge_early() -> None:
    """Commit what changes no partition, such as the record of a token, only after it was acknowledged."""
    commit = Store.commit
    put_off: set[asyncio.Task[None]] = set()

    async def commit_later(store: Store, unit: Unit) -> None:
        await asyncio.sleep(_WHILE)
        await commit(store, unit)

    async def acknowledge(store: Store, unit: Unit) -> Mapping[str, int]:
        if unit.partitions:
            return await commit(store, unit)
        task = asyncio.create_task(commit_later(store, unit))
        put_off.add(task)
        task.add_done_callback(put_off.discard)
        return {}

    _replace(Store, "commit", acknowledge)


def record_apart() -> None:
    """Commit what was changed before what tells of it is written."""
    append = writing._append  # noqa: SLF001  it is put where nobody is meant to reach

    def append_apart(connection: Connection, entries: Iterable[Entry]) -> None:
        connection.commit()
        sleep(_MOMENT)
        append(connection, entries)

    _replace(writing, "_append", append_apart)


def take_for_granted() -> None:
    """Take every commit whose answer was lost for one that happened."""
    _replace(transaction, "was_committed", lambda *_: True)


def ignore_directories() -> None:
    """Leave it to SQLite to flush the directory that its log is named in."""
    _replace(connections, "_name_durably", lambda _: None)


def never_flush() -> None:
    """Commit without waiting for the disk."""
    _replace(connections, "PRAGMAS", ("synchronous=NORMAL", "foreign_keys=ON"))


def ignore_warnings() -> None:
    """Take a commit for done that PostgreSQL warned about."""
    _replace(Link, "_hear", lambda *_: None)


def ask_anybody() -> None:
    """Be content with a server that takes no writes, and that says nothing of what it is."""
    forget_timelines()
    arguments = connections._postgresql_arguments  # noqa: SLF001  it is put where nobody is meant to reach
    _replace(
        connections,
        "_ARGUMENTS",
        {
            **connections._ARGUMENTS,  # noqa: SLF001  as above
            "postgresql": lambda patience: {**arguments(patience), "target_session_attrs": "any"},
        },
    )


def forget_timelines() -> None:
    """Follow a server that another was promoted in the place of."""
    _replace(timeline.Timelines, "check", lambda *_: None)


def _replace(owner: object, name: str, stand_in: object) -> None:
    assert hasattr(owner, name), f"{name} is called otherwise now"
    setattr(owner, name, stand_in)


ACKNOWLEDGES_EARLY: Final = "acknowledges before it commits"
RECORDS_APART: Final = "records in a transaction of its own"
TAKES_FOR_GRANTED: Final = "takes a commit for granted"
IGNORES_DIRECTORIES: Final = "does not care for directories"
NEVER_FLUSHES: Final = "does not wait for the disk"
IGNORES_WARNINGS: Final = "does not hear warnings"
ASKS_ANYBODY: Final = "answers from a standby"
FORGETS_TIMELINES: Final = "follows an old primary"

FLAWS: Final[Mapping[str, Callable[[], None]]] = {
    ACKNOWLEDGES_EARLY: acknowledge_early,
    RECORDS_APART: record_apart,
    TAKES_FOR_GRANTED: take_for_granted,
    IGNORES_DIRECTORIES: ignore_directories,
    NEVER_FLUSHES: never_flush,
    IGNORES_WARNINGS: ignore_warnings,
    ASKS_ANYBODY: ask_anybody,
    FORGETS_TIMELINES: forget_timelines,
}
