"""Stored and asked values meet: which one counts, and what happens where there is none."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authz_core import ConditionError, ConditionFailed, MissingContext, holds
from tests.authz_core.conditions.expressions import brief, condition

AGE = condition("age >= 18", age="int")


@pytest.mark.parametrize(
    ("stored", "asked", "expected"),
    [
        ("{}", {"age": 20}, True),
        ("{}", {"age": 10}, False),
        ('{"age":10}', {}, False),
        ('{"age":10}', {"age": 20}, False),
        ('{"age":20}', {"age": "not a number"}, True),
        ('{"age":20,"other":1}', {"another": object()}, True),
    ],
)
def test_stored_beats_asked(stored: str, asked: dict[str, object], *, expected: bool) -> None:
    """A value fixed when the grant was written counts, whatever the question brings along under that name."""
    assert holds(AGE, stored, asked) is expected


def test_a_stored_null_is_a_value() -> None:
    """A stored null is not filled up from the question, it fails as what it is."""
    with pytest.raises(ConditionFailed, match="null is no `int`"):
        holds(AGE, '{"age":null}', {"age": 20})


@pytest.mark.threat("E13")
def test_a_missing_value_is_its_own_answer() -> None:
    """Every parameter without a value is named in the order of declaration, wrong values of others aside."""
    with pytest.raises(MissingContext) as missing:
        holds(condition("a || b || c || d", d="bool", a="bool", b="bool", c="bool"), '{"a":true}', {"b": "wrong"})

    assert missing.value.names == ("d", "c")
    assert str(missing.value) == "no value is given for `d`, `c`"


def test_a_missing_value_matters_even_where_the_rest_decides() -> None:
    """An expression that is true without the missing value is not met."""
    both = condition("a || b", a="bool", b="bool")

    with pytest.raises(MissingContext):
        holds(both, "{}", {"a": True})
    assert holds(both, "{}", {"a": True, "b": False})


def test_a_condition_without_parameters_needs_no_context() -> None:
    """A constant expression is evaluated as it is."""
    assert holds(condition("1 < 2"), "{}", {})
    assert not holds(condition("2 < 1"), "{}", {})


@pytest.mark.threat("E3")
def test_the_same_condition_answers_each_context_anew() -> None:
    """Nothing of one evaluation is left for the next, so questions that differ in one value differ in the answer."""
    answers = [holds(AGE, "{}", {"age": age}) for age in (17, 18, 17, 18)]

    assert answers == [False, True, False, True]


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "null", "{", '{"age":20', "{'age':20}", '{"age":NaN}', '{"age":1e999}'),
        *("[" * 30_000, '{"age":' + "9" * 5_000 + "}", '{"age":"' + "é" * 20_000 + '"}', '{"age":20}' + " " * 40_000),
        '{"age":"\ud800"}',
    ],
    ids=brief,
)
def test_a_stored_context_that_is_none_fails(text: str) -> None:
    """What is no JSON object of bounded size is a failure of the condition, however it came to be stored."""
    with pytest.raises(ConditionFailed):
        holds(AGE, text, {"age": 20})


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["1", "1s", "::1", "10.0.0.1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=8,
)
conditions = st.sampled_from(
    [
        AGE,
        condition("x == null || x.a.b == 1", x="any"),
        condition("x.matches(x)", x="string"),
        condition("x.in_cidr(y)", x="ipaddress", y="string"),
        condition("x < duration('1h')", x="duration"),
        condition("x.getHours('UTC') > 1", x="timestamp"),
        condition("x / 2u == 1u || x - 1u > 0u", x="uint"),
        condition("1.0 / x > 0.5", x="double"),
        condition("x.exists(e, e == y)", x="list<string>", y="string"),
        condition("x[y] == 1", x="map<int>", y="string"),
        condition("x", x="bool"),
        condition("x ==", x="int"),
    ]
)


@given(conditions, st.dictionaries(st.sampled_from(["age", "x", "y"]), json_values), st.data())
def test_any_context_is_answered_or_refused(case: object, context: dict[str, object], data: st.DataObject) -> None:
    """Whatever is stored or asked, the answer is true, false or a condition error, and the same once more."""
    text = data.draw(st.sampled_from(["{}", "{", json.dumps(context)]) | st.text())

    def answer() -> object:
        try:
            return holds(case, text, context)  # type: ignore[arg-type]  # Hypothesis infers the least of types
        except ConditionError as error:
            return type(error), str(error)

    first = answer()

    assert isinstance(first, bool | tuple)
    assert answer() == first
