"""What expressions may say, and how they fail."""

import threading

import pytest

from authz_core import ConditionFailed, holds
from tests.authz_core.conditions.expressions import condition, met

TRUE: list[tuple[str, str, object]] = [
    ("x + 1 == 3 && x * 2 == 4 && x % 2 == 0 && -x < 0", "int", 2),
    ("x in [1, 2] ? true : false", "int", 2),
    ("x.contains('b') && x.startsWith('a') && x.endsWith('c')", "string", "abc"),
    ("x.matches('b+') && !x.matches('^b')", "string", "abbc"),
    ("x.all(e, e > 0) && x.exists(e, e == 2) && x.exists_one(e, e == 2)", "list<int>", [1, 2]),
    ("x.map(e, e * 2) == [2, 4] && x.filter(e, e > 1) == [2]", "list<int>", [1, 2]),
    ("has(x.a) && x.a == 1 && 'a' in x", "map<int>", {"a": 1}),
    ("x < duration('1h') && x + duration('1s') == duration('61s')", "duration", "1m"),
    ("x.getHours() == 12 && x < timestamp('2024-01-01T13:00:00Z')", "timestamp", "2024-01-01T12:00:00Z"),
    ("int(x) == 7 && double(x) == 7.0 && string(7) == x && bytes(x) == b'7'", "string", "7"),
    ("x != null", "duration", "1m"),
    ("x != null", "timestamp", "2024-01-01T12:00:00Z"),
    ("x != null", "ipaddress", "10.0.0.1"),
    ("x.in_cidr('10.0.0.0/8') && !x.in_cidr('11.0.0.0/8')", "ipaddress", "10.0.0.1"),
    ("x.in_cidr('10.0.0.7/24') && x.in_cidr('10.0.0.1/32') && x.in_cidr('0.0.0.0/0')", "ipaddress", "10.0.0.1"),
    ("!x.in_cidr('::/0')", "ipaddress", "10.0.0.1"),
    ("x.in_cidr('2001:db8::/32') && !x.in_cidr('0.0.0.0/0')", "ipaddress", "2001:db8::1"),
    ("ipaddress(x) == ipaddress('10.0.0.1')", "string", "::ffff:a00:1"),
    ("ipaddress(x).in_cidr('10.0.0.0/8')", "string", "10.0.0.1"),
]


@pytest.mark.parametrize(("expression", "type", "value"), TRUE)
def test_expressions_mean_what_the_language_says(expression: str, type: str, value: object) -> None:
    """Operators, conversions, macros, accessors, null and addresses behave as the language defines them."""
    assert met(expression, type, value)
    assert not met(f"!({expression})", type, value)


FAILING: list[tuple[str, str, object]] = [
    ("1 / x == 1", "int", 0),
    ("1 % x == 1", "int", 0),
    ("x + 1 > 0", "int", 2**63 - 1),
    ("x - 1u == 0u", "uint", 0),
    ("x[3] == 1", "list<int>", [1]),
    ("x.a == 1", "map<int>", {}),
    ("x.a == 1.0", "any", {}),
    ("x.a.b.c == 1.0", "any", "text"),
    ("int(x) == 1", "string", "one"),
    ("duration(x) > duration('1s')", "string", "1d"),
    ("timestamp(x) > timestamp('2024-01-01T00:00:00Z')", "string", "2024-01-01"),
    ("ipaddress(x) == ipaddress('10.0.0.1')", "string", "10.0.0"),
    ("x.matches('(')", "string", "a"),
    ("x.getHours('Nowhere/City') == 1", "timestamp", "2024-01-01T12:00:00Z"),
    ("x.in_cidr('10.0.0.0/8')", "any", 5),
    ("x", "string", "1"),
]


@pytest.mark.parametrize(("expression", "type", "value"), FAILING)
def test_a_failing_expression_is_neither_true_nor_false(expression: str, type: str, value: object) -> None:
    """What cannot be computed is an error, and so is its opposite."""
    for each in (expression, f"!({expression})"):
        with pytest.raises(ConditionFailed):
            met(each, type, value)


@pytest.mark.parametrize(
    "cidr",
    [
        *("10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/+8", "10.0.0.0/255.0.0.0", "10.0.0.0/8/8"),
        *("10.0.0/8", "10/8", " 10.0.0.0/8", "::/129", "fe80::%eth0/10", "::ffff:10.0.0.0/104", "", "/", "/8"),
        *("10.0.0.0/\u0668", "10.0.0.0/0x8", "10.0.0.0/-1"),
    ],
)
def test_a_malformed_network_is_an_error(cidr: str) -> None:
    """What is no network in the language is an error for each address, never a network that holds none."""
    for expression in ("ip.in_cidr(net)", "!ip.in_cidr(net)"):
        with pytest.raises(ConditionFailed):
            holds(condition(expression, ip="ipaddress", net="string"), "{}", {"ip": "10.0.0.1", "net": cidr})


def test_a_false_result_is_false() -> None:
    """The object that the library returns for false, which counts as true, never comes out as true."""
    assert met("x", "bool", value=False) is False
    assert met("x", "bool", value=True) is True


def test_an_error_decides_nothing_but_may_be_decided_without() -> None:
    """Beside an operand that decides, an error does not matter, as in the language; else it is the outcome."""
    assert met("1 / x == 1 || x == 0", "int", 0)
    assert not met("1 / x == 1 && x != 0", "int", 0)
    with pytest.raises(ConditionFailed):
        met("1 / x == 1 || x != 0", "int", 0)


def test_a_failure_says_nothing_of_the_values() -> None:
    """The text of the library, which may repeat values, is not passed on, not even as the cause."""
    with pytest.raises(ConditionFailed) as failed:
        met("x.matches(x + '(') || ipaddress(x) == ipaddress(x) || int(x) == 1", "string", "secret")

    assert failed.value.detail == "condition `c` has no result for these values"
    assert failed.value.__cause__ is None


def test_threads_share_a_condition() -> None:
    """Threads that evaluate one condition at once each get the answer to their own values."""
    shared = condition("xs.all(e, e < x)", x="int", xs="list<int>")
    answers: list[tuple[bool, bool]] = []

    def ask(start: int) -> None:
        for x in range(start, start + 500):
            below, beside = {"x": x, "xs": [x - 1, x - 2]}, {"x": x, "xs": [x]}
            answers.append((holds(shared, "{}", below), holds(shared, "{}", beside)))

    threads = [threading.Thread(target=ask, args=(1_000 * n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [(True, False)] * 2_000
