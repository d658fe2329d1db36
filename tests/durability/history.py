"""A short history of changes that one process makes and tells, and what must be left of it wherever it is cut off."""

import os
import random
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from sqlalchemy import Engine, event
from sqlalchemy.exc import SQLAlchemyError

from delegation.store import Claim, PartitionChange, Put, Reason, Remove, StoreUnavailable, Unit
from delegation.store.connections import Access, connect, engine_of, parsed
from delegation.store.reading import heads
from delegation.store.writer import Writer
from tests.children import children, ended
from tests.clock import Clock
from tests.durability.disk import Disk, Files, laid
from tests.durability.flaws import FLAWS
from tests.durability.judging import Judge, Violation
from tests.durability.tracing import Call, Failure, traced, wait_until_traced
from tests.store.samples import ACME, record

UNITS: Final = 6
_LONG: Final = "x" * 5_000
"""A name that takes more than one page."""
_CHECKPOINT: Final = 12
"""Pages after which what was committed moves into the database's own file: often, so that failures hit that too."""
_TOLD: Final = "told"
_SHARED: Final = "-shm"
"""Ends the name of what processes share in memory: it means nothing to those that begin anew."""
DONE: Final = "done"


def unit(number: int, revision: int) -> Unit:
    """Return a unit that leaves its number in a claim, a row, a partition's log and the process's chain."""
    rows: list[Put | Remove] = [Put("groups", {"id": f"g{number}", "name": _LONG})]
    if number == UNITS - 1 and revision:
        rows.append(Put("group_members", {"group": f"g{number}", "member": "user:anne"}))
    changed = PartitionChange(ACME, revision, record(id=f"g{number}"), tuple(rows))
    claims = (Claim("history", f"g{number}", None),)
    return Unit(claims=claims, partitions=(changed,), events=(record(id=f"g{number}"),))


def lived(database: Path, flaw: str | None) -> None:
    """Make the history in a database, and tell in a file beside it what became of each unit."""
    if flaw is not None:
        FLAWS[flaw]()
    wait_until_traced()
    told = os.open(database.parent / _TOLD, os.O_WRONLY | os.O_APPEND)
    engine = engine_of(parsed(f"sqlite:///{database}"))
    event.listen(engine, "connect", lambda opened, _: opened.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT}"))
    writer = Writer(engine, chain="process:one", clock=Clock())
    reading = _kept_open(engine)
    for number in range(UNITS):
        [outcome] = writer.work([unit(number, _revision(engine))])
        os.write(told, f"{number} {_word(outcome)}\n".encode())
    writer.close()
    reading()


def _kept_open(engine: Engine) -> Callable[[], None]:
    # As in a service, whose readers go on while the writer opens its connection anew.
    try:
        reader = connect(engine, Access.READ)
        reader.exec_driver_sql("SELECT count(*) FROM heads").all()
    except SQLAlchemyError:
        return lambda: None
    return reader.close


def _revision(engine: Engine) -> int:
    try:
        with connect(engine, Access.READ) as connection:
            return heads(connection, [ACME])[ACME]
    except SQLAlchemyError:
        return 0


def _word(outcome: object) -> str:
    if isinstance(outcome, StoreUnavailable):
        return outcome.reason.value
    return DONE if isinstance(outcome, dict) else "stale"


@dataclass(frozen=True)
class Life:
    """What one process did to a database in a directory, call by call."""

    directory: Path
    """As it was before."""
    calls: tuple[Call, ...]
    seed: int

    def judge(self, *, everywhere: bool = False) -> int:
        """Fail unless all is well wherever the process, or the machine, ends; return how many ends were judged.

        That is after each word told since something failed, or `everywhere` after each call. Raises Violation.
        """
        disk, told, chance, judged, failed = Disk(self.directory), Told(), random.Random(self.seed), 0, False
        for number, call in enumerate(self.calls, 1):
            disk.follow(call)
            failed = failed or call.result < 0
            if (told.follow(call) and failed) or everywhere or number == len(self.calls):
                for how, files in _ends(disk, chance).items():
                    judged += 1
                    try:
                        told.judge(files)
                    except (Violation, sqlite3.DatabaseError, SQLAlchemyError) as error:
                        raise Violation(f"{how}, after call {number} of {len(self.calls)}: {error}") from error
        return judged

    @property
    def has_failed(self) -> bool:
        """Whether any call failed."""
        return any(call.result < 0 for call in self.calls)

    @property
    def acknowledged(self) -> int:
        """How many units were told to be done."""
        told = Told()
        for call in self.calls:
            told.follow(call)
        return sum(word == DONE for word in told.outcomes.values())

    def count(self, name: str) -> int:
        """Return how often a call was made."""
        return sum(call.name == name for call in self.calls)


@dataclass
class Told:
    """What the process told so far."""

    outcomes: dict[str, str] = field(default_factory=dict)

    def follow(self, call: Call) -> bool:
        """Take note of what a call tells; return whether it tells anything."""
        if call.name != "write" or not call.path.endswith(_TOLD):
            return False
        number, _, word = call.data.decode().strip().partition(" ")
        self.outcomes[f"g{number}"] = word
        return True

    def judge(self, files: Files) -> None:
        """Fail unless a database that consists of these files is sound and holds what was told. Raises Violation."""
        with TemporaryDirectory() as directory:
            laid(files, Path(directory), without=(_SHARED, _TOLD))
            database = Path(directory) / "history.db"
            found = _found(database)
            Judge(f"sqlite:///{database}").assert_sound()
        present = found.pop("groups")
        for kind, ids in found.items():
            if ids != present:
                raise Violation(f"{sorted(present)} are groups, but {kind} are {sorted(ids)}")
        for id, word in self.outcomes.items():
            if (word == DONE and id not in present) or (word == Reason.FAILED.value and id in present):
                raise Violation(f"`{id}` was told to be {word}, and there are {sorted(present)}")


def _ends(disk: Disk, chance: random.Random) -> Mapping[str, Files]:
    return {
        "the process is killed": disk.after_kill(),
        "the power goes": disk.after_power_loss(),
        "the power goes while the disk writes": disk.torn(chance),
    }


def _found(database: Path) -> dict[str, set[str]]:
    with closing(sqlite3.connect(database)) as connection:
        [(sound,)] = connection.execute("PRAGMA integrity_check").fetchall()
        if sound != "ok":
            raise Violation(f"the database is damaged: {sound}")
        questions = {
            "groups": "SELECT id FROM groups",
            "claims": "SELECT key FROM claims WHERE purpose = 'history'",
            "events": "SELECT json_extract(body, '$.detail.id') FROM log WHERE chain LIKE 'process:%'",
        }
        return {kind: {id for (id,) in connection.execute(question)} for kind, question in questions.items()}


def life(original: Path, directory: Path, failure: Failure | None, *, seed: int = 0, flaw: str | None = None) -> Life:
    """Live the history in a copy of a database, with a failure if there is one. Raises Untraceable."""
    before, now, record_ = (directory / name for name in ("before", "now", "record"))
    for place in (before, now):
        place.mkdir(parents=True)
        (place / "history.db").write_bytes(original.read_bytes())
        (place / _TOLD).touch()
    database = now / "history.db"
    files = [now, database, *(now / f"history.db{end}" for end in ("-wal", _SHARED)), now / _TOLD]
    with children(partial(lived, database, flaw)) as [process]:
        calls = traced(process.pid or 0, files, record_, failure)
        ended([process])
    named = str(now)
    moved = tuple(_moved(call, named, str(before)) for call in calls)
    return Life(before, moved, seed)


def _moved(call: Call, old: str, new: str) -> Call:
    return Call(call.name, call.path.replace(old, new, 1), call.data, call.offset, call.result)
