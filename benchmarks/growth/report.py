"""How cost grows, as a table, a picture, a page and raw figures."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.chart import Chart
from benchmarks.drawing import picture
from benchmarks.growth.replicas import Point
from benchmarks.report import aligned, markdown
from benchmarks.tables import Table

NAME: Final = "growth"


@dataclass(frozen=True, slots=True)
class Report:
    """All that one run has to say."""

    machine: Mapping[str, Any]
    seconds: float
    charts: Sequence[Chart]
    processes: Sequence[Point]
    """What was measured with one process and with more; nothing where there is no PostgreSQL."""
    missing: Sequence[str] = ()
    """What could not be measured, with the reason."""

    def text(self) -> str:
        """Return the run as it is printed."""
        return "\n\n".join([*(aligned(table(chart)) for chart in self.charts), "\n".join(self.remarks())])

    def figures(self) -> str:
        """Return the tables and what has to be known to read them, as Markdown."""
        tables = [f"**{chart.title}**\n\n{markdown(table(chart))}" for chart in self.charts]
        return "\n\n".join([*tables, "\n".join(f"- {remark}" for remark in self.remarks())])

    def picture(self) -> str:
        """Return the charts as an SVG document."""
        return picture(self.charts)

    def remarks(self) -> list[str]:
        """Return what has to be known to read the figures."""
        facts = self.machine
        return [
            f"{facts['processor']}, {facts['cores']} cores, Python {facts['python']}, commit {facts['commit']}.",
            "Microseconds of processor time for one request: all threads and processes of the server together.",
            f"Each point was measured twice for {self.seconds:g} s over 16 connections; the smaller counts.",
            "Processes were measured three times as long.",
            "The database is SQLite but for the processes, which share these cores with PostgreSQL and the generator.",
            *(f"NOT MEASURED: {each}" for each in self.missing),
        ]

    def raw(self) -> dict[str, Any]:
        """Return the run for programs."""
        return {
            "machine": dict(self.machine),
            "seconds": self.seconds,
            "charts": [chart.raw() for chart in self.charts],
            "processes": [point.raw() for point in self.processes],
            "missing": list(self.missing),
        }

    def write(self, directory: Path) -> None:
        """Keep the run as a page, raw figures and a picture."""
        directory.mkdir(parents=True, exist_ok=True)
        page = ["# Benchmark: growth", "Written by `python -m benchmarks.growth`.", self.figures()]
        (directory / f"{NAME}.md").write_text("\n\n".join(page) + "\n", encoding="utf-8")
        (directory / f"{NAME}.json").write_text(json.dumps(self.raw(), indent=2) + "\n", encoding="utf-8")
        (directory / f"{NAME}.svg").write_text(self.picture(), encoding="utf-8")


def table(chart: Chart) -> Table:
    """Return a chart as rows: a number, and the microseconds of each line."""
    head = (chart.varied, *chart.lines, "")
    return [
        head,
        *((f"{number:,}", *(f"{each:,.0f}" for each in values.values()), "") for number, values in chart.points),
    ]
