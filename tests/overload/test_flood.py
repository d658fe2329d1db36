"""Five times what can be answered: most of it is refused, and what is answered is answered rightly and soon."""

from pathlib import Path

import pytest

from tests.overload.house import standing, tenant
from tests.overload.measuring import Flood

ATTEMPTS = 3
"""Runs of which one has to be fast enough: others use this machine, and what they spoil says nothing of the service.

Every run has to be right.
"""

LATE = "not sent in time"
"""What the generator says of requests that it was too slow for itself, on a machine that others use."""


def floods(directory: Path) -> list[Flood]:
    """Measure a server that is otherwise whole, as often as is allowed."""
    with standing(directory) as server:
        one = tenant(server, "acme")
        return [Flood.of(server, one, 3.0) for _ in range(ATTEMPTS)]


@pytest.mark.slow
@pytest.mark.threat("56")
def test_a_flood_is_shed(tmp_path: Path) -> None:
    """Under a flood the answers are four fifths of the peak's at least, in twice the normal time, and never wrong."""
    runs = floods(tmp_path)
    assert [run.wrong for run in runs] == [0] * ATTEMPTS
    assert all(run.flood.told.busy > run.flood.told.good > 0 for run in runs), runs
    assert {odd for run in runs for _, phase in run.phases for odd in phase.told.odd} <= {LATE}, runs
    assert max(run.goodput for run in runs) >= 0.8, runs
    assert min(run.slower for run in runs) <= 2, runs


@pytest.mark.slow
@pytest.mark.threat("56")
def test_without_shedding_a_flood_is_a_queue(tmp_path: Path) -> None:
    """A server that lets everybody in answers nobody in time: it is the shedding that keeps the latency."""
    with standing(tmp_path, "let everybody in") as server:
        run = Flood.of(server, tenant(server, "acme"), 3.0)
    assert run.wrong == 0
    assert run.flood.told.busy == 0
    assert run.flood.told.odd or run.slower > 2
