"""Charts as one picture in SVG: equal panels side by side, axes by steps or by powers, every tick with its unit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from math import ceil, floor, log10
from typing import Final, TypeAlias

from benchmarks.chart import Chart

Spot: TypeAlias = tuple[float, float]

COLUMNS: Final = 3
_WIDTH, _HEIGHT = 340, 270  # of a panel
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 18, 80, 46  # of its margins
_COLOURS: Final = ("#0072b2", "#d55e00", "#009e73")  # told apart by colour-blind readers, too
_STYLE: Final = (
    "text{font:12px system-ui,sans-serif;fill:#333}.title{font-size:14px;font-weight:600}"
    ".grid{stroke:#ddd}.line{fill:none;stroke-width:2}"
)


@dataclass(frozen=True, slots=True)
class Axis:
    """Where a value lies between two places: by its logarithm, or by itself on an even axis."""

    low: float
    high: float
    start: float
    end: float
    even: bool = False

    def place(self, value: float) -> float:
        """Return the place of a value."""
        share = ((value if self.even else log10(value)) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self) -> list[float]:
        """Return the values at which there is a mark: powers of ten, or four or five round steps."""
        if not self.even:
            return [10.0**power for power in range(int(self.low), int(self.high) + 1)]
        step = round_step(self.high - self.low)
        return [step * number for number in range(int(self.high / step + 1e-9) + 1)]


def picture(charts: Sequence[Chart]) -> str:
    """Return the charts as an SVG document."""
    rows = ceil(len(charts) / COLUMNS)
    width, height = COLUMNS * _WIDTH, rows * _HEIGHT
    panels = [
        f'<g transform="translate({number % COLUMNS * _WIDTH},{number // COLUMNS * _HEIGHT})">{panel(chart)}</g>'
        for number, chart in enumerate(charts)
    ]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
    ground = '<rect width="100%" height="100%" fill="#fff"/>'
    return "\n".join([head, f"<style>{_STYLE}</style>", ground, *panels, "</svg>"]) + "\n"


def panel(chart: Chart) -> str:
    """Return one chart at the origin."""
    x, y = _axes(chart)
    parts = [_text(_LEFT, 22, chart.title, "title"), *_grid(chart, x, y)]
    for number, name in enumerate(chart.lines):
        colour = _COLOURS[number % len(_COLOURS)]
        spots = [(x.place(each), y.place(values[name])) for each, values in chart.points]
        parts += [*_legend(number, name, colour), _line(spots, colour)]
    return "".join(parts)


def _axes(chart: Chart) -> tuple[Axis, Axis]:
    numbers = [float(number) for number, _ in chart.points]
    values = [value for _, line in chart.points for value in line.values()]
    left, right, bottom, top = _LEFT, _WIDTH - _RIGHT, _HEIGHT - _BOTTOM, _TOP
    # A single number, or values that are all alike, still need an axis of some length.
    if chart.even_across:
        across = Axis(min(numbers), max(*numbers, min(numbers) + 1), left, right, even=True)
    else:
        powers = [log10(number) for number in numbers]
        across = Axis(min(powers), max(*powers, min(powers) + 0.1), left, right)
    if chart.even:
        step = round_step(max(values))
        return across, Axis(0, step * ceil(max(values) / step), bottom, top, even=True)
    low, high = floor(log10(min(values))), ceil(log10(max(values)))
    return across, Axis(low, max(high, low + 1), bottom, top)


def round_step(reach: float) -> float:
    """Return the smallest of 1, 2, 5, 10, 20 and so on, of which at most five fit into a reach."""
    power = 10.0 ** floor(log10(reach / 5))
    return next(power * size for size in (1, 2, 5, 10) if power * size * 5 >= reach * (1 - 1e-9))


def _grid(chart: Chart, x: Axis, y: Axis) -> Iterator[str]:
    for tick in y.ticks():
        height = y.place(tick)
        yield f'<path class="grid" d="M{_LEFT} {height:.1f}H{_WIDTH - _RIGHT}"/>'
        yield _text(_LEFT - 6, height + 4, duration(tick), anchor="end")
    for number, _ in chart.points:
        place = x.place(number)
        yield f'<path class="grid" d="M{place:.1f} {_TOP}V{_HEIGHT - _BOTTOM}"/>'
        yield _text(place, _HEIGHT - _BOTTOM + 16, short(number), anchor="middle")
    yield _text((_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 12, chart.varied, anchor="middle")


def _legend(number: int, name: str, colour: str) -> Iterator[str]:
    height = 36 + 14 * number
    yield f'<path class="line" stroke="{colour}" d="M{_LEFT} {height}h16"/>'
    yield _text(_LEFT + 22, height + 4, name)


def _line(spots: Sequence[Spot], colour: str) -> str:
    start, *_ = spots
    way = f"M{start[0]:.1f} {start[1]:.1f}" + "".join(f"L{x:.1f} {y:.1f}" for _, (x, y) in pairwise(spots))
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{colour}"/>' for x, y in spots)
    return f'<path class="line" stroke="{colour}" d="{way}"/>{dots}'


def _text(x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> str:
    name = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{name}>{escape(text)}</text>'


def duration(microseconds: float) -> str:
    """Return a time with the unit that suits it."""
    for size, unit in ((1_000_000, "s"), (1_000, "ms"), (1, "µs")):
        if microseconds >= size:
            return f"{microseconds / size:g} {unit}"
    return f"{microseconds:g} µs" if microseconds else "0"


def short(number: int) -> str:
    """Return a whole number as few characters."""
    for size, unit in ((1_000_000, "M"), (1_000, "k")):
        if number >= size:
            return f"{number / size:g} {unit}"
    return str(number)
