"""`python -m benchmarks.growth`: how the cost of a request grows, as pictures."""

import argparse
import signal
import sys
from pathlib import Path
from typing import Final

from benchmarks.chart import Chart
from benchmarks.growth import organizations, replicas, shapes
from benchmarks.growth.cost import Load
from benchmarks.growth.report import Report
from benchmarks.machine import machine
from benchmarks.publishing import GROWTH, PICTURES, publish
from tests.installations import Unavailable

RESULTS: Final = Path(__file__).parents[1] / "results"


def main() -> None:
    """Measure, print, keep, and perhaps publish."""
    asked = _parser().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    load = Load(asked.seconds)
    charts: list[Chart] = [*shapes.charts(load, _tell), *organizations.charts(asked.organizations, load, _tell)]
    missing, points = [], []
    try:
        points = replicas.measure(load, _tell)
        charts.append(replicas.chart(points))
    except Unavailable as error:
        missing.append(f"processes on one PostgreSQL: {error}")
    report = Report(machine(), asked.seconds, charts, points, missing)
    print(report.text())
    report.write(asked.results)
    if asked.publish:
        PICTURES.mkdir(exist_ok=True)
        (PICTURES / "growth.svg").write_text(report.picture(), encoding="utf-8")
        _tell(f"written into {', '.join(('growth.svg', *publish(report.figures(), GROWTH)))}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    add = parser.add_argument
    add("--seconds", type=float, default=1.0, help="for each measurement")
    add("--organizations", type=int, default=100_000, help="the most of them in the database")
    add("--results", type=Path, default=RESULTS, help="where to keep the figures")
    add("--publish", action="store_true", help="write the figures and the picture into the page that quotes them")
    return parser


def _tell(doing: str) -> None:
    print(f"... {doing}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
