"""Several processes on one database, while rights are taken away: none allows what another has been told is over."""

from pathlib import Path

import pytest

from tests.databases import Make
from tests.linearizability.controls import Control
from tests.linearizability.launching import launched
from tests.linearizability.running import Plan, Report, run
from tests.linearizability.strikes import STRIKES

pytestmark = [pytest.mark.semantics("4"), pytest.mark.threat("5"), pytest.mark.threat("R7"), pytest.mark.threat("R11")]

PROCESSES = 3


def hammered(database: str, directory: Path, strikes: int, control: Control = Control.NOTHING) -> Report:
    """Launch processes on a database, strike so often, and return what was found."""
    with launched(database, directory / "shared", processes=PROCESSES, control=control) as replicas:
        return run(Plan(strikes), replicas)


def prove(report: Report, strikes: int) -> None:
    """Find nothing wrong in a report that has looked at enough to know."""
    assert report.judge.violations == []
    assert report.judge.wrong == 0
    assert report.strikes == strikes
    assert set(report.struck) == {strike.name for strike in STRIKES}
    # After each strike every process is asked until it has answered, and only then is the strike undone.
    assert report.denied == PROCESSES * strikes
    assert report.judge.verdicts["allowed"] >= strikes
    assert report.is_enough(strikes, PROCESSES), str(report)


@pytest.mark.parametrize("strikes", [100, pytest.param(600, marks=pytest.mark.slow)])
def test_no_process_allows_what_was_taken_away(databases: Make, tmp_path: Path, strikes: int) -> None:
    """Once a strike is acknowledged no process allows the token, and once it is undone each allows it again."""
    with databases(None) as database:
        prove(hammered(database, tmp_path, strikes), strikes)


@pytest.mark.parametrize("control", [Control.REMEMBERED, Control.JOINED_AND_HELD])
@pytest.mark.slow
def test_answers_from_the_past_are_noticed(tmp_path: Path, control: Control) -> None:
    """The harness catches servers that take old heads for the newest, and servers that join a read under way."""
    report = hammered(f"sqlite:///{tmp_path / 'store.db'}", tmp_path, 500, control)
    assert report.judge.stale > 0


@pytest.mark.slow
def test_a_read_joined_in_passing_is_noticed(databases: Make, tmp_path: Path) -> None:
    """The harness catches servers that join a read under way even where such a read is as quick as ever."""
    with databases(None) as database:
        assert hammered(database, tmp_path, 2_000, Control.JOINED).judge.stale > 0


@pytest.mark.slow
def test_a_slow_read_is_no_fault(databases: Make, tmp_path: Path) -> None:
    """Heads that are told late are still the newest for those who asked before the read began."""
    with databases(None) as database:
        prove(hammered(database, tmp_path, 100, Control.HELD), 100)
