"""A run of everything at the smallest sizes."""

import json
import os
import platform
import re
from pathlib import Path

import pytest

from benchmarks.engine.measured import Measured
from benchmarks.engine.report import Report
from benchmarks.engine.run import ALL_SHAPES, apart
from benchmarks.machine import machine


@pytest.mark.slow
def test_each_size_is_measured_with_its_lists(measured: Measured) -> None:
    """Every size has a list of the length that sizes are compared by, and the largest has all lengths."""
    assert [size.relationships for size in measured.sizes] == [2_000, 4_000]
    assert [(each.relationships, each.answers) for each in measured.listings] == [(2_000, 2), (4_000, 2), (4_000, 5)]


def test_other_parts_are_measured_at_the_sizes_they_can_take(measured: Measured) -> None:
    """Documents are measured at both ends, the database at the larger one."""
    assert [each.relationships for each in measured.documents] == [2_000, 4_000]
    assert [each.relationships for each in measured.databases] == [4_000]


def test_what_is_allowed_is_a_part_of_what_is_asked(measured: Measured) -> None:
    """Neither all questions are allowed nor none, or the figures would tell one half of the story."""
    shares = [*(each.allowed for each in measured.sizes), *(each.allowed for each in measured.documents)]

    assert all(0.1 < share < 0.9 for share in shares), shares


def test_charts_show_the_checks_the_shapes_and_the_lists(measured: Measured) -> None:
    """Each chart has its lines at every point."""
    charts = measured.charts

    assert [chart.name for chart in charts] == ["checks", *(shape.name for shape in ALL_SHAPES), "answers", "graph"]
    assert all(list(values) == chart.lines for chart in charts for _, values in chart.points)


def test_a_run_is_kept_for_people_and_for_programs(measured: Measured, tmp_path: Path) -> None:
    """The page holds the tables that are printed, the raw file the figures they were made from."""
    report = Report(machine(), measured)

    report.write(tmp_path)

    page = (tmp_path / "engine.md").read_text(encoding="utf-8")
    raw = json.loads((tmp_path / "engine.json").read_text(encoding="utf-8"))
    sections = {section["name"]: section["rows"] for section in raw["sections"]}
    assert "| 4,000 relationships, questions spread |" in page
    assert "4,000 relationships, questions spread" in report.text()
    assert sections["checks"][0]["times"] == measured.sizes[0].checks[0].ratio
    assert [chart["name"] for chart in raw["charts"]] == [chart.name for chart in measured.charts]


def test_results_name_neither_the_host_nor_a_place_on_it(measured: Measured) -> None:
    """Nothing in a result says where it was made."""
    report = Report(machine(), measured)
    everything = report.page() + json.dumps(report.raw()) + report.picture()

    assert platform.node() not in everything
    assert re.search(r"(?:^|[\s\"])/\w", everything) is None


def test_a_part_is_measured_in_a_process_of_its_own() -> None:
    """What one part leaves in memory is not there for the next."""
    assert apart(os.getpid) != os.getpid()
