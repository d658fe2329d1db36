"""A few conditions, and what they mean as read by Python itself: every kind of parameter, and expressions that fail."""

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from authz_core import Condition, Parameter, ParameterKind, ParameterType

Values = Mapping[str, Any]
Meaning = Callable[[Values], bool]


class Missing(Exception):
    """A parameter has no value."""


class Failed(Exception):
    """A value is of another type than declared, or the expression cannot be worked out."""


BOOL, STRING, INT, UINT, DOUBLE, DURATION, TIMESTAMP, IPADDRESS, LIST, MAP, ANY = ParameterKind

# A name, its parameters, its expression, and the same in Python.
WRITTEN: tuple[tuple[str, dict[str, ParameterType], str, Meaning], ...] = (
    (
        "office",
        {"hour": ParameterType(INT)},
        "hour >= 8 && hour < 18",
        lambda given: 8 <= given["hour"] < 18,
    ),
    (
        "inside",
        {"ip": ParameterType(IPADDRESS), "net": ParameterType(STRING)},
        "ip.in_cidr(net)",
        lambda given: given["ip"] in ip_network(given["net"]),
    ),
    (
        "tagged",
        {"tag": ParameterType(STRING), "tags": ParameterType(LIST, STRING)},
        "tag in tags",
        lambda given: given["tag"] in given["tags"],
    ),
    (
        "enabled",
        {"on": ParameterType(BOOL), "off": ParameterType(BOOL)},
        "on && !off",
        lambda given: given["on"] and not given["off"],
    ),
    ("named", {"name": ParameterType(STRING)}, 'name == "x"', lambda given: bool(given["name"] == "x")),
    (
        "current",
        {"now": ParameterType(TIMESTAMP), "until": ParameterType(TIMESTAMP)},
        "now < until",
        lambda given: bool(given["now"] < given["until"]),
    ),
    (
        "share",
        {"part": ParameterType(INT), "whole": ParameterType(INT)},
        "part / whole > 1",
        lambda given: math.trunc(given["part"] / given["whole"]) > 1,
    ),
    ("cheap", {"price": ParameterType(DOUBLE)}, "price <= 0.5", lambda given: bool(given["price"] <= 0.5)),
    ("many", {"count": ParameterType(UINT)}, "count > 3u", lambda given: bool(given["count"] > 3)),
    (
        "young",
        {"age": ParameterType(DURATION)},
        'age < duration("1h")',
        lambda given: bool(given["age"] < timedelta(hours=1)),
    ),
    (
        "within",
        {"quota": ParameterType(MAP, INT), "name": ParameterType(STRING)},
        "quota[name] > 0",
        lambda given: bool(given["quota"][given["name"]] > 0),
    ),
    # The same name as elsewhere, but of another type.
    ("late", {"hour": ParameterType(STRING)}, 'hour == "9"', lambda given: bool(given["hour"] == "9")),
)

CONDITIONS = {
    name: Condition(name, tuple(Parameter(*each) for each in parameters.items()), expression)
    for name, parameters, expression, _ in WRITTEN
}
MEANINGS = {expression: python for _, _, expression, python in WRITTEN}


def meaning(condition: Condition, stored: str, asked: Mapping[str, object]) -> bool:
    """Whether the condition is met; raises `Missing` or `Failed` where that cannot be told."""
    given = {**asked, **json.loads(stored)}
    if any(parameter.name not in given for parameter in condition.parameters):
        raise Missing
    values = {each.name: read(each.type.kind, each.type.element, given[each.name]) for each in condition.parameters}
    try:
        return MEANINGS[condition.expression](values)
    except (ArithmeticError, LookupError, ValueError) as error:
        raise Failed from error


def is_storable(condition: Condition, context: str) -> bool:
    """Whether a relationship may carry the condition with this context."""
    types = {each.name: each.type for each in condition.parameters}
    try:
        for name, value in json.loads(context).items():
            read(types[name].kind, types[name].element, value)
    except (KeyError, Failed):
        return False
    return True


def read(type_: ParameterKind, element: ParameterKind | None, value: object) -> Any:  # noqa: ANN401 - of any type, as said
    """The value as the declared type has it; raises `Failed` where it has none."""
    if element is not None and type_ is LIST:
        return [read(element, None, each) for each in expected(list, value)]
    if element is not None:
        return {name: read(element, None, each) for name, each in expected(dict, value).items()}
    return READERS[type_](value)


def expected(type_: type, value: object) -> Any:  # noqa: ANN401 - of any type, as said
    """The value if it is of the type."""
    if not isinstance(value, type_):
        raise Failed
    return value


def integer(value: object) -> int:
    """A whole number, or a text that looks like one."""
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]+", value):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise Failed
    return int(value)


def natural(value: object) -> int:
    """A whole number that is not negative."""
    number = integer(value)
    if number < 0:
        raise Failed
    return number


def real(value: object) -> float:
    """A number, or a text that is exactly one."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Failed
    try:
        number = float(value)
    except ValueError as error:
        raise Failed from error
    if not math.isfinite(number) or (isinstance(value, str) and Decimal(value) != Decimal(number)):
        raise Failed
    return number


def moment(value: object) -> datetime:
    """A date and time of day with its distance from the zero meridian."""
    text = expected(str, value)
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", text):
        raise Failed
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError as error:
        raise Failed from error


def span(value: object) -> timedelta:
    """Numbers with units of time, or a plain zero."""
    text = expected(str, value)
    if text == "0":
        return timedelta()
    if not re.fullmatch(r"[+-]?(\d+(\.\d+)?(ms|s|m|h))+", text):
        raise Failed
    seconds = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}
    length = sum(float(number) * seconds[unit] for number, _, unit in re.findall(r"(\d+(\.\d+)?)(ms|s|m|h)", text))
    return timedelta(seconds=-length if text.startswith("-") else length)


def address(value: object) -> IPv4Address | IPv6Address:
    """An address, in the older form where it has one."""
    try:
        found = ip_address(expected(str, value))
    except ValueError as error:
        raise Failed from error
    return getattr(found, "ipv4_mapped", None) or found


READERS: dict[ParameterKind, Callable[[object], Any]] = {
    BOOL: lambda value: expected(bool, value),
    STRING: lambda value: expected(str, value),
    INT: integer,
    UINT: natural,
    DOUBLE: real,
    DURATION: span,
    TIMESTAMP: moment,
    IPADDRESS: address,
}

# What a question or a relationship may say of each parameter: what decides for it, against it, and what makes no sense.
POOL: dict[str, tuple[tuple[object, ...], tuple[object, ...], tuple[object, ...]]] = {
    "hour": ((9, "9", 17.0), (7, 18, "18", -1), (9.5, "nine", True, None, [9])),
    "ip": (("10.1.2.3", "::ffff:10.1.2.3"), ("192.168.1.1", "2001:db8::1"), ("10.1.2", "", 10, "10.0.0.0/8")),
    "net": (("10.0.0.0/8", "10.1.2.3/32"), ("172.16.0.0/12", "2001:db8::/32", "10.0.0.0/33"), (8, None)),
    "tag": (("a", "b"), ("c",), (1, None, ["a"])),
    "tags": ((["a", "b"], ["b", "a", "c"]), ([],), ("a", ["a", 1], {"a": "b"})),
    "on": ((True,), (False,), ("true", 1, None)),
    "off": ((False,), (True,), ("false", 0)),
    "name": (("x",), ("y", "X", ""), (1, None, True)),
    "now": (("2026-01-01T00:00:00Z", "2026-01-01T01:30:00.5+02:00"), ("2027-01-01T00:00:00Z",), ("now", 0)),
    "until": (("2026-06-01T00:00:00Z",), ("2025-06-01T00:00:00-07:00",), ("2026-06-01", None)),
    "part": ((5, "4", -9), (1, 0), (0.5, "a half")),
    "whole": ((2, 1, "2"), (7, -2, 0), (1.5, None)),
    "price": ((0.1, 0, "0.5", -1), (0.75, "2", 1e300), ("0.1", True, "cheap")),
    "count": ((4, "5", 7.0), (3, 0), (-1, 3.5, "-4")),
    "age": (("30m", "59m59.5s", "0", "-2h"), ("1h", "1h0m1s", "90m"), ("1d", 60, "soon")),
    "quota": (({"x": 1, "y": 2},), ({"x": 0}, {}), ([1], {"x": "some"})),
}
