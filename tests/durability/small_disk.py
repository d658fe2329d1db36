"""Small disks: file systems of a few megabytes in memory, to be filled to the last byte."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

MOUNT: Final = "/bin/mount"
UMOUNT: Final = "/bin/umount"
_BALLAST: Final = "ballast"
_PIECE: Final = 4_096
_TRIES: Final = 100
"""How often room is taken that others give back at the same time."""


class Unmountable(Exception):
    """No file system can be made here; the text says why."""


class SmallDisk:
    """A file system of its own."""

    def __init__(self, root: Path) -> None:
        """Use the file system that is mounted there."""
        self.root = root

    @property
    def free(self) -> int:
        """Bytes that may still be written."""
        disk = os.statvfs(self.root)
        return disk.f_bavail * disk.f_frsize

    def fill(self, *, but: int = 0) -> None:
        """Take all the room there is, but for so many bytes."""
        with (self.root / _BALLAST).open("ab", buffering=0) as ballast:
            for _ in range(_TRIES):
                if (left := (self.free - but) // _PIECE * _PIECE) <= 0:
                    return
                with suppress(OSError):  # Somebody was quicker.
                    os.posix_fallocate(ballast.fileno(), os.fstat(ballast.fileno()).st_size, left)

    def empty(self) -> None:
        """Give back what was taken."""
        (self.root / _BALLAST).unlink(missing_ok=True)


@contextmanager
def small_disk(mebibytes: int) -> Iterator[SmallDisk]:
    """Make a file system of that size until the block ends. Raises Unmountable."""
    if not Path(MOUNT).exists():
        raise Unmountable(f"there is no `{MOUNT}`")
    with TemporaryDirectory() as directory:
        words = [MOUNT, "-t", "tmpfs", "-o", f"size={mebibytes}m,mode=0755", "small-disk", directory]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Unmountable(f"a file system cannot be mounted, which only root may do: {done.stderr.strip()}")
        try:
            yield SmallDisk(Path(directory))
        finally:
            subprocess.run([UMOUNT, "-l", directory], check=True)
