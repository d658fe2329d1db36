"""The full run: `python -m tests.linearizability --database sqlite`; on both databases when none is named."""

import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import click

from tests import postgresql
from tests.linearizability.controls import Control
from tests.linearizability.launching import launched
from tests.linearizability.running import Plan, Report, run

_POSITIVE: Final = click.IntRange(min=1)


@click.command()
@click.option("--strikes", type=_POSITIVE, default=50_000, show_default=True, help="On each database.")
@click.option(
    "--database", "databases", type=click.Choice(["sqlite", "postgresql"]), multiple=True, help="One of both."
)
@click.option("--processes", type=_POSITIVE, default=3, show_default=True)
@click.option("--seed", default=4, show_default=True)
@click.option("--control", type=click.Choice([control.value for control in Control]), default=Control.NOTHING.value)
def main(strikes: int, databases: tuple[str, ...], processes: int, seed: int, control: str) -> None:
    """Take rights away while processes are asked whether they are gone.

    Exits 1 when one of them knew too late, or when too little was answered to know.
    """
    failed = False
    for database in databases or ("sqlite", "postgresql"):
        with ExitStack() as stack:
            directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="linearizability-")))
            url = f"sqlite:///{directory / 'store.db'}"
            if database == "postgresql":
                server = stack.enter_context(postgresql.running(durable=True)).url()
                url = stack.enter_context(postgresql.database(server)).render_as_string(hide_password=False)
            launch = launched(url, directory / "shared", processes=processes, control=Control(control))
            report = run(Plan(strikes, seed), stack.enter_context(launch), _tell)
            click.echo(f"{database}, {processes} processes: {report}")
            failed |= report.judge.wrong > 0 or not report.is_enough(strikes, processes)
    sys.exit(1 if failed else 0)


def _tell(report: Report) -> None:
    click.echo(f"... {report.strikes:,} strikes, {report.judge.wrong} wrong answers, {report.seconds:.0f} s")


if __name__ == "__main__":
    main()
