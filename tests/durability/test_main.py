"""The program that carries out many faults: what it refuses, and what its exit code says."""

import pytest

from tests.durability import __main__ as program
from tests.durability.campaign import Plan
from tests.durability.judging import Violation


@pytest.mark.parametrize(
    "words",
    [
        "--faults 0",
        "--faults -3",
        "--faults many",
        "--faults 1",
        "--servers 0",
        "--database oracle",
        "--seed x",
        "more",
    ],
)
def test_nonsense_is_refused(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What would prove nothing is refused in one line before anything begins, one fault for two databases included."""
    with pytest.raises(SystemExit, match="2"):
        program.main(words.split())
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.splitlines()[-1].startswith("python -m tests.durability: error: ")


def test_a_fault_that_nothing_survives_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where a promise was broken the exit code is 1, and the seed that repeats it is told."""

    def broken(plan: Plan, *_: object) -> None:
        assert (plan.bursts, plan.seed, plan.servers, plan.back) == (1, 9, 2, program.BACK)
        raise Violation("something is gone")

    monkeypatch.setattr(program, "campaign", broken)
    assert program.main(["--faults", "1", "--database", "sqlite", "--servers", "2", "--seed", "9"]) == 1
    assert "with seed 9:\nsomething is gone" in capsys.readouterr().out


@pytest.mark.slow
def test_a_fault_that_is_survived_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Where everything was kept the exit code is 0, and it is told how much that was."""
    assert program.main(["--faults", "1", "--database", "sqlite", "--servers", "1", "--seed", "9"]) == 0
    assert "1 faults in " in capsys.readouterr().out
