"""The data directory: who may read it, what room there is, and what it lies on."""

import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from delegation.app.doctor.findings import Finding, fault, warning, well

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_SCARCE = 1 << 30
_NONE = 100 << 20
_REMOTE = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "ceph", "glusterfs", "lustre", "afs"})


def directory(data: Path, *, free: int, mounts: Iterable[tuple[str, str]], embedded: bool) -> Iterator[Finding]:
    """Yield what there is to say about a data directory.

    `free` octets are left there; `mounts` are the places where file systems are mounted, each with its kind; and the
    database is `embedded` in it or elsewhere.
    """
    if not data.is_dir():
        yield warning("data directory", f"`{data}` is not there", "the first `delegation run` makes it")
        return
    yield from _modes(data)
    if free < _SCARCE:
        grade = fault if free < _NONE else warning
        yield grade("disk", f"{free >> 20} MiB are left", "make room: a full disk takes no change, revocations too")
    else:
        yield well("disk", f"{free >> 20} MiB are left")
    kind = _kind(data.resolve(), mounts)
    if embedded and kind in _REMOTE:
        text = f"the database lies on a network file system (`{kind}`), where its locks protect nothing"
        yield fault("file system", text, "move it to a local disk, or use PostgreSQL")


def _modes(data: Path) -> Iterator[Finding]:
    loose = [path for path in (data, *sorted(data.iterdir())) if stat.S_IMODE(path.lstat().st_mode) & _OTHERS]
    for path in loose:
        advice = f"chmod go-rwx {path}"
        yield fault("permissions", f"`{path.name or path}` can be used by others than its owner", advice)
    if not loose:
        yield well("permissions", "only their owner may use the files")


def _kind(path: Path, mounts: Iterable[tuple[str, str]]) -> str:
    """Return the kind of the file system that a path lies on."""
    above = [(len(place), kind) for place, kind in mounts if path.is_relative_to(place)]
    return max(above, default=(0, ""), key=lambda each: each[0])[1]
