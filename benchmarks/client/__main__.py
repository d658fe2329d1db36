"""`python -m benchmarks.client`: what the client library costs agents and services."""

import argparse
import asyncio
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import httpx2

from benchmarks.administration import ORGANIZATION, Administration
from benchmarks.children import Deployment, free_port, service
from benchmarks.client import agents, listing, services
from benchmarks.client.timing import Took
from benchmarks.engine.sections import GOAL, WHAT, Column, Row, Section
from benchmarks.machine import machine
from benchmarks.organization import Size
from benchmarks.publishing import CLIENT, publish
from benchmarks.report import aligned, markdown
from benchmarks.world import World, furnish

_HEAD: Final = ("# Benchmark: client library", "Written by `python -m benchmarks.client`.")
RESULTS: Final = Path(__file__).parents[1] / "results"
_COLUMNS: Final = (
    WHAT,
    Column("processor", "processor us", ",.1f"),
    Column("clock", "clock us", ",.1f"),
    Column("added", "added us", ",.1f"),
    Column("asked", "asked of the issuer", ",.3g"),
    GOAL,
)


def main() -> None:
    """Measure, print, keep, and perhaps publish."""
    asked = _parser().parse_args()
    told = measure()
    remarks = _remarks()
    print("\n".join([aligned(told.table()), "", *remarks]))
    asked.results.mkdir(parents=True, exist_ok=True)
    page = "\n\n".join([*_HEAD, markdown(told.table()), *remarks])
    (asked.results / f"{CLIENT}.md").write_text(f"{page}\n", encoding="utf-8")
    raw = {"machine": machine(), "rows": told.raw()["rows"]}
    (asked.results / f"{CLIENT}.json").write_text(json.dumps(raw, indent=2) + "\n", encoding="utf-8")
    if asked.publish:
        figures = "\n\n".join([markdown(told.table()), "\n".join(f"- {remark}" for remark in remarks)])
        print(f"written into {', '.join(publish(figures, CLIENT)) or 'no page'}", file=sys.stderr)


def measure() -> Section:
    """Return what a run finds, with a service of its own."""
    with TemporaryDirectory(prefix="delegation-benchmark-") as directory:
        deployment = Deployment(Path(directory), free_port())
        with service(deployment):
            world = furnish(deployment, Size())
            _let_follow(world)
            found = asyncio.run(_measured(world))
            sync = agents.held_in_threads(world)
            # Last: with so many apps the organization is no longer the one of the other rows.
            chosen = asyncio.run(listing.chosen(world))
    exchanges, taken, ways, filtering = found
    rows: list[Row] = [*agents.rows(taken, sync, exchanges), *services.rows(ways, filtering)]
    rows.extend(listing.rows(chosen))
    return Section("client", "The client library", _COLUMNS, tuple(rows))


async def _measured(world: World) -> tuple[int, dict[str, Took], list[services.Way], Took]:
    exchanges, taken = await agents.crowd(world), dict(await agents.held(world))
    return exchanges, taken, await services.measured(world), await services.listed(world)


def _let_follow(world: World) -> None:
    with httpx2.Client(base_url=world.deployment.issuer, timeout=30.0) as http:
        path = f"/organizations/{ORGANIZATION}/services/{world.service_id}"
        Administration(http, world.deployment.administrator).ask("PUT", path, {"follow": True})


def _remarks() -> list[str]:
    facts = machine()
    return [
        f"{facts['processor']}, {facts['cores']} cores, Python {facts['python']}, commit {facts['commit']}.",
        "By the processor: time of the process of the agent or of the service, all its threads together.",
        "A request goes to a Starlette application past the network; what is asked of the issuer goes over loopback.",
        "Each figure is the middle of seven rounds.",
    ]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.client", description=__doc__)
    parser.add_argument("--results", type=Path, default=RESULTS, help="where to keep the figures")
    parser.add_argument("--publish", action="store_true", help="write the figures into the pages that quote them")
    return parser


if __name__ == "__main__":
    main()
