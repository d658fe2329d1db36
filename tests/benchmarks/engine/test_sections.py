"""Sections: values, and how they are shown."""

from benchmarks.engine.sections import GOAL, WHAT, Column, Section, judged


def test_a_table_shows_each_value_in_its_form() -> None:
    """A value that is missing leaves its cell empty, and the last column says whether the goal was reached."""
    rows = (
        {"what": "one", "took": 1234.5, **judged(1234.5, 10, "ms")},
        {"what": "two", "took": 0.125, **judged(0.125, 10, "ms")},
        {"what": "three", "took": None},
    )

    section = Section("s", "Some", (WHAT, Column("took", "ms", ",.2f"), GOAL), rows)

    assert section.table() == [
        ["", "ms", "goal", ""],
        ["one", "1,234.50", "<= 10 ms", "not reached"],
        ["two", "0.12", "<= 10 ms", "reached"],
        ["three", "", "", ""],
    ]
    assert section.raw()["rows"][0] == {"what": "one", "took": 1234.5, "goal": "<= 10 ms", "reached": False}


def test_a_goal_is_reached_by_what_does_not_exceed_it() -> None:
    """A ratio of exactly two is no more than two; what was not measured reaches nothing."""
    assert judged(2.0, 2.0, "") == {"goal": "<= 2", "reached": True}
    assert judged(None, 2.0, "") == {"goal": "<= 2", "reached": None}
