"""The run on both databases: how figures are judged, and one very small run from beginning to end."""

from pathlib import Path

import pytest

from benchmarks.databases.population import Population
from benchmarks.databases.report import LINES, section
from benchmarks.databases.run import Plan, Values, measure

GOOD: Values = {
    "first-start": 1.0,
    "start": 1.0,
    "cold": 0.1,
    "warm": 0.001,
    "load": 5.0,
    "changes": 2_000.0,
    "bare-form": 1_000.0,
    "bare-exchange": 1_000.0,
    "introspect": 700.0,
    "introspect-two": 1_050.0,
    "exchange-receipt": 400.0,
    "exchange-receipt-two": 600.0,
    "exchange-key": 300.0,
}


def test_a_goal_is_reached_where_both_databases_reach_it() -> None:
    """What holds on one database alone is not reached, unless the goal is for that one."""
    slow_sqlite = {**GOOD, "load": 11.0, "changes": 10.0}

    good, mixed = section({"sqlite": GOOD, "postgresql": GOOD}), section({"sqlite": slow_sqlite, "postgresql": GOOD})

    assert {row.get("reached") for row in good.rows} == {True, None}
    missed = [row["what"] for row in mixed.rows if row.get("reached") is False]
    assert missed == ["load a picture of 1,000,000 relationships, s"]


def test_a_goal_for_one_database_is_not_judged_by_the_other() -> None:
    """A run on SQLite alone says nothing about what is asked of PostgreSQL."""
    rows = section({"sqlite": GOOD}).rows

    assert len(rows) == len(LINES)
    assert [row["reached"] for row in rows if row["what"].startswith("changes")] == [None]


@pytest.mark.slow
def test_everything_is_measured(tmp_path: Path) -> None:
    """A run has every figure, each above zero, and no answer was wrong."""
    plan = Plan(Population(organizations=20, large=400, enormous=400), seconds=0.3, connections=4)

    found = measure(tmp_path, None, plan, lambda _: None)

    assert found.keys() == GOOD.keys()
    assert all(value > 0 for value in found.values())
