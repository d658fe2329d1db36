"""What a run found, as tables: rows of cells, the first one the head."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from benchmarks.figures import CheckFigure, Figure
from benchmarks.peers.run import Peered
from benchmarks.run import Measured, Row

Table: TypeAlias = Sequence[Sequence[str]]

REACHED: Final[Mapping[bool | None, str]] = {True: "reached", False: "not reached", None: ""}
_FIGURE: Final = ("requests/s", "p50 ms", "p95 ms", "p99 ms", "CPU ms", "errors")
_HEAD: Final = ("what", *_FIGURE, "to bare", "by CPU", "goal", "")
_CALM_HEAD: Final = ("while the server has time", *_FIGURE, "")
_CHECK_HEAD: Final = ("check in process", "engine us", "by hand us", "times", "goal", "")
_TEN: Final = 10
"""Below it, whole numbers say too little."""
_PEER_HEAD: Final = ("what", *_FIGURE, "CPU, to ours", "")


def busy(measured: Measured) -> Table:
    """Return every endpoint beside its baseline, under as much load as it can take."""
    return [_HEAD, *map(_cells, measured.rows)]


def calm(measured: Measured) -> Table:
    """Return the endpoints that were measured with few connections too: what a caller waits."""
    return [_CALM_HEAD, *((endpoint.title, *_figure(figure), "") for endpoint, figure in measured.calm)]


def checks(figures: Sequence[CheckFigure]) -> Table:
    """Return the checks in process beside those written by hand."""
    return [_CHECK_HEAD, *map(_check_cells, figures)]


def peers(peered: Peered, measured: Measured) -> Table:
    """Return what each peer was asked below the endpoint of ours that does the like."""
    return [_PEER_HEAD, *_beside(peered, measured)]


def _beside(peered: Peered, measured: Measured) -> Iterator[Sequence[str]]:
    for row in measured.rows:
        likened = [each for each in peered.rows if each.question.beside == row.endpoint.name]
        if likened:
            yield (f"**{row.endpoint.title}**", *_figure(row.figure), "1", "")
        for each in likened:
            title = f"{each.peer.name}: {each.question.title}"
            yield (title, *_figure(each.figure), _times(each.figure, row.figure), "")


def _times(figure: Figure, ours: Figure) -> str:
    if not figure.cpu or not ours.cpu:
        return ""
    times = figure.cpu / ours.cpu
    return f"{times:,.0f}" if times >= _TEN else f"{times:.1f}"


def _figure(figure: Figure) -> tuple[str, ...]:
    rate = figure.requests_per_second
    return (
        f"{rate:,.0f}" if rate >= _TEN else f"{rate:.1f}",
        f"{figure.p50:.2f}",
        f"{figure.p95:.2f}",
        f"{figure.p99:.2f}",
        "" if figure.cpu is None else f"{figure.cpu:.3f}",
        str(figure.error_count),
    )


def _cells(row: Row) -> Sequence[str]:
    return (
        row.endpoint.title,
        *_figure(row.figure),
        "" if row.ratio is None else f"{row.ratio:.2f}",
        "" if row.ratio_by_cpu is None else f"{row.ratio_by_cpu:.2f}",
        "" if row.endpoint.goal is None else f">= {row.endpoint.goal:g}",
        REACHED[row.reached],
    )


def _check_cells(check: CheckFigure) -> Sequence[str]:
    return (
        check.title,
        f"{check.engine:.2f}",
        f"{check.by_hand:.2f}",
        f"{check.ratio:.2f}",
        f"<= {check.goal:.1f}",
        REACHED[check.ratio <= check.goal],
    )
