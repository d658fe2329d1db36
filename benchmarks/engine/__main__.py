"""`python -m benchmarks.engine`: one run of everything that is measured of the engine."""

import argparse
import sys
from pathlib import Path
from typing import Final

from benchmarks.engine.measured import LARGEST, Effort
from benchmarks.engine.report import NAME, Report
from benchmarks.engine.run import run
from benchmarks.machine import machine
from benchmarks.publishing import ENGINE, ROOT, publish

RESULTS: Final = Path(__file__).parents[1] / "results"
PICTURE: Final = ROOT / "docs" / "engine-shapes.svg"
_SIZES: Final = (10_000, 100_000, 1_000_000)
_PEERS: Final = (10_000, 1_000_000)


def _tell(doing: str) -> None:
    print(f"... {doing}", file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine", description="Measure the engine by itself.")
    add = parser.add_argument
    add("--sizes", type=int, nargs="+", default=_SIZES, metavar="SIZE", help="relationships to check and list among")
    add("--peers", type=int, nargs="*", default=_PEERS, metavar="SIZE", help="relationships to ask other libraries on")
    add("--most", type=int, default=LARGEST, metavar="NUMBER", help="the largest number a shape is tried with")
    add("--results", type=Path, default=RESULTS, help="where to keep the figures")
    add("--publish", action="store_true", help="write the figures and their picture into the pages that quote them")
    return parser


def main() -> None:
    """Measure, print, keep, and publish if told to."""
    asked = _parser().parse_args()
    measured = run(Effort(tuple(asked.sizes), tuple(asked.peers), most=asked.most), _tell)
    report = Report(machine(), measured)
    print(report.text())
    report.write(asked.results)
    _tell(f"kept as {NAME}.md and {NAME}.json")
    if asked.publish:
        PICTURE.write_text(report.picture(), encoding="utf-8")
        _tell(f"written into {', '.join((PICTURE.name, *publish(report.figures(), ENGINE)))}")


if __name__ == "__main__":
    main()
