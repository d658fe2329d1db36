"""A run as a table for people, a page, and raw figures."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

from benchmarks.figures import CheckFigure
from benchmarks.run import Effort, Measured, Row

Table: TypeAlias = Sequence[Sequence[str]]
"""Rows of cells, the first one the head."""

_HEAD: Final = ("what", "requests/s", "p50 ms", "p99 ms", "CPU ms", "errors", "to bare", "by CPU", "goal", "")
_CHECK_HEAD: Final = ("check in process", "engine us", "by hand us", "times", "goal", "")
_REACHED: Final[Mapping[bool | None, str]] = {True: "reached", False: "not reached", None: ""}
_QUIET: Final = 0.1
"""How much the bare endpoints may differ within a run before its figures are doubtful."""
_MOST_ERRORS: Final = 5


@dataclass(frozen=True, slots=True)
class Report:
    """All that one run has to say."""

    machine: Mapping[str, Any]
    effort: Effort
    measured: Measured | None
    """None when no endpoint was measured."""
    checks: Sequence[CheckFigure]
    """Empty when the check in process was not measured."""

    def text(self) -> str:
        """Return the run as it is printed."""
        tables = [aligned(table) for table in self._tables()]
        return "\n\n".join([*tables, "\n".join(self._remarks())]).rstrip()

    def figures(self) -> str:
        """Return the tables and what has to be known to read them, as Markdown."""
        remarks = "\n".join(f"- {remark}" for remark in self._remarks())
        return "\n\n".join([*map(markdown, self._tables()), remarks]).rstrip()

    def page(self, name: str) -> str:
        """Return the run as a page of Markdown."""
        facts = "\n".join(f"- {fact.replace('_', ' ')}: {value}" for fact, value in self.machine.items())
        parts = [f"# Benchmark: {name}", "Written by `python -m benchmarks`.", self.figures(), "## Machine", facts]
        return "\n\n".join(parts) + "\n"

    def raw(self) -> dict[str, Any]:
        """Return the run for programs."""
        measured = self.measured
        return {
            "machine": dict(self.machine),
            "effort": asdict(self.effort),
            "drift": measured.drift if measured else None,
            "endpoints": [_raw(row) for row in measured.rows] if measured else [],
            "checks": [{**asdict(check), "ratio": check.ratio} for check in self.checks],
        }

    def write(self, directory: Path, name: str) -> None:
        """Keep the run as `name.md` and `name.json`."""
        directory.mkdir(parents=True, exist_ok=True)
        (directory / f"{name}.md").write_text(self.page(name), encoding="utf-8")
        (directory / f"{name}.json").write_text(json.dumps(self.raw(), indent=2) + "\n", encoding="utf-8")

    def _tables(self) -> list[Table]:
        tables: list[Table] = []
        if self.measured is not None:
            tables.append([_HEAD, *map(_cells, self.measured.rows)])
        if self.checks:
            tables.append([_CHECK_HEAD, *map(_check_cells, self.checks)])
        return tables

    def _remarks(self) -> list[str]:
        if self.measured is None:
            return []
        share = max(row.figure.generator_share for row in self.measured.rows)
        cores, drift = self.machine["cores"], self.measured.drift
        facts = self.machine
        remarks = [
            f"{facts['processor']}, {cores} cores, Python {facts['python']}, commit {facts['commit']}.",
            f"Each was measured for {self.effort.seconds:g} s with {self.effort.connections} keep-alive connections.",
            "One server process at a time, all served alike: uvicorn with uvloop and httptools, over loopback.",
            f"The load generator shares the {cores} cores; it took up to {share:.0%} of the processor time of both.",
            "`CPU ms`: processor time of the server for one request, all its threads together.",
            "`to bare`: requests/s beside those of the bare Starlette endpoint that reads the same form or JSON;",
            "for a chain of 5, beside those of introspection for one delegation.",
            "`by CPU`: the same ratio as processor time has it, which other work on the machine hardly bends.",
            f"The bare endpoints were measured before and after, and differ by up to {drift:.0%}.",
        ]
        if drift > _QUIET:
            remarks.append(
                "THE MACHINE WAS NOT QUIET: of this run only `CPU ms` and `by CPU` can be believed. Run it again."
            )
        return [*remarks, *_errors(self.measured.rows)]


def aligned(rows: Table) -> str:
    """Return rows as columns: the first and the last to the left, the others to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = (
        "  ".join(
            cell.ljust(width) if column in {0, len(row) - 1} else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
    return "\n".join(lines)


def markdown(rows: Table) -> str:
    """Return rows as a table in Markdown, aligned in the same way."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    rule = "|" + "|".join(["---", *("---:" for _ in rows[0][2:]), "---"]) + "|"
    return "\n".join([lines[0], rule, *lines[1:]])


def _cells(row: Row) -> tuple[str, ...]:
    figure = row.figure
    return (
        row.endpoint.title,
        f"{figure.requests_per_second:,.0f}",
        f"{figure.p50:.2f}",
        f"{figure.p99:.2f}",
        "" if figure.cpu is None else f"{figure.cpu:.3f}",
        str(figure.error_count),
        "" if row.ratio is None else f"{row.ratio:.2f}",
        "" if row.ratio_by_cpu is None else f"{row.ratio_by_cpu:.2f}",
        "" if row.endpoint.goal is None else f">= {row.endpoint.goal:.1f}",
        _REACHED[row.reached],
    )


def _check_cells(check: CheckFigure) -> tuple[str, ...]:
    return (
        check.title,
        f"{check.engine:.2f}",
        f"{check.by_hand:.2f}",
        f"{check.ratio:.2f}",
        f"<= {check.goal:.1f}",
        _REACHED[check.ratio <= check.goal],
    )


def _raw(row: Row) -> dict[str, Any]:
    figure = row.figure
    return {
        "name": row.endpoint.name,
        "requests_per_second": figure.requests_per_second,
        "p50_milliseconds": figure.p50,
        "p99_milliseconds": figure.p99,
        "cpu_milliseconds": figure.cpu,
        "answers": figure.answers,
        "errors": dict(figure.errors),
        "generator_share": figure.generator_share,
        "baseline": row.endpoint.baseline,
        "ratio": row.ratio,
        "ratio_by_cpu": row.ratio_by_cpu,
        "goal": row.endpoint.goal,
        "reached": row.reached,
    }


def _errors(rows: Iterable[Row]) -> list[str]:
    found = [(row.endpoint.name, error, count) for row in rows for error, count in row.figure.errors.items()]
    shown = [f"ERROR in {name}, {count} times: {error}" for name, error, count in found[:_MOST_ERRORS]]
    return [*shown, *([f"... and {len(found) - _MOST_ERRORS} more"] if len(found) > _MOST_ERRORS else [])]
