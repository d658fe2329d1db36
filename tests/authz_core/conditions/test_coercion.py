"""What each type of parameter takes, and what it refuses."""

import math
from enum import StrEnum

import pytest

from authz_core import ConditionFailed
from tests.authz_core.conditions.expressions import brief, met, stored


class Colour(StrEnum):
    """A text that is more than a text."""

    RED = "red"


def each(type: str, *values: object) -> list[tuple[str, object]]:
    """Return the type beside each value."""
    return [(type, value) for value in values]


TAKEN: list[tuple[str, object, str]] = [
    ("bool", True, "x"),
    ("bool", False, "!x"),
    ("string", "", "x == ''"),
    ("string", "10", "x == '10'"),
    ("string", "é", "size(x) == 1"),
    ("string", "a\u200b\u3000", "size(x) == 3"),
    ("string", Colour.RED, "x == 'red'"),
    ("string", "a" * 60_000, "size(x) == 60000"),
    ("int", 10, "x == 10"),
    ("int", -10.0, "x == -10"),
    ("int", "10", "x == 10"),
    ("int", "+10", "x == 10"),
    ("int", "10.0", "x == 10"),
    ("int", "10.", "x == 10"),
    ("int", "1e3", "x == 1000"),
    ("int", "-0", "x == 0"),
    ("int", "0e9999", "x == 0"),
    ("int", 2**63 - 1, "x == 9223372036854775807"),
    ("int", -(2**63), "x == -9223372036854775807 - 1"),
    ("int", "9223372036854775807", "x == 9223372036854775807"),
    ("int", 2**53 + 1, "x == 9007199254740993"),
    ("uint", 0, "x == 0u"),
    ("uint", "18446744073709551615", "x == 18446744073709551615u"),
    ("uint", 3.0, "x == 3u"),
    ("double", 0.1, "x == 0.1"),
    ("double", 1, "x == 1.0"),
    ("double", 2**53 + 1, "x == 9007199254740992.0"),
    ("double", "0.5", "x == 0.5"),
    ("double", "-.5", "x == -0.5"),
    ("double", "0", "x == 0.0"),
    ("double", "5e-1", "x == 0.5"),
    ("duration", "0", "x == duration('0s')"),
    ("duration", "-0", "x == duration('0s')"),
    ("duration", "1h30m", "x == duration('90m')"),
    ("duration", "-1.5s", "x == duration('-1500ms')"),
    ("duration", "+.5s", "x == duration('500ms')"),
    ("duration", "1.m", "x == duration('60s')"),
    ("duration", "1000us", "x == duration('1ms')"),
    ("duration", "2562047h47m16.854775807s", "x > duration('2562047h47m16s')"),
    ("duration", "1000h1000m1000s1000ms", "x == duration('1016h56m41s')"),
    ("duration", "2000µs", "x == duration('0.002s')"),
    ("duration", "3000\u03bcs", "x == duration('0.003s')"),
    ("duration", "1999ns", "x == duration('0.000001s')"),
    ("duration", "-1999ns", "x == duration('-0.000001s')"),
    ("duration", "2ms1us", "x == duration('0.002001s')"),
    ("int", "1".zfill(1_100), "x == 1"),
    ("duration", "1s".zfill(100), "x == duration('1s')"),
    ("timestamp", f"2024-01-01T00:00:00.{'0' * 79}Z", "x == timestamp('2024-01-01T00:00:00Z')"),
    ("timestamp", "2024-02-29T23:59:59Z", "x == timestamp('2024-02-29T23:59:59Z')"),
    ("timestamp", "2024-01-01T01:00:00+01:00", "x == timestamp('2024-01-01T00:00:00Z')"),
    ("timestamp", "2024-01-01T00:00:00.5-00:30", "x == timestamp('2024-01-01T00:30:00.5Z')"),
    ("timestamp", "2024-01-01T00:00:00.123456789Z", "x == timestamp('2024-01-01T00:00:00.123456Z')"),
    ("ipaddress", "10.0.0.1", "x == ipaddress('10.0.0.1')"),
    ("ipaddress", "::ffff:10.0.0.1", "x == ipaddress('10.0.0.1') && x.in_cidr('10.0.0.0/8')"),
    ("ipaddress", "2001:DB8:0:0::1", "x == ipaddress('2001:db8::1')"),
    ("list<int>", [1, "2", 3.0], "x == [1, 2, 3]"),
    ("list<string>", [], "size(x) == 0"),
    ("list<ipaddress>", ["::ffff:10.0.0.1"], "x[0].in_cidr('10.0.0.0/8')"),
    ("list<uint>", list(range(1000)), "size(x) == 1000"),
    ("map<duration>", {"a": "1s"}, "x['a'] == duration('1s') && x.a < duration('2s')"),
    ("map<bool>", {}, "!has(x.a)"),
    ("any", None, "x == null"),
    ("any", True, "x == true"),
    ("any", 3, "x == 3.0 && type(x) == double"),
    ("any", "a", "x == 'a'"),
    ("any", {"a": [1, {"b": None}]}, "x.a[1].b == null && x.a[0] == 1.0"),
    ("any", [[], {}, [1]], "size(x) == 3"),
    ("any", [0] * 1000, "size(x) == 1000"),
    ("any", {"a": [0] * 999}, "size(x.a) == 999"),
]

REFUSED: list[tuple[str, object]] = [
    *((kind, None) for kind in ("bool", "string", "int", "uint", "double", "duration", "timestamp", "ipaddress")),
    *((kind, []) for kind in ("bool", "string", "int", "uint", "double", "duration", "timestamp", "ipaddress")),
    *((kind, True) for kind in ("string", "int", "uint", "double", "duration", "timestamp", "ipaddress")),
    *((kind, "") for kind in ("bool", "int", "uint", "double", "duration", "timestamp", "ipaddress")),
    *each("bool", "true", 1, 0),
    *each("string", 1, 1.5, b"a", "\ud800", "a" * 65_537),
    *each("int", 10.5, "10.5", 2**63, -(2**63) - 1, float(2**63), math.nan, math.inf),
    *each("int", "1_0", " 1", "1 ", "0x1", "\u0661", "Infinity", "nan", "1e9999", "1e-9999", "--1"),
    *each("int", "1e99999", "9223372036854775808", "1" * 1_101, 10**400, {}),
    *each("uint", -1, "-1", 2**64, "18446744073709551616"),
    *each("double", "0.1", "1e300", "1e309", "1e399", "1e-1099", math.inf, -math.inf, math.nan, 10**400, {}),
    *each("duration", "1d", "1w", "1", "s", "1h 30m", ".s", "1H", "2562047h47m16.854775808s", "00", 5),
    ("duration", "1s" * 60),
    *each("timestamp", "2024-01-01", "2024-01-01T00:00:00", "2024-01-01 00:00:00Z", 1_700_000_000),
    *each("timestamp", "2024-02-30T00:00:00Z", "2024-01-01T24:00:00Z", "2024-01-01T00:00:60Z"),
    *each("timestamp", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+01:00", "2024-01-01t00:00:00z"),
    *each("timestamp", "2024-01-01T00:00:00+0100", "2024-01-01T00:00:00.Z"),
    ("timestamp", f"2024-01-01T00:00:00.{'1' * 100}Z"),
    *each("ipaddress", "10.0.0", "10.0.0.256", "010.0.0.1", "10.0.0.1/8", "fe80::1%eth0", " ::1", 1),
    *each("list<int>", [1, "x"], [True], [None], "12", {"a": 1}, (1,), [[1]], list(range(1001))),
    *each("map<int>", {"a": "x"}, {1: 1}, [1], {"a": {}}, {str(n): n for n in range(1001)}),
    *each("any", math.nan, b"", (1,), {1: 1}, {1}, ..., 10**400, "\ud800", [0] * 1001),
    ("any", {"a": [0] * 1000}),
]


@pytest.mark.parametrize(("type", "value", "expression"), TAKEN, ids=brief)
def test_a_type_takes_what_it_is_for(type: str, value: object, expression: str) -> None:
    """A parameter takes every form of its type's values, and the expression sees the value meant."""
    assert met(expression, type, value)


@pytest.mark.parametrize(("type", "value"), REFUSED, ids=brief)
def test_a_type_refuses_everything_else(type: str, value: object) -> None:
    """A value of another type fails even where the expression would not look at it."""
    with pytest.raises(ConditionFailed, match="parameter `x`: "):
        met("true || x == x", type, value)


@pytest.mark.parametrize(("type", "value"), [("int", "7"), ("list<string>", ["a"]), ("any", {"a": None})])
def test_stored_values_are_read_like_asked_ones(type: str, value: object) -> None:
    """A value means the same whether it was stored or the question brings it along."""
    assert stored("x == x", type, value)


@pytest.mark.parametrize(
    ("type", "value"),
    [
        *each("string", "a\x00b", "\n", "\x7f", "\x9f"),
        *each("any", "a\x00", {"a\x00": 1}, [{"a": ["\t"]}]),
        *each("map<string>", {"a\x00b": "c"}, {"a": "\r"}),
        *each("list<string>", ["\x1f"]),
        *each("ipaddress", "10.0.0.1\x00"),
    ],
    ids=brief,
)
def test_control_characters_are_refused(type: str, value: object) -> None:
    """A text that the library would cut short, and so find equal to another, never reaches it."""
    with pytest.raises(ConditionFailed, match="has a control character"):
        met("true", type, value)


def test_a_value_of_any_type_is_bounded_in_depth() -> None:
    """Thirty-two levels of lists are taken and one more is refused, a list inside itself included."""
    deep: list[object] = []
    for _ in range(31):
        deep = [deep]
    endless: list[object] = []
    endless.append(endless)

    assert met("size(x) == 1", "any", deep)
    for value in ([deep], endless):
        with pytest.raises(ConditionFailed, match="levels"):
            met("size(x) == 1", "any", value)


def test_a_refusal_repeats_little_of_the_value() -> None:
    """The error names a string shortened and escaped, and any other value by its kind only."""
    with pytest.raises(ConditionFailed) as long:
        met("x == 1", "int", "secret\n" * 1_000)
    with pytest.raises(ConditionFailed) as listed:
        met("x == 1", "int", ["secret"])

    assert len(long.value.detail) < 200
    assert "\n" not in long.value.detail
    assert listed.value.detail == "parameter `x`: a list is no `int`"


def test_a_value_is_not_changed() -> None:
    """What the question brings along is left as it was."""
    value = {"a": [1, {"b": 2}]}

    assert met("x.a[0] == 1.0", "any", value)
    assert value == {"a": [1, {"b": 2}]}
    assert isinstance(value["a"][0], int)
