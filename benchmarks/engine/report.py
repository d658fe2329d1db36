"""A run as tables for people, a page, raw figures and a picture."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.drawing import picture
from benchmarks.engine.measured import Measured
from benchmarks.engine.tables import sections
from benchmarks.report import aligned, markdown

NAME: Final = "engine"


@dataclass(frozen=True, slots=True)
class Report:
    """All that one run has to say."""

    machine: Mapping[str, Any]
    measured: Measured

    def text(self) -> str:
        """Return the run as it is printed."""
        tables = [f"{section.title}\n\n{aligned(section.table())}" for section in sections(self.measured)]
        return "\n\n".join([*tables, "\n".join(self.remarks())])

    def figures(self) -> str:
        """Return the tables and what has to be known to read them, as Markdown."""
        tables = [f"**{section.title}**\n\n{markdown(section.table())}" for section in sections(self.measured)]
        return "\n\n".join([*tables, "\n".join(f"- {remark}" for remark in self.remarks())])

    def page(self) -> str:
        """Return the run as a page of Markdown."""
        facts = "\n".join(f"- {fact.replace('_', ' ')}: {value}" for fact, value in self.machine.items())
        parts = ["# Benchmark: engine", "Written by `python -m benchmarks.engine`.", self.figures()]
        return "\n\n".join([*parts, "## Machine", facts]) + "\n"

    def raw(self) -> dict[str, Any]:
        """Return the run for programs."""
        return {
            "machine": dict(self.machine),
            "effort": asdict(self.measured.effort),
            "sections": [section.raw() for section in sections(self.measured)],
            "charts": [chart.raw() for chart in self.measured.charts],
        }

    def picture(self) -> str:
        """Return the charts as an SVG document."""
        return picture(self.measured.charts)

    def write(self, directory: Path) -> None:
        """Keep the run as a page and as raw figures."""
        directory.mkdir(parents=True, exist_ok=True)
        (directory / f"{NAME}.md").write_text(self.page(), encoding="utf-8")
        (directory / f"{NAME}.json").write_text(json.dumps(self.raw(), indent=2) + "\n", encoding="utf-8")

    def remarks(self) -> list[str]:
        """Return what has to be known to read the figures."""
        facts = self.machine
        remarks = [
            f"{facts['processor']}, {facts['cores']} cores, Python {facts['python']}, commit {facts['commit']}.",
            "`us`: microseconds of one thread for one question, the best of some rounds.",
            "`CPU seconds`: of the processor, all threads together; what else the machine does hardly bends it.",
            "`times`: how many times as long, by figures of this run.",
            "`bytes each`: what a fresh process grew by, divided by the relationships that it then held.",
        ]
        absent = ", ".join(self.measured.missing)
        return [*remarks, *([f"Not installed, and so left out: {absent}."] if absent else [])]
