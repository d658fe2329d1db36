"""Room kept for what takes rights away: what is refused first, what is given back when, when it is whole again."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from delegation.store import Reason, StoreUnavailable, Unit, reserve
from delegation.store.lane import Outcome
from delegation.store.reserve import Frugal, Spared
from delegation.store.transaction import Revisions
from tests.store.samples import ACME, change, group, no_group

pytestmark = pytest.mark.threat("54")

SIZE = 256 << 10
STEP = 64 << 10
GRANT = change(group("a"))
REVOCATION = change(no_group("a"))
DONE = {ACME: 1}
NO_ROOM = StoreUnavailable("no room")


class Disk:
    """A writer whose units need a part of the reserve each, on a disk that is as full as told."""

    def __init__(self, path: Path, needed: int) -> None:
        """Let every unit fail until the reserve was made smaller by so many bytes."""
        self.path = path
        self.needed = needed
        self.reason = Reason.FAILED
        self.asked: list[int] = []
        self.tidied = 0

    def work(self, units: Sequence[Unit]) -> list[Outcome[Revisions]]:
        """Write, if there is room."""
        self.asked.append(len(units))
        given = SIZE - self.path.stat().st_size
        return [DONE if given >= self.needed else StoreUnavailable("no room", reason=self.reason) for _ in units]

    def tidy(self) -> None:
        """Count."""
        self.tidied += 1

    def interrupt(self) -> None:
        """Be interrupted."""
        raise InterruptedError

    def close(self) -> None:
        """Be closed."""
        raise EOFError


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Where a database lies."""
    return tmp_path / "a.db"


@pytest.fixture
def kept(database: Path) -> Path:
    """The reserve's file."""
    return database.with_name("a.db-reserve")


Full = Callable[[int], tuple[Disk, Frugal]]


@pytest.fixture
def full(database: Path, kept: Path, monkeypatch: pytest.MonkeyPatch) -> Full:
    """Return a writer on a full disk, whose units need so many bytes of the reserve each."""

    def made(needed: int) -> tuple[Disk, Frugal]:
        disk = Disk(kept, needed)
        writer = frugal(disk, database)
        monkeypatch.setattr(reserve, "_SPARE", 1 << 60)
        return disk, writer

    return made


def frugal(disk: Disk, database: Path) -> Frugal:
    """Return a writer with a reserve, for which removing something is what takes rights away."""
    return Frugal(disk, database, Spared(SIZE, lambda unit: unit == REVOCATION))


def said(outcomes: Sequence[object]) -> list[str]:
    """Return what each unit was told."""
    return [str(outcome) for outcome in outcomes]


def test_the_reserve_is_laid_when_the_store_is_opened(database: Path, kept: Path) -> None:
    """It takes its room from the beginning, on the disk and not in name alone, and only its owner reads it."""
    frugal(Disk(kept, 0), database)
    found = kept.stat()
    assert (found.st_size, found.st_blocks * 512 >= SIZE, found.st_mode & 0o777) == (SIZE, True, 0o600)


def test_with_room_everything_is_written_together(database: Path, kept: Path) -> None:
    """While the reserve is whole the writer gets every batch as it came."""
    disk = Disk(kept, 0)
    assert frugal(disk, database).work([GRANT, REVOCATION]) == [DONE, DONE]
    assert disk.asked == [2]


def test_without_room_only_what_takes_rights_away_finds_some(kept: Path, full: Full) -> None:
    """On a full disk a grant fails and a revocation beside it succeeds, with as much of the reserve as it needs."""
    disk, writer = full(STEP)
    assert said(writer.work([GRANT, REVOCATION])) == ["no room", str(DONE)]
    assert disk.asked == [2, 1]
    assert kept.stat().st_size == SIZE - STEP


def test_a_grant_alone_takes_nothing_of_the_reserve(kept: Path, full: Full) -> None:
    """A batch that takes no rights away fails and leaves the reserve whole."""
    _, writer = full(STEP)
    assert said(writer.work([GRANT, GRANT])) == ["no room"] * 2
    assert kept.stat().st_size == SIZE


def test_once_the_reserve_is_touched_grants_are_refused_unwritten(full: Full) -> None:
    """What was given back is not for those who gave nothing up: they are not even tried, and nothing is tidied."""
    disk, writer = full(STEP)
    writer.work([REVOCATION])
    disk.asked.clear()
    assert said(writer.work([GRANT])) == ["the disk is full: nothing is written but what takes rights away"]
    assert writer.work([REVOCATION]) == [DONE]
    assert disk.asked == [1]
    writer.tidy()
    assert disk.tidied == 0


def test_more_is_given_back_until_it_suffices_or_nothing_is_left(kept: Path, full: Full) -> None:
    """A revocation that needs more gets it; one that needs more than there is fails after the last byte is given."""
    disk, writer = full(3 * STEP)
    assert writer.work([REVOCATION]) == [DONE]
    assert kept.stat().st_size == SIZE - 3 * STEP
    disk.needed = SIZE + 1
    assert said(writer.work([REVOCATION])) == ["no room"]
    assert kept.stat().st_size == 0


def test_what_may_be_written_is_not_written_twice(full: Full) -> None:
    """After an unknown outcome room is made, but it is for the caller to ask again."""
    disk, writer = full(STEP)
    disk.reason = Reason.UNKNOWN
    assert said(writer.work([REVOCATION])) == ["no room"]
    assert disk.asked == [1]
    assert writer.work([REVOCATION]) == [DONE]


def test_a_failure_for_another_reason_takes_nothing(database: Path, kept: Path) -> None:
    """While there is room on the disk the reserve does not help, and stays whole."""
    assert said(frugal(Disk(kept, STEP), database).work([REVOCATION])) == ["no room"]
    assert kept.stat().st_size == SIZE


def test_it_is_laid_again_once_there_is_room(database: Path, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first unit after there is room, and a second has passed, finds the reserve whole and is written."""
    disk = Disk(kept, 0)
    writer = frugal(disk, database)
    os.truncate(kept, STEP)
    assert said(writer.work([GRANT])) == ["the disk is full: nothing is written but what takes rights away"]
    monkeypatch.setattr(reserve, "_REST", 0.0)
    assert writer.work([GRANT]) == [DONE]
    assert kept.stat().st_size == SIZE


def test_interruptions_and_the_end_reach_the_writer(database: Path, kept: Path) -> None:
    """What is said to a frugal writer is said to the one that writes."""
    writer = frugal(Disk(kept, 0), database)
    with pytest.raises(InterruptedError):
        writer.interrupt()
    with pytest.raises(EOFError):
        writer.close()
