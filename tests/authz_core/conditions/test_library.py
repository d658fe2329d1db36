"""The engine without the library that evaluates conditions."""

import subprocess
import sys
from pathlib import Path

import pytest

from authz_core import MissingLibrary, holds, validate_condition, validate_context
from tests.authz_core.conditions.expressions import condition

ROOT = Path(__file__).parents[3]

PROGRAM = """
import sys
sys.modules["cel_expr_python"] = None  # as if it were not installed
import authz_core
assert not [name for name in sys.modules if "cel_expr" in name and sys.modules[name]]
condition = authz_core.Condition("c", (), "true")
try:
    authz_core.holds(condition, "{}", {})
except authz_core.MissingLibrary as missing:
    print(missing)
"""


def test_the_engine_is_imported_without_the_library() -> None:
    """Where the library is not installed the engine works, until a condition names what is missing."""
    found = subprocess.run([sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True, cwd=ROOT)

    assert found.stdout == "conditions need the package `cel-expr-python`, which is not installed\n"


def test_a_missing_library_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither true nor false nor a fault of the condition: the installation is at fault, and the error says so."""
    monkeypatch.setitem(sys.modules, "cel_expr_python", None)
    unseen = condition("x == 'seen nowhere else'", x="string")

    with pytest.raises(
        MissingLibrary, match=r"^conditions need the package `cel-expr-python`, which is not installed$"
    ):
        validate_condition(unseen)
    with pytest.raises(MissingLibrary):
        holds(unseen, "{}", {"x": "a"})
    validate_context(unseen, '{"x":"a"}')
