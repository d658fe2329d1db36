"""How the preference for older facts is read, and what is said about it (RFC 7240)."""

from typing import Any

import pytest
from starlette.requests import Request

from delegation.oauth.server import Answer
from delegation.web.preferences import applied, max_staleness


def request(*headers: str) -> Request:
    """Return a request with these Prefer headers."""
    scope: dict[str, Any] = {"type": "http", "headers": [(b"prefer", header.encode()) for header in headers]}
    return Request(scope)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        (["max-staleness=5"], 5),
        (["max-staleness=60"], 60),
        (["max-staleness=005"], 5),
        (["Max-STALENESS=5"], 5),
        (['max-staleness="5"'], 5),
        (['max-staleness="\\5"'], 5),
        (["max-staleness = 5"], 5),
        (["max-staleness\t=\t5"], 5),
        (["max-staleness=5; why=haste"], 5),
        (["max-staleness=5;"], 5),
        (["wait=10, max-staleness=5"], 5),
        (['respond-async;a="x, max-staleness=9; \\""; b, max-staleness=5, handling=lenient'], 5),
        ([", ,max-staleness=5,,"], 5),
        (["wait=10", "max-staleness=5"], 5),
        (["foo=, max-staleness=5"], 5),
    ],
)
def test_a_preference_is_found_among_others(headers: list[str], seconds: int) -> None:
    """Names in any case, values bare or quoted, several preferences in several headers, parameters, empty members."""
    assert max_staleness(request(*headers)) == seconds


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [""],
        ["max-staleness"],
        ["max-staleness="],
        ["max-staleness=0"],
        ["max-staleness=61"],
        ["max-staleness=-5"],
        ["max-staleness=+5"],
        ["max-staleness=5.0"],
        ["max-staleness=5s"],
        ["max-staleness=\u0665"],  # a digit, and none of ASCII
        ["max-staleness=99999999999999999999999999"],
        ["max-staleness=5 6"],
        ['max-staleness="5'],
        ["max-staleness=5; ="],
        ["x-max-staleness=5"],
        ["wait=10; max-staleness=5"],
        ['wait="max-staleness=5"'],
        ['wait="10, max-staleness=5'],
        ["wait 10, max-staleness=5"],
        ["=, max-staleness=5"],
    ],
)
def test_what_is_malformed_missing_or_too_much_counts_for_nothing(headers: list[str]) -> None:
    """Where the preference cannot be read for certain, or is beyond the bound, the answer is of this moment."""
    assert max_staleness(request(*headers)) == 0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        (["max-staleness=5, max-staleness=50"], 5),
        (["max-staleness=5", "MAX-staleness=50"], 5),
        (["max-staleness=99, max-staleness=5"], 0),
        (["max-staleness, max-staleness=5"], 0),
    ],
)
def test_of_several_the_first_counts(headers: list[str], seconds: int) -> None:
    """A later preference of the same name is not looked at, even when the first is of no use (RFC 7240 §2)."""
    assert max_staleness(request(*headers)) == seconds


def test_a_long_header_is_read_in_one_pass() -> None:
    """Headers as long as a server takes them cost no more than their length."""
    for hostile in ("a;" * 30_000, 'a="' + "\\" * 60_000, "a" + " " * 60_000, ("a=" + " " * 100) * 600, "," * 60_000):
        assert max_staleness(request(hostile, "max-staleness=5")) in {0, 5}


@pytest.mark.parametrize(("age", "told"), [(0.0, "0"), (0.001, "1"), (4.0, "4"), (4.2, "5")])
def test_the_age_is_told_in_whole_seconds_rounded_up(age: float, told: str) -> None:
    """What is told is never less than what is true."""
    assert applied(5, Answer(200, {}, age=age)) == {"Preference-Applied": "max-staleness=5", "Age": told}


def test_nothing_is_told_where_nothing_was_preferred_or_the_answer_is_an_error() -> None:
    """Errors are worked out from the newest facts, as all answers are that nobody asked to be older."""
    assert applied(0, Answer(200, {}, age=3.0)) == {}
    assert applied(5, Answer(401, {}, age=3.0)) == {}
