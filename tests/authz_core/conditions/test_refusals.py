"""What a condition that cannot be evaluated says about it, to the letter."""

import re

import pytest

from authz_core import Condition, ConditionFailed, holds
from tests.authz_core.conditions.expressions import brief, condition, met

AGE = condition("age >= 18", age="int")


@pytest.mark.parametrize(
    ("broken", "stored", "said"),
    [
        (AGE, "{", "the stored context is no JSON"),
        (AGE, "[]", "the stored context is no JSON object"),
        (AGE, '{"age":"' + "é" * 20_000 + '"}', "the stored context takes more than 32768 bytes"),
        (AGE, '{"age":"' + "0" * 40_000 + '"}', "the stored context takes more than 32768 bytes"),
        (condition("1 + 1"), "{}", "condition `c` is not true or false, a comparison is wanted"),
    ],
    ids=brief,
)
def test_what_is_stored_is_refused_with_its_reason(broken: Condition, stored: str, said: str) -> None:
    """A stored context or a condition that is none is told as such."""
    with pytest.raises(ConditionFailed, match=f"^{re.escape(said)}$"):
        holds(broken, stored, {"age": 20})


@pytest.mark.parametrize(
    ("type", "value", "said"),
    [
        ("list<int>", [1] * 1_001, "a list or map has 1001 elements, more than 1000"),
        ("int", (1,), "a value that JSON does not have is no `int`"),
        ("int", {"a": 1}, "a map is no `int`"),
        ("map<int>", [1], "a list is no `map`"),
        ("string", True, "a boolean is no `string`"),
    ],
    ids=brief,
)
def test_a_value_is_refused_with_its_reason(type: str, value: object, said: str) -> None:
    """The parameter is named, and what was found in place of what is wanted."""
    with pytest.raises(ConditionFailed, match=f"^parameter `x`: {re.escape(said)}$"):
        met("true", type, value)


def test_the_longest_text_is_too_costly_by_itself() -> None:
    """A text of as many characters as there may be is a text, and too costly; one character more makes it none."""
    with pytest.raises(ConditionFailed, match="too costly"):
        met("true", "string", "a" * 65_536)
    with pytest.raises(ConditionFailed, match=r"is no `string`$"):
        met("true", "string", "a" * 65_537)


def test_work_up_to_the_bound_is_done() -> None:
    """An evaluation may touch a hundred million characters, here 62,500 for each of 160 tokens tenfold, and no more."""
    long = condition("x == x || [1,1,1,1,1,1,1,1,1,1] == []" + " || true" * 43, x="string")
    most = 62_500 - 8 - len(long.expression)

    assert holds(long, "{}", {"x": "a" * most})
    with pytest.raises(ConditionFailed, match="too costly"):
        holds(long, "{}", {"x": "a" * (most + 1)})
