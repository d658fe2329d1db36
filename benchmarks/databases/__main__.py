"""`python -m benchmarks.databases`: one run on each database, with a hundred thousand organizations in it."""

import argparse
import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.databases.population import Population
from benchmarks.databases.report import TITLES, section
from benchmarks.databases.run import Plan, measure
from benchmarks.engine.sections import Section
from benchmarks.machine import machine
from benchmarks.publishing import DATABASES, publish
from benchmarks.report import aligned, markdown
from tests import postgresql

RESULTS: Final = Path(__file__).parents[1] / "results"


def main() -> None:
    """Measure, print, keep, and perhaps publish."""
    asked = _parser().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    plan = Plan(Population(asked.organizations, asked.large, asked.enormous), asked.seconds)
    found = {}
    for kind in asked.only or TITLES:
        with TemporaryDirectory(prefix="delegation-benchmark-") as directory, _database(kind) as url:
            found[kind] = measure(Path(directory), url, plan, partial(_tell, kind))
    told = section(found)
    remarks = _remarks(plan)
    print("\n".join([aligned(told.table()), "", *remarks]))
    _keep(asked.results, told, remarks)
    if asked.publish:
        figures = "\n\n".join([markdown(told.table()), "\n".join(f"- {remark}" for remark in remarks)])
        print(f"written into {', '.join(publish(figures, DATABASES)) or 'no page'}", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.databases", description=__doc__)
    add = parser.add_argument
    add("--organizations", type=int, default=100_000, help="small ones in the database")
    add("--large", type=int, default=10_000, help="relationships of an organization that is asked about while cold")
    add("--enormous", type=int, default=1_000_000, help="relationships of the one that is loaded")
    add("--seconds", type=float, default=4.0, help="for each endpoint")
    add("--only", choices=tuple(TITLES), nargs="+", help="measure on this database alone")
    add("--results", type=Path, default=RESULTS, help="where to keep the figures")
    add("--publish", action="store_true", help="write the figures into the page that quotes them")
    return parser


def _tell(kind: str, doing: str) -> None:
    print(f"... {TITLES[kind]}: {doing}", file=sys.stderr, flush=True)


@contextmanager
def _database(kind: str) -> Iterator[str | None]:
    """Yield the URL of an empty database; none for SQLite, which lies in the data directory."""
    if kind == "sqlite":
        yield None
        return
    with postgresql.running(durable=True) as cluster, postgresql.database(cluster.url()) as url:
        yield url.render_as_string(hide_password=False)


def _remarks(plan: Plan) -> list[str]:
    facts = machine()
    return [
        f"{facts['processor']}, {facts['cores']} cores, Python {facts['python']}, commit {facts['commit']}.",
        f"{plan.population.organizations:,} organizations of fifteen rows, each with its log, and as many users.",
        f"{facts['flush_milliseconds']} ms until 4 KiB are on this disk; PostgreSQL and SQLite both wait for it.",
        "The load generator, the service and the database share the cores.",
    ]


def _keep(directory: Path, told: Section, remarks: list[str]) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    page = ["# Benchmark: databases", "Written by `python -m benchmarks.databases`.", markdown(told.table())]
    (directory / f"{DATABASES}.md").write_text("\n\n".join([*page, *remarks]) + "\n", encoding="utf-8")
    raw = {"machine": machine(), "rows": told.raw()["rows"]}
    (directory / f"{DATABASES}.json").write_text(json.dumps(raw, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
