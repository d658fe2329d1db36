"""The sizing guide: its arithmetic is that of the constants that were kept, and it says where each comes from."""

from dataclasses import fields, replace
from typing import Any

import pytest

from benchmarks.publishing import ROOT, SIZING, marks
from benchmarks.sizing import report, spreading
from benchmarks.sizing.arithmetic import need
from benchmarks.sizing.constants import Constants, Times, Weights, results
from benchmarks.sizing.report import Report, need_table
from benchmarks.sizing.scenarios import lives
from benchmarks.sizing.validation import compared
from benchmarks.sizing.workloads import ONE_MACHINE, WORKLOADS, WORLD, Workload

CONSTANTS = Constants(
    Weights(**{field.name: 1_000.0 for field in fields(Weights)}),
    Times(**{field.name: 100.0 for field in fields(Times)}),
)
POINT = {"microseconds": 500.0, "requests_per_second": 1_900.0, "generator": 50.0}
GROWTH: dict[str, Any] = {
    "machine": {"cores": 2},
    "processes": [
        {
            "processes": 1,
            "costs": {
                "introspection": POINT,
                "introspection, the database": {**POINT, "microseconds": 20.0},
                "exchange": {**POINT, "microseconds": 1_000.0, "requests_per_second": 900.0},
                "exchange, the database": {**POINT, "microseconds": 100.0},
            },
        }
    ],
}


def test_the_page_is_worked_out_from_the_constants_that_were_kept() -> None:
    """Every table of the page follows from the raw figures beside it; none was written by hand."""
    kept = results("sizing")
    opening, closing = marks(SIZING)
    page = (ROOT / "docs" / "sizing.md").read_text(encoding="utf-8")
    quoted = page.partition(opening)[2].partition(closing)[0].strip()

    again = Report.from_raw(kept)

    assert quoted == again.figures()
    assert again.raw()["needs"] == kept["needs"]


def test_another_constant_changes_the_page() -> None:
    """The comparison could fail: an introspection that takes longer needs more processes."""
    kept = Report.from_raw(results("sizing"))
    times = kept.constants.times
    slower = replace(kept.constants, times=replace(times, introspection=times.introspection * 2))

    assert replace(kept, constants=slower).figures() != kept.figures()
    assert need(WORLD, slower)["processes"] > need(WORLD, kept.constants)["processes"]


def test_every_constant_is_named_on_the_page() -> None:
    """No figure is used that a reader cannot see."""
    shown = {row[0] for row in report.constants_table(CONSTANTS)[1:]}

    assert len(shown) == len(fields(Weights)) + len(fields(Times))


def test_arithmetic_that_can_be_done_in_the_head() -> None:
    """Of round constants follow round results."""
    simple = Workload("w", "W", 1, 1_000, 1_000, checks=5_000, exchanges=1_000, changes=0, active=1.0)
    needed = need(simple, CONSTANTS)

    assert needed["cores"] == pytest.approx(0.6)
    assert needed["processes"] == 2
    assert needed["pictures"] == pytest.approx(0.002_001)
    assert needed["reads"] == 6_000
    assert needed["database"] == pytest.approx(0.7)
    assert needed["growth"] == pytest.approx(1_000 * 1_000 * 0.3 * 86_400 / 1e9)


@pytest.mark.parametrize("workload", WORKLOADS, ids=lambda each: each.name)
def test_every_result_shows_how_it_was_had(workload: Workload) -> None:
    """Each line has a number without an exponent, and its arithmetic beside it."""
    for _, value, how in need_table(need(workload, CONSTANTS))[1:]:
        assert "e" not in value.split()[0]
        assert how


def test_the_share_of_cold_questions_is_not_less_than_the_simulated_one() -> None:
    """What the largest example assumes of its memory holds where organizations are as unequal as we think."""
    of_a_cell = spreading.shares(WORLD.organizations, 0.8)[:: WORLD.cells]

    assert spreading.missing(of_a_cell, len(of_a_cell) * WORLD.active) <= WORLD.cold
    assert ONE_MACHINE.cold == 1 - ONE_MACHINE.active == 0


def test_a_measurement_stands_beside_its_simulation() -> None:
    """A process that is alone on its core does what its processor time allows, and the difference is told."""
    introspection, exchange = compared(GROWTH, CONSTANTS, flush=0.000_1, seconds=1.2)

    assert introspection.simulated == pytest.approx(2_000, rel=0.05)
    assert introspection.error == pytest.approx(introspection.simulated / 1_900 - 1)
    assert introspection.had == pytest.approx(1_900 * 570e-6)
    assert exchange.simulated == pytest.approx(1_000, rel=0.05)


def test_a_cell_lives_through_what_may_happen() -> None:
    """Losing processes makes it slower, losing its database makes it refuse, and an ordinary moment does neither."""
    ordinary, _, _, fewer, _, lost = lives(CONSTANTS, 0.0, lambda _: None, seconds=2.5)

    assert ordinary["refused"] == fewer["refused"] == 0.0
    assert fewer["p99"] > ordinary["p99"]
    assert lost["refused"] > 0.3
