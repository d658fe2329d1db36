"""A disk worked out from system calls: what is on it when the power goes, and what only the kernel remembers."""

import random
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from tests.durability.tracing import Call

Names: TypeAlias = MutableMapping[str, "File"]
Files: TypeAlias = Mapping[str, bytes]
"""Contents by path."""
_Step: TypeAlias = Callable[[bytearray], None]
_Entry: TypeAlias = tuple[str, "File | None"]


@dataclass(eq=False)
class File:
    """One file: what it holds for whoever reads it, and what of that would survive."""

    cached: bytearray = field(default_factory=bytearray)
    flushed: bytearray = field(default_factory=bytearray)
    pending: list[_Step] = field(default_factory=list)

    def change(self, step: _Step) -> None:
        """Change it for whoever reads it."""
        step(self.cached)
        self.pending.append(step)

    def flush(self, *, succeeds: bool) -> None:
        """Flush it. Where that fails, what was to be flushed never will be: the kernel takes its pages for clean."""
        for step in self.pending if succeeds else ():
            step(self.flushed)
        self.pending.clear()

    def torn(self, chance: random.Random) -> bytes:
        """Return it with some of what was not flushed, as a disk may have it that writes in its own order."""
        there = bytearray(self.flushed)
        for step in self.pending:
            if chance.random() < 0.5:
                step(there)
        return bytes(there)


class Disk:
    """The files of one directory."""

    def __init__(self, directory: Path) -> None:
        """Take what is in a directory for flushed."""
        self._directory = str(directory)
        self._named: Names = {}
        for path in directory.iterdir():
            self._named[str(path)] = File(bytearray(path.read_bytes()), bytearray(path.read_bytes()))
        self._entered: Names = dict(self._named)
        self._entries: list[_Entry] = []

    def follow(self, call: Call) -> None:
        """Do what a call did."""
        match call.name:
            case "openat" if call.data and call.result >= 0 and call.path not in self._named:
                self._enter(call.path, File())
            case "unlink" if call.result == 0 and call.path in self._named:
                self._enter(call.path, None)
            case "pwrite64" if call.result > 0:
                self._named[call.path].change(_written(call.offset, call.data[: call.result]))
            case "ftruncate" if call.result == 0:
                self._named[call.path].change(_cut(call.offset))
            case "fsync" | "fdatasync":
                self._flush(call.path, succeeds=call.result == 0)
            case _:
                pass  # It read, or it failed.

    def after_kill(self) -> Files:
        """Return what there is when only the process ends: all that it wrote."""
        return {path: bytes(file.cached) for path, file in self._named.items()}

    def after_power_loss(self) -> Files:
        """Return what there is when the power goes and nothing was written that did not have to be."""
        return {path: bytes(file.flushed) for path, file in self._entered.items()}

    def torn(self, chance: random.Random) -> Files:
        """Return what there may be when the power goes while the disk writes in its own order."""
        entered = dict(self._entered)
        for path, file in self._entries:
            if chance.random() < 0.5:
                _point(entered, path, file)
        return {path: file.torn(chance) for path, file in entered.items()}

    def _enter(self, path: str, file: File | None) -> None:
        _point(self._named, path, file)
        self._entries.append((path, file))

    def _flush(self, path: str, *, succeeds: bool) -> None:
        if path != self._directory:
            self._named[path].flush(succeeds=succeeds)
            return
        if succeeds:
            self._entered = dict(self._named)
        self._entries.clear()


def laid(files: Files, directory: Path, *, without: Iterable[str]) -> None:
    """Put files into an empty directory, but for those whose names end so."""
    for path, content in files.items():
        if not path.endswith(tuple(without)):
            (directory / Path(path).name).write_bytes(content)


def _point(names: Names, path: str, file: File | None) -> None:
    if file is None:
        names.pop(path, None)
    else:
        names[path] = file


def _written(offset: int, data: bytes) -> _Step:
    def write(content: bytearray) -> None:
        content.extend(bytes(max(0, offset - len(content))))
        content[offset : offset + len(data)] = data

    return write


def _cut(size: int) -> _Step:
    def cut(content: bytearray) -> None:
        content.extend(bytes(max(0, size - len(content))))
        del content[size:]

    return cut
