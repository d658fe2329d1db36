"""A very short run from beginning to end: real processes, a real database, a small world."""

import json
import platform
import re
from pathlib import Path

import pytest

from benchmarks.effort import Effort
from benchmarks.machine import machine
from benchmarks.organization import Size
from benchmarks.plan import NAMES, chosen
from benchmarks.report import Report, aligned
from benchmarks.run import Measured, run

SMALL = Size(workspaces=1, projects=1, apps=1, users=6, groups=5, assignments=3)
EFFORT = Effort(seconds=0.2, connections=4, size=SMALL)


@pytest.fixture(scope="module")
def measured() -> Measured:
    """A run of introspection and of what it is compared with."""
    return run(chosen(("introspect",)), EFFORT, lambda _: None)


@pytest.mark.slow
def test_an_endpoint_is_measured_beside_the_bare_one(measured: Measured) -> None:
    """A run has no errors, and the ratio is that of the two rates it found."""
    bare, introspection = measured.rows

    assert [row.endpoint.name for row in measured.rows] == ["bare-form", "introspect"]
    assert measured.error_count == 0
    assert bare.ratio is None
    expected = introspection.figure.requests_per_second / bare.figure.requests_per_second
    assert introspection.ratio == pytest.approx(expected)
    assert introspection.reached is (expected >= 0.6)


def test_a_run_is_kept_for_people_and_for_programs(measured: Measured, tmp_path: Path) -> None:
    """The page holds the table that is printed, the raw file the figures it was made from."""
    report = Report(machine(), EFFORT, measured, ())

    report.write(tmp_path, "short")

    page = (tmp_path / "short.md").read_text(encoding="utf-8")
    raw = json.loads((tmp_path / "short.json").read_text(encoding="utf-8"))
    assert "| introspection |" in page
    assert "introspection" in report.text()
    assert raw["effort"]["connections"] == 4
    assert [endpoint["name"] for endpoint in raw["endpoints"]] == ["bare-form", "introspect"]
    assert raw["endpoints"][1]["ratio"] == measured.rows[1].ratio
    assert [each["name"] for each in raw["calm"]] == ["introspect"]
    assert (raw["peers"], report.peers()) == ([], None)


def test_results_name_neither_the_host_nor_a_place_on_it(measured: Measured) -> None:
    """Nothing in a result says where it was made."""
    report = Report(machine(), EFFORT, measured, ())
    everything = report.page("short") + json.dumps(report.raw())

    assert platform.node() not in everything
    assert re.search(r"(?:^|[\s\"])/\w", everything) is None


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    """Words lie to the left and numbers to the right, without blanks at the end of a line."""
    assert aligned([("what", "rate", ""), ("a", "1,000", "good"), ("long name", "7", "")]) == (
        "what        rate\na          1,000  good\nlong name      7"
    )


def test_what_is_measured_brings_along_what_it_is_compared_with() -> None:
    """A chosen endpoint is never without its baseline; without a choice all are measured, the bare ones first."""
    everything = [endpoint.name for endpoint in chosen(())]

    assert [endpoint.name for endpoint in chosen(("exchange-key",))] == ["bare-exchange", "exchange-key"]
    longest = [endpoint.name for endpoint in chosen(("introspect-5",))]
    assert longest == ["bare-form", "introspect", "introspect-5"]
    assert chosen(("check",)) == ()
    assert [*everything, "check"] == list(NAMES)
