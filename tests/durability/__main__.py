"""Many faults: `python -m tests.durability --faults 120 --database both --seed 7`; exits 1 when anything was lost."""

import argparse
import secrets
import sys
from collections.abc import Sequence
from time import monotonic
from typing import Final

from tests.durability.campaign import Plan, campaign
from tests.durability.full import run_full
from tests.durability.judging import Violation
from tests.durability.small_disk import Unmountable, small_disk
from tests.durability.tracing import is_traceable
from tests.postgresql import Cluster, running

DATABASES: Final = ("sqlite", "postgresql")
BACK: Final = 5.0
"""Seconds in which a server has to serve again after its database is back, as docs/operations.md promises."""


def main(words: Sequence[str]) -> int:
    """Carry out what the command line asks for; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.durability", description=__doc__)
    parser.add_argument("--faults", type=_positive, default=120, help="bursts of faults, over all databases together")
    parser.add_argument("--database", choices=(*DATABASES, "both"), default="both")
    parser.add_argument("--servers", type=_positive, default=3, help="server processes")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32), help="repeats a choice of faults")
    parser.add_argument(
        "--full", action="store_true", help="everything, a thousand faults and more; goes on where it ended"
    )
    asked = parser.parse_args(words)
    databases = DATABASES if asked.database == "both" else (asked.database,)
    if asked.faults < len(databases):
        parser.error(f"{asked.faults} faults are too few for {len(databases)} databases")
    plan = Plan(asked.faults // len(databases), asked.seed, servers=asked.servers, back=BACK, disk=_can_fail())
    _tell(f"seed {asked.seed}")
    try:
        if asked.full:
            total = run_full(asked.seed, plan, _tell)
            _tell(f"{total.struck.total()} faults: all {total.acknowledged} changes acknowledged are kept")
            return 0
        if "sqlite" in databases:
            _suffered(plan, None)
        if "postgresql" in databases:
            with running() as cluster:
                _suffered(plan, cluster)
    except Violation as violation:
        _tell(f"a promise was broken, with seed {asked.seed}:\n{violation}")
        return 1
    return 0


def _can_fail() -> bool:
    """Return whether disks can be made to fail here, and tell what is left out where they cannot."""
    try:
        with small_disk(1):
            if is_traceable():
                return True
        missing = "strace is not installed, or may trace nothing"
    except Unmountable as error:
        missing = str(error)
    _tell(f"no disk fails or is full: {missing}")
    return False


def _positive(word: str) -> int:
    number = int(word)
    if number < 1:
        raise argparse.ArgumentTypeError(f"`{word}` is less than 1")
    return number


def _suffered(plan: Plan, cluster: Cluster | None) -> None:
    began = monotonic()
    ledger = campaign(plan, cluster, _tell).ledger
    changes, seconds = len(ledger.acknowledged), monotonic() - began
    _tell(f"{plan.bursts} faults in {seconds:.0f} s: all {changes} changes acknowledged are kept, nothing is half done")


def _tell(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
