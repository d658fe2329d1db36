"""Marks are found by reading the tests."""

from pathlib import Path

import pytest

from tests.conformance.marks import Mark, MarkError, collect

MARKED = """
pytestmark = rfc("1", "1")

@rfc("1", "2", "a", "b")
async def test_alone(): ...

@rfc("1", "3")
class TestTogether:
    @pytest.mark.parametrize("n", [pytest.param(1, marks=rfc("1", "4"))])
    def test_inside(self): ...

@rfc("1", "5")
def helper(): ...
"""


def test_marks_of_functions_classes_modules_and_parameters_are_found(tmp_path: Path) -> None:
    """A test carries its own marks, those of its parameters, of its class and of its module."""
    folder = tmp_path / "tests"
    folder.mkdir()
    (folder / "test_marked.py").write_text(MARKED, "utf-8")

    file, alone, inside = "tests/test_marked.py", "test_alone", "TestTogether.test_inside"
    assert collect(folder) == [
        Mark("1", "1", (), file, alone),
        Mark("1", "2", ("a", "b"), file, alone),
        Mark("1", "1", (), file, inside),
        Mark("1", "3", (), file, inside),
        Mark("1", "4", (), file, inside),
    ]


@pytest.mark.parametrize("call", ['rfc("1")', "rfc(NUMBER, '2')", 'rfc(number="1", section="2")'])
def test_a_mark_that_must_be_run_to_be_read_is_refused(tmp_path: Path, call: str) -> None:
    """A mark whose arguments are not two or more literals is refused with file and line."""
    (tmp_path / "test_marked.py").write_text(f"@{call}\ndef test_it(): ...\n", "utf-8")

    with pytest.raises(MarkError, match=r"test_marked\.py:1"):
        collect(tmp_path)
