"""`python -m tests.overload`: the figures of a flood, for the documentation."""

from pathlib import Path
from tempfile import TemporaryDirectory

import click

from tests.overload.measuring import Phase, flooded


def _line(name: str, phase: Phase) -> str:
    told = phase.told
    return (
        f"| {name} | {told.asked / told.elapsed:.0f} | {told.rate:.0f} | {told.busy} | {phase.worth:.0f} "
        f"| {told.median * 1000:.1f} | {told.p99 * 1000:.1f} | {told.wrong} |"
    )


@click.command()
@click.option("--seconds", type=click.FloatRange(1, 300), default=5.0, show_default=True, help="For each phase.")
def main(seconds: float) -> None:
    """Measure a server at its peak, in a busy hour, and at five times its peak."""
    with TemporaryDirectory() as directory:
        run = flooded(Path(directory), seconds)
    click.echo("| load | asked/s | good/s | refused | good for 1 s of processor | median ms | p99 ms | wrong |")
    click.echo("|---|---|---|---|---|---|---|---|")
    for name, phase in run.phases:
        click.echo(_line(name, phase))
    click.echo(f"goodput {run.goodput:.0%} of the peak, p99 {run.slower:.1f} times the normal, {run.wrong} wrong")


if __name__ == "__main__":
    main()
