"""The engine beside the same walk written by hand: `python -m benchmarks.check [SIZE ...]`.

This is the first part of `python -m benchmarks.engine`, by itself.
"""

import argparse
from collections.abc import Sequence
from typing import Final

from benchmarks.engine.run import apart
from benchmarks.engine.sizes import QUESTIONS, SizeFigure, measure
from benchmarks.figures import CheckFigure

SIZES: Final = (10_000, 1_000_000)


def check_figures(sizes: Sequence[int] = SIZES, count: int = QUESTIONS) -> tuple[CheckFigure, ...]:
    """Return the times of a check beside those of the walk written by hand, at each size, for so many questions."""
    return tuple(figure for size in sizes for figure in apart(measure, size, count=count).checks)


def main() -> None:
    """Print the figures as a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.check", description=__doc__)
    parser.add_argument("sizes", metavar="SIZE", type=int, nargs="*", default=SIZES, help="numbers of relationships")
    print(f"{'':>46} {'engine us':>10} {'hand us':>10} {'ratio':>6}")
    for size in parser.parse_args().sizes:
        measured = apart(measure, size)
        for figure in measured.checks:
            print(f"{figure.title:>46} {figure.engine:>10.2f} {figure.by_hand:>10.2f} {figure.ratio:>6.2f}")
        print(f"{'':>46} {_remark(measured)}")


def _remark(measured: SizeFigure) -> str:
    weight = "" if measured.bytes_each is None else f"{measured.bytes_each:.0f} bytes for each relationship, "
    allowed = f"{measured.allowed:.0%} of the questions allowed, "
    return f"{weight}{allowed}{measured.permitted:.2f} us for twenty permissions at once"


if __name__ == "__main__":
    main()
