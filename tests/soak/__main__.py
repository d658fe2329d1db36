"""Everything at once for an hour: `python -m tests.soak --minutes 60 --database both`; exits 1 when something grows."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.machine import machine
from tests.postgresql import Cluster, running
from tests.soak.judging import Verdict
from tests.soak.running import Plan, Soak, soak

DATABASES: Final = ("sqlite", "postgresql")
RESULTS: Final = Path(__file__).parent / "results"
_HEAD: Final = f"  {'':32}{'median':>10}{'first':>10}{'last':>10}{'growth':>10}{'at least':>10}{'allowed':>10}"


def main(words: Sequence[str]) -> int:
    """Carry out what the command line asks for; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0, help="for all databases together")
    parser.add_argument("--database", choices=(*DATABASES, "both"), default="both")
    parser.add_argument("--keep", action="store_true", help="write the result to tests/soak/results")
    asked = parser.parse_args(words)
    databases = DATABASES if asked.database == "both" else (asked.database,)
    plan = Plan(asked.minutes * 60 / len(databases))
    found: dict[str, Soak] = {}
    if "sqlite" in databases:
        found["sqlite"] = _soaked("sqlite", plan, None)
    if "postgresql" in databases:
        with running() as cluster:
            found["postgresql"] = _soaked("postgresql", plan, cluster)
    if asked.keep:
        RESULTS.mkdir(exist_ok=True)
        kept = {"machine": machine(), "minutes": asked.minutes, **{name: _kept(each) for name, each in found.items()}}
        (RESULTS / "latest.json").write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
    return 1 if any(is_bad(each) for each in found.values()) else 0


def is_bad(found: Soak) -> bool:
    """Return whether something grows, or is wrong."""
    return bool(found.faults) or any(verdict.grows for verdict in found.verdicts)


def _soaked(name: str, plan: Plan, cluster: Cluster | None) -> Soak:
    found = soak(plan, cluster, lambda line: print(f"{name}, {line}", flush=True))
    print("\n".join([f"\n{name}: {table(found)}", *found.faults]), flush=True)
    return found


def table(found: Soak) -> str:
    """Return what was found, for people."""
    asked = sum(found.told.answers.values())
    return "\n".join([f"{asked} requests, {found.backups} backups", _HEAD, *map(_line, found.verdicts)])


def _line(verdict: Verdict) -> str:
    numbers = (verdict.median, verdict.first, verdict.last, verdict.growth, verdict.surely, verdict.allowed)
    return (
        f"  {verdict.name:32}" + "".join(f"{number:10.2f}" for number in numbers) + (" GROWS" if verdict.grows else "")
    )


def _kept(found: Soak) -> dict[str, Any]:
    names = ("median", "first", "last", "growth", "surely", "allowed")
    series = {each.name: {name: round(getattr(each, name), 3) for name in names} for each in found.verdicts}
    return {"requests": dict(found.told.answers), "backups": found.backups, "series": series, "faults": found.faults}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
