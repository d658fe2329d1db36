"""Many faults: `python -m tests.durability --faults 300 --database both --seed 7`; exits 1 when anything was lost."""

import argparse
import secrets
import sys
from collections.abc import Sequence
from time import monotonic
from typing import Final

from tests.durability.campaign import Plan, campaign
from tests.durability.judging import Violation
from tests.postgresql import Cluster, running

DATABASES: Final = ("sqlite", "postgresql")
BACK: Final = 5.0
"""Seconds in which a server has to serve again after its database is back, as docs/operations.md promises."""


def main(words: Sequence[str]) -> int:
    """Carry out what the command line asks for; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.durability", description=__doc__)
    parser.add_argument("--faults", type=_positive, default=300, help="bursts of faults, over all databases together")
    parser.add_argument("--database", choices=(*DATABASES, "both"), default="both")
    parser.add_argument("--servers", type=_positive, default=3, help="server processes")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32), help="repeats a choice of faults")
    asked = parser.parse_args(words)
    databases = DATABASES if asked.database == "both" else (asked.database,)
    if asked.faults < len(databases):
        parser.error(f"{asked.faults} faults are too few for {len(databases)} databases")
    plan = Plan(asked.faults // len(databases), asked.seed, servers=asked.servers, back=BACK)
    _tell(f"seed {asked.seed}")
    try:
        if "sqlite" in databases:
            _suffered(plan, None)
        if "postgresql" in databases:
            with running() as cluster:
                _suffered(plan, cluster)
    except Violation as violation:
        _tell(f"a promise was broken, with seed {asked.seed}:\n{violation}")
        return 1
    return 0


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
