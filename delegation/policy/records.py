"""How tests ended, as JSON for programs."""

from collections.abc import Sequence
from dataclasses import asdict

from delegation.policy.faults import Fault
from delegation.policy.report import FileResult
from delegation.policy.running import KINDS, Outcome, Result, counts

Record = dict[str, object]


def recorded(files: Sequence[FileResult]) -> Record:
    """Return the results of all files."""
    return {"passed": all(file.has_passed for file in files), "files": [_file(file) for file in files]}


def fault_record(fault: Fault) -> Record:
    """Return a fault with its place."""
    place = {"file": fault.place.file, "line": fault.place.line or None, "column": fault.place.column or None}
    return {**place, "message": fault.message, "code": fault.code or None}


def _file(file: FileResult) -> Record:
    passed = sum(result.has_passed for result in file.results)
    summary = {"Tests": (passed, len(file.results)), **counts(file.results)}
    return {
        "file": file.path,
        "passed": file.has_passed,
        "faults": [fault_record(fault) for fault in file.faults],
        "tests": [_test(result) for result in file.results],
        "summary": {kind: {"passed": passed, "total": total} for kind, (passed, total) in summary.items()},
    }


def _test(result: Result) -> Record:
    test = result.test
    return {
        "name": test.name,
        "description": test.description,
        "line": test.place.line,
        "passed": result.has_passed,
        "assertions": [_assertion(outcome) for outcome in result.outcomes],
    }


def _assertion(outcome: Outcome) -> Record:
    assertion = outcome.assertion
    return {
        "kind": KINDS[type(assertion.question)],
        **asdict(assertion.question),
        "context": assertion.context,
        "line": assertion.place.line,
        "passed": outcome.has_passed,
        "got": outcome.got,
        "error": outcome.error or None,
        "why": outcome.why,
    }
