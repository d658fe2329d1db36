"""Whether a file can be used: its policy and what its author may want to know, or all that is wrong with it."""

from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from authz_core import warnings_of
from delegation.policy.faults import Fault, InvalidPolicy, Place, printable_lines
from delegation.policy.questions import PolicyFile
from delegation.policy.reading import read_policy
from delegation.policy.records import Record, fault_record
from delegation.policy.report import FileResult
from delegation.policy.running import run
from delegation.policy.summary import Summary, summary


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found of a file; one without a summary is invalid."""

    path: str
    summary: Summary | None = None
    faults: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()

    @property
    def is_valid(self) -> bool:
        """Whether the file means something."""
        return self.summary is not None

    def text(self) -> str:
        """Return what a person is told."""
        warnings = [str(replace(each, message=f"warning: {each.message}")) for each in self.warnings]
        if self.summary is not None:
            return printable_lines("\n".join([*warnings, f"{self.path}: valid: {self.summary}"]))
        number = "1 fault" if len(self.faults) == 1 else f"{len(self.faults)} faults"
        return printable_lines("\n".join([*map(str, self.faults), f"{self.path}: invalid: {number}"]))

    def as_json(self) -> Record:
        """Return what a program is told."""
        return {
            "file": self.path,
            "valid": self.is_valid,
            **({} if self.summary is None else asdict(self.summary)),
            "faults": [fault_record(each) for each in self.faults],
            "warnings": [fault_record(each) for each in self.warnings],
        }


def verdict(path: Path, beneath: Collection[str], *, allow_external_files: bool) -> Verdict:
    """Return whether the file, and all that it refers to, means something.

    Relations named `beneath` put one thing beneath another; where rights flow on other ways, a warning says so.
    """
    read = _read(path, allow_external_files=allow_external_files)
    if isinstance(read, InvalidPolicy):
        return Verdict(str(path), faults=read.faults)
    flows = [Fault(Place(str(path)), each) for each in warnings_of(read.model.model, beneath=beneath)]
    return Verdict(str(path), summary(read), warnings=(*read.warnings, *flows))


def run_file(path: Path, *, allow_external_files: bool) -> FileResult:
    """Return how the file's tests end; a file that means nothing is not run."""
    read = _read(path, allow_external_files=allow_external_files)
    if isinstance(read, InvalidPolicy):
        return FileResult(str(path), faults=read.faults)
    return FileResult(str(path), run(read))


def _read(path: Path, *, allow_external_files: bool) -> PolicyFile | InvalidPolicy:
    try:
        return read_policy(path, allow_external_files=allow_external_files)
    except InvalidPolicy as error:
        return error
