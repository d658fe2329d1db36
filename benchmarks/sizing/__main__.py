"""`python -m benchmarks.sizing`: from the kept figures to machines, by arithmetic and by simulation."""

import argparse
import json
import signal
import sys
from pathlib import Path
from typing import Any, Final

from benchmarks.machine import machine
from benchmarks.publishing import SIZING, publish
from benchmarks.sizing.constants import RESULTS, Constants, results
from benchmarks.sizing.measure import constants
from benchmarks.sizing.report import Report
from benchmarks.sizing.scenarios import lives, spread
from benchmarks.sizing.validation import compared

_NEEDED: Final = ("latest", "databases", "growth")
"""Benchmarks whose kept figures are needed."""


def main() -> None:
    """Measure what is not kept, simulate, print, keep, and perhaps publish."""
    asked = _parser().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        kept = {name: results(name, asked.results) for name in _NEEDED}
    except FileNotFoundError as error:
        sys.exit(f"first run the benchmark that keeps `{Path(error.filename).name}`")
    measured = Constants.from_raw(results("sizing", asked.results)) if asked.kept else constants(kept, _tell)
    report = Report(machine(), measured, _simulated(measured, kept))
    print(report.figures())
    (asked.results / "sizing.json").write_text(json.dumps(report.raw(), indent=2) + "\n", encoding="utf-8")
    if asked.publish:
        _tell(f"written into {', '.join(publish(report.figures(), SIZING)) or 'no page'}")


def _simulated(measured: Constants, kept: dict[str, dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    _tell("simulating what was measured")
    flush = float(kept["growth"]["machine"]["flush_milliseconds"]) / 1_000
    validation = [each.raw() for each in compared(kept["growth"], measured, flush)]
    spreading = list(spread(_tell))
    missing = next(each["missing"] for each in spreading if each["power"] == 0.8)  # noqa: PLR2004 - the middle one
    return {"validation": validation, "spreading": spreading, "cell": list(lives(measured, missing, _tell))}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sizing", description=__doc__)
    add = parser.add_argument
    add("--kept", action="store_true", help="take the constants that were kept, and measure nothing")
    add("--results", type=Path, default=RESULTS, help="where figures are kept")
    add("--publish", action="store_true", help="write what follows into the page that quotes it")
    return parser


def _tell(doing: str) -> None:
    print(f"... {doing}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
