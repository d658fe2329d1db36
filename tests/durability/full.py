"""The full run: every kind of fault, more than a thousand in all, in steps that are done once; its result is kept."""

import json
import os
import platform
import sqlite3
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Final, TypeAlias

from delegation.app.clock import utc_now
from delegation.store import migrate
from tests.durability.campaign import Plan, campaign
from tests.durability.disks import KINDS, POWER, Disks
from tests.durability.failover import failed_over
from tests.durability.pair import said
from tests.postgresql import running

RESULT: Final = Path(__file__).parent / "results" / "full.md"
_ROUNDS: Final = 10
"""Deployments on each database, one after the other."""
_BURSTS: Final = 25
"""Bursts of faults that each of them suffers."""
_FAILOVERS: Final = 10

Told: TypeAlias = Callable[[str], None]


@dataclass
class Tally:
    """What happened so far, and was survived."""

    struck: Counter[str] = field(default_factory=Counter)
    """How often each kind of fault hit somebody."""
    acknowledged: int = 0
    """Changes that were acknowledged, and found again."""
    seconds: float = 0.0

    def add(self, other: "Tally") -> None:
        """Add what happened in another step."""
        self.struck += other.struck
        self.acknowledged += other.acknowledged
        self.seconds += other.seconds


Step: TypeAlias = tuple[str, Callable[[Told], Tally]]


def run_full(seed: int, plan: Plan, told: Told) -> Tally:
    """Do all steps that were not done with this seed, keep the result, and return it.

    Raises Violation, and Untraceable or Unmountable where a disk cannot be made to fail.
    """
    kept = Path(tempfile.gettempdir()) / f"delegation-faults-{seed}.json"
    done: dict[str, Tally] = {}
    if kept.exists():
        for name, values in json.loads(kept.read_text()).items():
            done[name] = Tally(Counter(values["struck"]), values["acknowledged"], values["seconds"])
    for name, step in _steps(seed, plan):
        if name in done:
            continue
        began = monotonic()
        tally = step(told)
        tally.seconds = monotonic() - began
        done[name] = tally
        kept.write_text(json.dumps({each: vars(one) for each, one in done.items()}))
        told(f"{name}: {tally.struck.total()} faults in {tally.seconds:.0f} s")
    total = Tally()
    for tally in done.values():
        total.add(tally)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(_page(seed, plan, total))
    kept.unlink()
    return total


def _steps(seed: int, plan: Plan) -> Iterator[Step]:
    # The slowest kinds last: what is wrong is told early.
    for kind in (POWER, *KINDS):
        yield f"history, {kind}", partial(_disks, kind)
    for number in range(_ROUNDS):
        part = replace(plan, bursts=_BURSTS, seed=seed + number)
        yield f"sqlite, round {number + 1} of {_ROUNDS}", partial(_on_sqlite, part)
        yield f"postgresql, round {number + 1} of {_ROUNDS}", partial(_on_postgresql, part)
    for number in range(_FAILOVERS):
        yield f"failover {number + 1} of {_FAILOVERS}", partial(_failover, seed + number)


def _disks(kind: str, told: Told) -> Tally:
    with TemporaryDirectory() as directory:
        original = Path(directory) / "original.db"
        migrate(f"sqlite:///{original}")
        disks = Disks(original, Path(directory))
        if kind == POWER:
            return Tally(
                Counter({"history: a kill, or a power cut, after a call": disks.lose_power()}), disks.whole.acknowledged
            )
        tally = Tally()
        for suffered in disks.fail(kind):
            tally.struck[f"history: {kind}"] += 1
            tally.acknowledged += suffered.acknowledged
            told(f"history, {kind} ({suffered.failure}): all is kept after each of {suffered.ends} ends")
        return tally


def _on_sqlite(plan: Plan, told: Told) -> Tally:
    suffered = campaign(replace(plan, disk=True), None, told)
    return Tally(
        Counter({f"SQLite: {kind}": n for kind, n in suffered.struck.items()}), len(suffered.ledger.acknowledged)
    )


def _on_postgresql(plan: Plan, told: Told) -> Tally:
    with running() as cluster:
        suffered = campaign(plan, cluster, told)
    struck = Counter({f"PostgreSQL: {kind}": n for kind, n in suffered.struck.items()})
    return Tally(struck, len(suffered.ledger.acknowledged))


def _failover(seed: int, _: Told) -> Tally:
    with TemporaryDirectory() as directory:
        ledger = failed_over(Path(directory), seed)
    return Tally(Counter({"PostgreSQL: the primary is killed, a standby promoted": 1}), len(ledger.acknowledged))


def _page(seed: int, plan: Plan, total: Tally) -> str:
    rows = "\n".join(f"| {kind} | {times} |" for kind, times in sorted(total.struck.items()))
    return f"""# The last full run of faults

`make faults-full ARGS="--seed {seed}"`, {utc_now():%Y-%m-%d}, at commit {_commit()}:
**{total.struck.total():,} faults, {total.acknowledged:,} acknowledged changes, all of them kept**, nothing half done,
one record for each change, every chain verified, no token of a delegation that had ended alive;
{total.seconds / 60:.0f} minutes.

{platform.system()} {platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()},
SQLite {sqlite3.sqlite_version}, PostgreSQL {_server()}, {plan.servers} servers in each deployment.

| Fault | Times |
|---|---|
{rows}

`history` is one process that makes a short history of changes; each of its system calls fails in turn, and after each
acknowledgement that follows, the database is judged as it is found after a kill, after a power cut, and after a power
cut in the middle of what the disk was writing.
The others happen to deployments under load, alone and two at once.
A second fault that came with one is counted where it hit somebody.
"""


def _server() -> str:
    with running() as cluster:
        [(version,)] = said(cluster, "SHOW server_version")
    return str(version).split(maxsplit=1)[0]


def _commit() -> str:
    words = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short", "HEAD"]
    told = subprocess.run(words, capture_output=True, text=True, check=False)
    return told.stdout.strip() or "unknown"
