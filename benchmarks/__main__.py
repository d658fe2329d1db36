"""`python -m benchmarks`: one run of everything that is measured."""

import signal
import sys
from pathlib import Path
from typing import Any, Final

import click

from benchmarks.administration import NotFurnished
from benchmarks.check import check_figures
from benchmarks.children import ServerFailed
from benchmarks.driver import GeneratorFailed
from benchmarks.effort import Effort
from benchmarks.figures import CheckFigure
from benchmarks.machine import machine
from benchmarks.organization import Size
from benchmarks.peers.run import measure
from benchmarks.plan import CHECK, NAMES, chosen
from benchmarks.publishing import PEERS, publish
from benchmarks.report import Report
from benchmarks.run import run

RESULTS: Final = Path(__file__).parent / "results"
_LATEST: Final = "latest"


def _tell(doing: str) -> None:
    click.echo(f"... {doing}", err=True)


def _end(*_: object) -> None:
    # As an exception, so that every server is stopped on the way out.
    sys.exit(128 + signal.SIGTERM)


def _checks() -> tuple[CheckFigure, ...]:
    _tell("checking in process")
    return check_figures()


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--seconds", type=click.FloatRange(0.05, 300), default=3.0, show_default=True, help="For each measurement."
)
@click.option("--connections", type=click.IntRange(1, 1_000), default=32, show_default=True, help="Kept alive.")
@click.option("--only", type=click.Choice(NAMES), multiple=True, help="Measure this and what it is compared with.")
@click.option("--name", help="Keep the results under this name; a whole run is kept as `latest` without one.")
@click.option(
    "--results", type=click.Path(file_okay=False, path_type=Path), default=RESULTS, help="Where to keep them."
)
@click.option("--peers", is_flag=True, help="Measure servers of others too; what they need is installed in a cache.")
@click.option("--publish", "published", is_flag=True, help="Write the figures into the pages that quote them.")
def main(
    results: Path, name: str | None, only: tuple[str, ...], *, peers: bool, published: bool, **effort: Any
) -> None:
    """Measure the service beside a bare Starlette endpoint, on this machine, over loopback."""
    signal.signal(signal.SIGTERM, _end)
    report = _report(only, Effort(**effort, size=Size()), peers=peers)
    click.echo(report.text())
    kept = name or (None if only else _LATEST)
    if kept:
        report.write(results, kept)
        _tell(f"kept as {kept}.md and {kept}.json")
    if report.error_count:
        raise click.ClickException("some answers were not as expected; the figures mean nothing")
    if published:
        beside = report.peers()
        pages = [*publish(report.figures()), *(publish(beside, PEERS) if beside else ())]
        _tell(f"written into {', '.join(dict.fromkeys(pages)) or 'no page'}")


def _report(only: tuple[str, ...], effort: Effort, *, peers: bool) -> Report:
    checks = _checks() if CHECK in only or not only else ()
    endpoints = chosen(only)
    try:
        measured = run(endpoints, effort, _tell) if endpoints else None
        peered = measure(effort, _tell) if peers else None
    except (GeneratorFailed, NotFurnished, ServerFailed) as error:
        raise click.ClickException(str(error)) from error
    return Report(machine(), effort, measured, checks, peered)


if __name__ == "__main__":
    main()
