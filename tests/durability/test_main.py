"""The program that carries out many faults: what it refuses, and what its exit code says."""

import tempfile
from collections import Counter
from functools import partial
from pathlib import Path

import pytest

from tests.durability import __main__ as program
from tests.durability import full
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


def test_a_full_run_goes_on_where_it_ended(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the same seed steps that were survived are not done again, and the page tells of all of them."""
    done: list[str] = []
    broken = [True]

    def step(name: str, _: full.Told) -> full.Tally:
        if name == "second" and broken:
            broken.clear()
            raise Violation("something is gone")
        done.append(name)
        return full.Tally(Counter({f"a fault of the {name} step": 3}), acknowledged=10)

    steps = [(name, partial(step, name)) for name in ("first", "second", "third")]
    monkeypatch.setattr(full, "_steps", lambda *_: iter(steps))
    monkeypatch.setattr(full, "_server", lambda: "15")
    monkeypatch.setattr(full, "RESULT", tmp_path / "results" / "full.md")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert program.main(["--full", "--seed", "9"]) == 1
    assert not full.RESULT.exists()
    assert program.main(["--full", "--seed", "9"]) == 0
    assert done == ["first", "second", "third"]
    assert "**9 faults, 30 acknowledged changes, all of them kept**" in full.RESULT.read_text()
    assert "| a fault of the second step | 3 |" in full.RESULT.read_text()
    assert "9 faults: all 30 changes acknowledged are kept" in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["results"], "what is known of a run that ended stays"
