"""System calls of one process on some files: recorded one by one, and made to fail where a test wants it, by strace."""

import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final

from typing_extensions import override

PATIENCE: Final = 60.0
"""Seconds that a tracer may take to take hold of a process, and a process to come to its end."""
_LOOK: Final = 0.002
_STATUS: Final = Path("/proc/self/status")
_LONGEST: Final = 1 << 20
"""Bytes of one call that are recorded."""
_LINE: Final = re.compile(r"(\w+)\((.*)\) += (-?\d+)(.*)")
_TEXT: Final = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_FILE: Final = re.compile(r"<((?:\\x[0-9a-f]{2})+)>")


class Untraceable(Exception):
    """No process can be traced here; the text says what would help."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What becomes of some system calls."""

    call: str
    error: str
    """The name of the error that it returns instead of doing anything."""
    number: int
    """Which of these calls on the files fails; the first is 1."""
    lasting: bool = False
    """Whether all that follow fail too."""

    @override
    def __str__(self) -> str:
        return f"{self.call}:error={self.error}:when={self.number}{'+' if self.lasting else ''}"


@dataclass(frozen=True, slots=True)
class Call:
    """One system call that was made on one of the files."""

    name: str
    path: str
    data: bytes = b""
    """What was written."""
    offset: int = 0
    """Where; of a cut, how much is left."""
    result: int = 0
    """-1 when it failed."""


CALLS: Final = ("openat", "pread64", "pwrite64", "write", "ftruncate", "fsync", "fdatasync", "unlink")
"""What a database does to its files, but for what it does in memory."""


def is_traceable() -> bool:
    """Return whether a process that runs can be traced here."""
    program = shutil.which("strace")
    if program is None:
        return False
    with subprocess.Popen(["/bin/sleep", "60"]) as asleep:
        words = [program, "-qq", "-o", "/dev/null", "-p", str(asleep.pid)]
        with subprocess.Popen(words, stderr=subprocess.DEVNULL) as tracer:
            try:
                _wait_until_held(asleep.pid, tracer)
            except Untraceable:
                return False
            finally:
                tracer.terminate()
                asleep.kill()
    return True


def wait_until_traced() -> None:
    """Return when somebody traces this process. Raises Untraceable."""
    end = monotonic() + PATIENCE
    while "TracerPid:\t0\n" in _STATUS.read_text(encoding="ascii"):
        if monotonic() > end:
            raise Untraceable("nobody traces this process")
        sleep(_LOOK)


def traced(pid: int, files: Sequence[Path], record: Path, failure: Failure | None) -> list[Call]:
    """Trace a process that waits for it until it ends, and return what it did to the files. Raises Untraceable."""
    words = _words(pid, files, CALLS, ["-xx", "-s", str(_LONGEST), "-y", "-o", str(record)])
    if failure is not None:
        words += ["-e", f"inject={failure}"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=PATIENCE)
    if not record.exists() or "ptrace" in done.stderr:
        raise Untraceable(f"strace cannot trace: {done.stderr[-300:]}")
    return list(_calls(record.read_text(encoding="ascii")))


def failing(pid: int, files: Sequence[Path], failure: Failure, *, lasting: float, record: Path) -> int:
    """Let calls of a running process fail for some seconds, in each thread; return how many did. Raises Untraceable."""
    words = _words(pid, files, [failure.call], ["-f", "-qq", "-o", str(record), "-e", f"inject={failure}"])
    tracer = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    try:
        _wait_until_held(pid, tracer)
        sleep(lasting)
    finally:
        tracer.terminate()  # It lets go of the process, which goes on.
        tracer.communicate(timeout=PATIENCE)
    return record.read_text(encoding="ascii", errors="replace").count("(INJECTED)")


def _words(pid: int, files: Sequence[Path], names: Sequence[str], options: Sequence[str]) -> list[str]:
    program = shutil.which("strace")
    if program is None:
        raise Untraceable("strace is not installed; Debian's package is called so")
    chosen = [word for file in files for word in ("-P", str(file))]
    return [program, *options, *chosen, "-e", f"trace={','.join(names)}", "-p", str(pid)]


def _wait_until_held(pid: int, tracer: "subprocess.Popen[Any]") -> None:
    end = monotonic() + PATIENCE
    tasks = Path(f"/proc/{pid}/task")
    while not _is_held(tasks):
        if tracer.poll() is not None or monotonic() > end:
            raise Untraceable("strace cannot trace a running process here")
        sleep(_LOOK)


def _is_held(tasks: Path) -> bool:
    try:
        return all("TracerPid:\t0\n" not in (task / "status").read_text(encoding="ascii") for task in tasks.iterdir())
    except OSError:
        return False  # A thread has just ended.


def _calls(text: str) -> Iterator[Call]:
    for line in text.splitlines():
        found = _LINE.match(line)
        if found is not None:
            yield _call(found[1], found[2], -1 if "(INJECTED)" in found[4] else int(found[3]))


def _call(name: str, words: str, result: int) -> Call:
    texts = [_bytes(text) for text in _TEXT.findall(words)]
    if name in {"openat", "unlink"}:
        return Call(name, texts[0].decode(), result=result, data=b"made" if "O_CREAT" in words else b"")
    path = _bytes(_FILE.findall(words)[0]).decode()
    numbers = [int(word) for word in words.rsplit(", ", 2)[1:] if word.isdecimal()]
    match name:
        case "pwrite64":
            return Call(name, path, texts[0], numbers[-1], result)
        case "write":
            return Call(name, path, texts[0], 0, result)
        case "ftruncate":
            return Call(name, path, b"", numbers[-1], result)
        case _:
            return Call(name, path, result=result)


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))
