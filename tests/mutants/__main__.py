"""`python -m tests.mutants` puts small faults into the engine; it fails where no test notices and nothing says why."""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.mutants.ledger import explained, outdated, unexplained
from tests.mutants.rooms import Room, changed, narrowed, rooms
from tests.mutants.workshop import Result, run

LEAST = 0.95
"""The share of all mutants that the tests kill, whatever is explained."""


def main() -> int:
    """Run and report; the answer is the process's exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("modules", nargs="*", help="patterns such as `authz_core/listing/*`; all without any")
    parser.add_argument(
        "--changed", action="store_true", help="only modules that the last commit, or no commit, changed"
    )
    parser.add_argument("--at-most", type=int, help="so many mutants in all, always the same ones of each module")
    asked = parser.parse_args()
    patterns = changed() if asked.changed else asked.modules or ["*"]
    chosen = [room for room in (narrowed(room, patterns) for room in rooms()) if room.modules]
    if not chosen:
        print("No module that is mutated was changed.")
        return 0
    modules = sum(len(room.modules) for room in chosen)
    each = max(1, asked.at_most // modules) if asked.at_most else None
    results = [result for room in chosen for result in _run(room, each)]
    return _verdict(results, full=patterns == ["*"] and each is None)


def _run(room: Room, each: int | None) -> list[Result]:
    with tempfile.TemporaryDirectory(prefix="mutants-") as place:
        found = run(Path(place), room, each)
    for result in found:
        tried = result.outcomes.total()
        drawn = "" if tried == result.made else f", drawn from {result.made}"
        print(f"{result.module}: {result.killed} of {tried} killed{drawn}", flush=True)
    return found


def _verdict(results: list[Result], *, full: bool) -> int:
    survivors = [survivor for result in results for survivor in result.survivors]
    known = explained()
    complaints = [f"no test notices, and no entry explains:\n{each}" for each in unexplained(survivors, known)]
    killed, tried = sum(result.killed for result in results), sum(result.outcomes.total() for result in results)
    if full:
        complaints += [f"is explained, but does not survive:\n{each}" for each in outdated(survivors, known)]
        if killed < LEAST * tried:
            complaints.append(f"less than {LEAST:.0%} are killed")
    for complaint in complaints:
        print(complaint)
    print(f"{killed} of {tried} killed ({killed / tried:.1%}), {len(survivors)} survived, {len(complaints)} complaints")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
