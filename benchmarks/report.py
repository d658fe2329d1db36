"""A run as tables for people, a page, and raw figures."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks import tables
from benchmarks.effort import CALM, Effort
from benchmarks.figures import CheckFigure, Figure
from benchmarks.peers.run import Peered
from benchmarks.run import Measured, Row
from benchmarks.tables import Table

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
    peered: Peered | None = None
    """None when no peer was to be measured."""

    @property
    def error_count(self) -> int:
        """How many answers of the service were not as expected."""
        return self.measured.error_count if self.measured else 0

    def text(self) -> str:
        """Return the run as it is printed."""
        parts = [*map(aligned, self._tables()), "\n".join(self._remarks())]
        if self.measured is not None and self.peered is not None:
            parts += [aligned(tables.peers(self.peered, self.measured)), "\n".join(_peer_remarks(self.peered))]
        return "\n\n".join(parts).rstrip()

    def figures(self) -> str:
        """Return the tables and what has to be known to read them, as Markdown."""
        return "\n\n".join([*map(markdown, self._tables()), _listed(self._remarks())]).rstrip()

    def peers(self) -> str | None:
        """Return the table of peers as Markdown; None where none was to be measured."""
        if self.measured is None or self.peered is None:
            return None
        return "\n\n".join(
            [markdown(tables.peers(self.peered, self.measured)), _listed([self._facts(), *_peer_remarks(self.peered)])]
        )

    def page(self, name: str) -> str:
        """Return the run as a page of Markdown."""
        facts = _listed([f"{fact.replace('_', ' ')}: {value}" for fact, value in self.machine.items()])
        parts = [f"# Benchmark: {name}", "Written by `python -m benchmarks`.", self.figures()]
        beside = self.peers()
        if beside is not None:
            parts += ["## Beside others", beside]
        return "\n\n".join([*parts, "## Machine", facts]) + "\n"

    def raw(self) -> dict[str, Any]:
        """Return the run for programs."""
        measured = self.measured
        return {
            "machine": dict(self.machine),
            "effort": asdict(self.effort),
            "drift": measured.drift if measured else None,
            "endpoints": [_raw(row) for row in measured.rows] if measured else [],
            "calm": [{"name": each.name, **raw_of(figure)} for each, figure in measured.calm] if measured else [],
            "checks": [{**asdict(check), "ratio": check.ratio} for check in self.checks],
            "peers": _raw_peers(self.peered) if self.peered else [],
            "missing": [{"peer": name, "why": why} for name, why in self.peered.missing] if self.peered else [],
        }

    def write(self, directory: Path, name: str) -> None:
        """Keep the run as `name.md` and `name.json`."""
        directory.mkdir(parents=True, exist_ok=True)
        (directory / f"{name}.md").write_text(self.page(name), encoding="utf-8")
        (directory / f"{name}.json").write_text(json.dumps(self.raw(), indent=2) + "\n", encoding="utf-8")

    def _tables(self) -> list[Table]:
        shown: list[Table] = []
        if self.measured is not None:
            shown.append(tables.busy(self.measured))
            shown += [tables.calm(self.measured)] if self.measured.calm else []
        if self.checks:
            shown.append(tables.checks(self.checks))
        return shown

    def _facts(self) -> str:
        facts = self.machine
        return f"{facts['processor']}, {facts['cores']} cores, Python {facts['python']}, commit {facts['commit']}."

    def _remarks(self) -> list[str]:
        if self.measured is None:
            return []
        share = max(row.figure.generator_share for row in self.measured.rows)
        cores, drift = self.machine["cores"], self.measured.drift
        remarks = [
            self._facts(),
            f"Each was measured for {self.effort.seconds:g} s with {self.effort.connections} keep-alive connections,",
            f"and while the server has time with {CALM}.",
            "One server process at a time, all served alike: uvicorn with uvloop and httptools, over loopback.",
            f"The load generator shares the {cores} cores; it took up to {share:.0%} of the processor time of both.",
            "`CPU ms`: processor time of the server for one request, all its threads together.",
            "`to bare`: requests/s beside those of the bare Starlette endpoint that reads the same form or JSON;",
            "for a longer chain, beside those of the same for one delegation.",
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


def raw_of(figure: Figure) -> dict[str, Any]:
    """Return a figure for programs."""
    return {
        "requests_per_second": figure.requests_per_second,
        "p50_milliseconds": figure.p50,
        "p95_milliseconds": figure.p95,
        "p99_milliseconds": figure.p99,
        "cpu_milliseconds": figure.cpu,
        "answers": figure.answers,
        "errors": dict(figure.errors),
        "generator_share": figure.generator_share,
    }


def _listed(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _raw(row: Row) -> dict[str, Any]:
    return {
        "name": row.endpoint.name,
        **raw_of(row.figure),
        "baseline": row.endpoint.baseline,
        "ratio": row.ratio,
        "ratio_by_cpu": row.ratio_by_cpu,
        "goal": row.endpoint.goal,
        "reached": row.reached,
    }


def _raw_peers(peered: Peered) -> list[dict[str, Any]]:
    return [
        {
            "peer": row.peer.name,
            "version": row.peer.version,
            "runtime": row.runtime,
            "settings": row.peer.settings,
            "question": row.question.name,
            "beside": row.question.beside,
            "connections": row.question.connections,
            **raw_of(row.figure),
        }
        for row in peered.rows
    ]


def _peer_remarks(peered: Peered) -> list[str]:
    """Return of each peer how it was run and what it does otherwise, and why one is not there."""
    measured = {row.peer.name: row for row in peered.rows}
    remarks = [
        f"{name} ({row.peer.version}, {row.runtime}): {row.peer.settings}. {row.peer.difference}"
        for name, row in measured.items()
    ]
    remarks.append(
        "Ours: one process on SQLite that flushes each commit, rights of the user, ceilings and chain worked out anew "
        "for each answer, a chained audit record committed before each token leaves."
    )
    absent = [f"NOT MEASURED: {name}: {' '.join(why.split())}" for name, why in peered.missing]
    absent += [
        f"ERROR of {row.peer.name}, {row.question.title}: {dict(row.figure.errors)}; its figures mean nothing"
        for row in peered.rows
        if row.figure.error_count
    ]
    return [*remarks, "`CPU, to ours`: processor time for one request, in that of ours above it.", *absent]


def _errors(rows: Iterable[Row]) -> list[str]:
    found = [(row.endpoint.name, error, count) for row in rows for error, count in row.figure.errors.items()]
    shown = [f"ERROR in {name}, {count} times: {error}" for name, error, count in found[:_MOST_ERRORS]]
    return [*shown, *([f"... and {len(found) - _MOST_ERRORS} more"] if len(found) > _MOST_ERRORS else [])]
