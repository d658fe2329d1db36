"""The disk that tests work out from system calls keeps what a disk has to keep, and nothing that it need not."""

import random
from pathlib import Path

import pytest

from tests.durability.disk import Disk, laid
from tests.durability.tracing import Call

pytestmark = pytest.mark.threat("49")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A directory with one file that was there before."""
    (tmp_path / "old").write_bytes(b"abcdef")
    return tmp_path


@pytest.fixture
def disk(place: Path) -> Disk:
    """The disk that it is on."""
    return Disk(place)


def written(path: Path, offset: int, data: bytes, *, result: int | None = None) -> Call:
    """Return a write."""
    return Call("pwrite64", str(path), data, offset, len(data) if result is None else result)


def test_what_was_not_flushed_survives_a_kill_and_no_power_cut(place: Path, disk: Disk) -> None:
    """A write is seen by whoever opens the file, and is gone with the power until it is flushed."""
    old = place / "old"
    disk.follow(written(old, 4, b"XYZ"))
    assert (disk.after_kill()[str(old)], disk.after_power_loss()[str(old)]) == (b"abcdXYZ", b"abcdef")
    disk.follow(Call("fdatasync", str(old)))
    assert disk.after_power_loss()[str(old)] == b"abcdXYZ"


def test_a_flush_that_failed_is_not_made_up_for_by_another(place: Path, disk: Disk) -> None:
    """What was to be flushed when that failed is seen until the power goes, and is flushed only if written anew."""
    old = place / "old"
    disk.follow(written(old, 0, b"X"))
    disk.follow(Call("fdatasync", str(old), result=-1))
    assert disk.after_kill()[str(old)] == b"Xbcdef"
    disk.follow(written(old, 5, b"Z"))
    disk.follow(Call("fdatasync", str(old)))
    assert disk.after_power_loss()[str(old)] == b"abcdeZ"


def test_a_write_that_failed_or_was_short_writes_what_it_says(place: Path, disk: Disk) -> None:
    """Nothing of a write that failed is there, and of a short one so many bytes."""
    old = place / "old"
    disk.follow(written(old, 0, b"XYZ", result=-1))
    disk.follow(written(old, 3, b"XYZ", result=1))
    assert disk.after_kill()[str(old)] == b"abcXef"


def test_a_file_is_cut_and_grows_with_zeros(place: Path, disk: Disk) -> None:
    """What lies beyond a cut is gone, and what was never written reads as zeros."""
    old = place / "old"
    disk.follow(Call("ftruncate", str(old), offset=2))
    disk.follow(written(old, 4, b"X"))
    assert disk.after_kill()[str(old)] == b"ab\0\0X"


def test_names_last_once_their_directory_is_flushed(place: Path, disk: Disk) -> None:
    """A new file, and the end of an old one, may be forgotten until the directory is flushed, whatever is in them."""
    old, new = str(place / "old"), str(place / "new")
    disk.follow(Call("openat", new, b"made", result=3))
    disk.follow(written(place / "new", 0, b"n"))
    disk.follow(Call("fdatasync", new))
    disk.follow(Call("unlink", old))
    assert (disk.after_kill(), disk.after_power_loss()) == ({new: b"n"}, {old: b"abcdef"})
    disk.follow(Call("fsync", str(place)))
    assert disk.after_power_loss() == {new: b"n"}


def test_a_disk_may_write_in_its_own_order(place: Path, disk: Disk) -> None:
    """Of two writes that were not flushed either, both or none may be there."""
    old = place / "old"
    disk.follow(written(old, 0, b"X"))
    disk.follow(written(old, 1, b"Y"))
    found = {disk.torn(random.Random(seed))[str(old)] for seed in range(30)}
    assert found == {b"abcdef", b"Xbcdef", b"aYcdef", b"XYcdef"}


def test_files_are_laid_where_they_are_judged(
    place: Path, disk: Disk, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """What a disk holds is put into a directory, but for what is left out."""
    disk.follow(Call("openat", str(place / "old-shm"), b"made", result=3))
    there = tmp_path_factory.mktemp("there")
    laid(disk.after_kill(), there, without=("-shm",))
    assert {path.name: path.read_bytes() for path in there.iterdir()} == {"old": b"abcdef"}
