"""`python -m tests.overload`: the figures of a flood, for the documentation."""

from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import click

from tests.overload.flaws import FLAWS
from tests.overload.load import Told, TooBusyError
from tests.overload.measuring import KINDS, TRIES, Flood, asked, flooded

_HEAD = (
    "| load | asked/s | good/s | refused/s | server | waited | generator | good/s of processor | median ms | p99 ms |"
)


def _line(name: str, phases: Sequence[Told]) -> str:
    def of(figure: Callable[[Told], float]) -> float:
        return median(figure(each) for each in phases)

    return (
        f"| {name} | {of(lambda t: t.asked / t.elapsed):.0f} | {of(lambda t: t.rate):.0f} "
        f"| {of(lambda t: t.busy / t.elapsed):.0f} | {of(lambda t: t.server / t.elapsed):.0%} "
        f"| {of(lambda t: t.waited / t.elapsed):.0%} "
        f"| {of(lambda t: t.generator / t.elapsed):.0%} | {of(lambda t: t.good / t.server):.0f} "
        f"| {of(lambda t: t.median) * 1000:.1f} | {of(lambda t: t.p99) * 1000:.1f} |"
    )


def _tell(kind: str, run: Flood) -> None:
    click.echo(f"\n{kind}\n\n{_HEAD}\n|{'---|' * _HEAD.count(' | ')}---|")
    for phases in zip(*(each.phases for each in run.rounds), strict=True):
        click.echo(_line(phases[0][0], [phase for _, phase in phases]))
    single = ", ".join(f"{each.goodput:.0%}" for each in run.rounds)
    click.echo(f"\ngoodput {run.goodput:.0%} of the peak ({single}), p99 {run.slower:.1f} times the normal")
    answer, refusal = (median(cost) * 1e6 for cost in zip(*((r.answer, r.refusal) for r in run.rounds), strict=True))
    click.echo(f"an answer takes {answer:.0f} µs, a refusal {refusal:.1f} µs; {run.wrong} wrong; odd: {run.odd or 0}")


@click.command()
@click.option("--seconds", type=click.FloatRange(1, 300), default=3.0, show_default=True, help="For each phase.")
@click.option("--rounds", type=click.IntRange(1, 100), default=5, show_default=True, help="Of peak, normal and flood.")
@click.option("--kind", "kinds", type=click.Choice(list(KINDS)), multiple=True, help="What is asked; all by default.")
@click.option("--flaw", type=click.Choice(list(FLAWS)), help="What is wrong with the server on purpose.")
def main(seconds: float, rounds: int, kinds: tuple[str, ...], flaw: str | None) -> None:
    """Measure a server at its peak, in a busy hour, and at five times its peak, in turns."""
    for kind in kinds or KINDS:
        with TemporaryDirectory() as directory, asked(Path(directory), flaw) as (server, one):
            try:
                run = flooded(server, KINDS[kind](one), seconds, rounds, tries=TRIES)
            except TooBusyError as error:
                raise click.ClickException(str(error)) from error
            _tell(kind, run)


if __name__ == "__main__":
    main()
