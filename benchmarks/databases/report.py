"""What a run found on each database, beside the goals, as a section of a report."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from benchmarks.databases.run import Values
from benchmarks.engine.sections import WHAT, Column, Row, Section

TITLES: Final[Mapping[str, str]] = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


@dataclass(frozen=True, slots=True)
class Line:
    """One figure: how it follows from what was measured, and what it should be."""

    title: str
    value: Callable[[Values], float]
    form: str
    goal: float | None = None
    at_least: bool = False
    only: str | None = None
    """The database that the goal is for; both without one."""


def _ratio(name: str, baseline: str) -> Callable[[Values], float]:
    return lambda found: found[name] / found[baseline]


def _value(name: str) -> Callable[[Values], float]:
    return lambda found: found[name]


LINES: Final = (
    Line("start to first token, empty database, s", _value("first-start"), ".2f", 2.0),
    Line("start to first token, all organizations in it, s", _value("start"), ".2f", 2.0),
    Line("first answer about a cold organization of 10,000 relationships, s", _value("cold"), ".3f", 0.15),
    Line("the next answer about it, s", _value("warm"), ".4f"),
    Line("load a picture of 1,000,000 relationships, s", _value("load"), ".2f", 10.0),
    Line(
        "changes a second, each in another organization, one process",
        _value("changes"), ",.0f", 1_000, at_least=True, only="postgresql",
    ),
    Line("introspections a second", _value("introspect"), ",.0f"),
    Line("introspection, to bare", _ratio("introspect", "bare-form"), ".2f", 0.6, at_least=True),
    Line("exchanges a second, client secret", _value("exchange-receipt"), ",.0f"),
    Line(
        "exchange with a client secret, to bare",
        _ratio("exchange-receipt", "bare-exchange"), ".2f", 0.3, at_least=True,
    ),
    Line("exchange with private_key_jwt, to bare", _ratio("exchange-key", "bare-exchange"), ".2f", 0.2, at_least=True),
    Line(
        "introspection by two workers, to one",
        _ratio("introspect-two", "introspect"), ".2f", 1.4, at_least=True, only="postgresql",
    ),
    Line(
        "exchange by two workers, to one",
        _ratio("exchange-receipt-two", "exchange-receipt"), ".2f", 1.4, at_least=True, only="postgresql",
    ),
)  # fmt: skip


def section(found: Mapping[str, Values]) -> Section:
    """Return the figures of each database that was measured, side by side."""
    columns = (WHAT, *(Column(kind, TITLES[kind]) for kind in found), Column("goal", "goal"))
    return Section("databases", "On each database", columns, tuple(_row(line, found) for line in LINES))


def _row(line: Line, found: Mapping[str, Values]) -> Row:
    values = {kind: line.value(measured) for kind, measured in found.items()}
    shown: dict[str, object] = {kind: format(value, line.form) for kind, value in values.items()}
    row = {"what": line.title, **shown, "measured": values}
    if line.goal is None:
        return row
    judged = [value for kind, value in values.items() if line.only in {None, kind}]
    reached = all(value >= line.goal if line.at_least else value <= line.goal for value in judged)
    sign = ">=" if line.at_least else "<="
    return {**row, "goal": f"{sign} {line.goal:g}", "reached": reached if judged else None}
