"""Pictures of growing cost, at their smallest."""

import json
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest

from benchmarks import bare, wire
from benchmarks.chart import Chart
from benchmarks.children import Server
from benchmarks.growth import organizations, replicas, shapes
from benchmarks.growth.cost import Cost, Load, WrongAnswer, cost_of
from benchmarks.growth.replicas import Point
from benchmarks.growth.report import Report, table

SHORT = Load(seconds=0.1, connections=2, rounds=1)
FORM = (wire.form("/introspect", {"token": "x"}, ""),)
CHART = Chart("depth", "Depth", "levels", [(1, {"introspection": 90.0}), (8, {"introspection": 1_500.0})], even=True)
MACHINE = {"processor": "p", "cores": 2, "python": "3", "commit": "c"}


def test_a_request_costs_processor_time(bare_server: Server, bare_port: int) -> None:
    """The cost is that of the server alone, in microseconds, and how many there were a second stands beside it."""
    cost = cost_of(bare_server, bare_port, FORM, bare.MARKER, Load(seconds=0.3, connections=2, rounds=2))

    assert 1 < cost.microseconds < 100_000
    assert cost.requests_per_second > 0


def test_a_wrong_answer_has_no_cost(bare_server: Server, bare_port: int) -> None:
    """A picture is never made of refusals."""
    with pytest.raises(WrongAnswer, match="unexpected answer"):
        cost_of(bare_server, bare_port, FORM, "another answer", SHORT)


def test_a_run_is_kept_for_people_for_programs_and_as_a_picture(tmp_path: Path) -> None:
    """Page, raw figures and picture hold the same numbers."""
    points = [Point(1, {"introspection": Cost(90.0, 1_000.0, 10.0)})]
    report = Report(MACHINE, 1.0, [CHART, replicas.chart(points)], points, ["nothing of PostgreSQL"])

    report.write(tmp_path)

    raw = json.loads((tmp_path / "growth.json").read_text(encoding="utf-8"))
    assert raw["charts"][0]["microseconds"] == [
        {"number": 1, "introspection": 90.0},
        {"number": 8, "introspection": 1_500.0},
    ]
    assert raw["processes"][0]["costs"]["introspection"]["generator"] == 10.0
    page = (tmp_path / "growth.md").read_text(encoding="utf-8")
    assert "| 8 | 1,500 |  |" in page
    assert "NOT MEASURED: nothing of PostgreSQL" in page
    assert fromstring((tmp_path / "growth.svg").read_text(encoding="utf-8")).tag.endswith("svg")  # noqa: S314 - ours


def test_a_table_has_a_row_for_each_number() -> None:
    """The head names what is varied and every line."""
    assert table(CHART) == [("levels", "introspection", ""), ("1", "90", ""), ("8", "1,500", "")]


@pytest.mark.slow
def test_chains_trees_and_groups_are_measured() -> None:
    """Every shape has all its numbers, and every answer was good."""
    found = shapes.charts(SHORT, lambda _: None)

    assert [chart.name for chart in found] == ["chain", "depth", "nesting", "groups"]
    assert [number for number, _ in found[0].points] == [1, 2, 3, 4, 5]
    assert [number for number, _ in found[1].points] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert found[0].lines == ["introspection", "evaluation of a token", "exchange"]


@pytest.mark.slow
def test_organizations_are_measured_in_the_database_and_beyond_the_memory() -> None:
    """One is asked about among more and more, and all of them in turn."""
    kept, touched = organizations.charts(100, SHORT, lambda _: None)

    assert [number for number, _ in kept.points] == [number for number, _ in touched.points] == [1, 100]


@pytest.mark.slow
def test_processes_are_measured_with_their_database() -> None:
    """The database's own cost stands beside that of the service."""
    points = replicas.measure(SHORT, lambda _: None, (2,))

    assert [point.processes for point in points] == [2]
    assert points[0].costs.keys() == {
        *("introspection", "introspection, the database", "exchange", "exchange, the database")
    }
    assert points[0].costs["exchange"].microseconds > 0
