"""The program that hammers for long: what it refuses, and what its exit code says."""

from contextlib import nullcontext

import pytest
from click.testing import CliRunner

from tests.linearizability import __main__ as program
from tests.linearizability.running import Plan, Report


@pytest.mark.parametrize(
    "words",
    ["--strikes 0", "--strikes -1", "--strikes all", "--processes 0", "--database oracle", "--control none", "more"],
)
def test_nonsense_is_refused(words: str) -> None:
    """What would prove nothing is refused before anything begins."""
    done = CliRunner().invoke(program.main, words.split())
    assert (done.exit_code, done.stdout) == (2, "")
    assert "Error: " in done.stderr


@pytest.mark.parametrize(
    ("wrong", "denied", "unavailable", "code"), [(0, 20, 0, 0), (1, 20, 0, 1), (0, 19, 0, 1), (0, 20, 20, 1)]
)
def test_the_exit_code_says_whether_it_is_shown(
    monkeypatch: pytest.MonkeyPatch, wrong: int, denied: int, unavailable: int, code: int
) -> None:
    """The exit code is 0 only where nothing was wrong and enough was asked, and answered, to know."""

    def ran(plan: Plan, *_: object) -> Report:
        report = Report(denied=denied, unavailable=unavailable, seconds=1.0)
        report.struck["revoke"] = plan.strikes
        report.judge.verdicts.update({"denied": 1_000, "stale allow": wrong})
        return report

    monkeypatch.setattr(program, "launched", lambda *_, **__: nullcontext())
    monkeypatch.setattr(program, "run", ran)
    words = ["--strikes", "10", "--processes", "2", "--database", "sqlite"]
    assert CliRunner().invoke(program.main, words).exit_code == code
