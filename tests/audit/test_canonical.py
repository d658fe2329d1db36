"""Canonical JSON."""

import json
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delegation.audit import JSON, InvalidRecord, canonical

TEXTS = st.text(st.characters(codec="utf-8"))
VALUES: st.SearchStrategy[JSON] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
)


def test_members_are_sorted_and_nothing_is_blank_or_escaped() -> None:
    """The text of a value has sorted members, no blanks, and letters as they are."""
    assert (
        canonical({"ü": [1, True, None], "a": {"z": "é", "b": "\n"}}) == '{"a":{"b":"\\n","z":"é"},"ü":[1,true,null]}'
    )


@given(VALUES)
def test_reading_the_text_gives_the_value_back(value: JSON) -> None:
    """Nothing is lost in the text, and the text of what was read is the same text."""
    text = canonical(value)

    assert json.loads(text) == value
    assert canonical(json.loads(text)) == text


def test_the_order_of_members_makes_no_difference() -> None:
    """Equal values have equal texts, whatever order their members came in, frozen or not."""
    assert canonical({"a": 1, "b": 2}) == canonical(MappingProxyType({"b": 2, "a": 1}))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800", {"a": {1, 2}}, b"bytes"])
def test_what_no_json_text_can_hold_is_refused(value: JSON) -> None:
    """A value without a text is an error, not something near it."""
    with pytest.raises(InvalidRecord):
        canonical(value)


def test_a_value_that_holds_itself_is_refused() -> None:
    """A cycle has no text."""
    cycle: list[JSON] = []
    cycle.append(cycle)

    with pytest.raises(InvalidRecord):
        canonical(cycle)


def test_an_error_does_not_quote_the_value() -> None:
    """What cannot be recorded may be a secret, so the error names only its kind."""
    with pytest.raises(InvalidRecord) as caught:
        canonical({"secret": {"canary-7f3a"}})  # type: ignore[dict-item]  # that is the fault tried here

    assert "canary" not in str(caught.value)
