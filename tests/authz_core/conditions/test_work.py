"""What an evaluation may cost."""

import json
import time

import pytest

from authz_core import Condition, ConditionError, ConditionFailed, holds, validate_condition
from tests.authz_core.conditions.expressions import brief, condition

TAGS = [f"tag-{n}" for n in range(300)]

ORDINARY: list[tuple[Condition, dict[str, object]]] = [
    (condition("tag in tags", tag="string", tags="list<string>"), {"tag": "tag-299", "tags": TAGS}),
    (condition("tags.exists(t, t == tag)", tag="string", tags="list<string>"), {"tag": "tag-299", "tags": TAGS}),
    (
        condition("a.exists(x, b.exists(y, x == y))", a="list<string>", b="list<string>"),
        {"a": TAGS[:40], "b": TAGS[39:79]},
    ),
    (condition("x.matches('^[a-z0-9._+-]{1,64}@example[.]com$')", x="string"), {"x": "someone+else@example.com"}),
    (condition("x.matches('^/[a-z+,]+/')", x="string"), {"x": "/reports/" + "a" * 500}),
    (condition("x.contains('needle')", x="string"), {"x": "hay" * 20_000 + "needle"}),
    (condition("x + '/' + y == '/a/b'", x="string", y="string"), {"x": "/a", "y": "b"}),
]


@pytest.mark.parametrize(("ordinary", "values"), ORDINARY, ids=brief)
def test_ordinary_conditions_are_within_the_bound(ordinary: Condition, values: dict[str, object]) -> None:
    """Conditions of everyday shape are answered over everyday values."""
    assert holds(ordinary, "{}", values)


NESTED = " || ".join(["x.matches(y)"] * 25)
DOUBLED = "[x]" + ".map(a, [a, a])" * 14
HELD = "[x]" + ".map(y, x.map(a, y))" * 10
HOSTILE: list[tuple[Condition, dict[str, object]]] = [
    (condition("[x]" + ".map(a, a + a)" * 25 + "[0] != ''", x="string"), {"x": "a"}),
    (condition(f"{DOUBLED} == {DOUBLED}", x="string"), {"x": "a"}),
    (condition(f"{HELD} == {HELD}", x="list<int>"), {"x": list(range(50))}),
    (condition("x.all(a, x.all(b, x.all(c, a + b + c >= 0)))", x="list<int>"), {"x": list(range(1_000))}),
    (condition("x.all(a, x.all(b, (a + a + a + a + a + b) != ''))", x="list<string>"), {"x": ["a" * 300] * 99}),
    (condition(f"x.all(a, {' && '.join(['x == x'] * 40)})", x="list<int>"), {"x": list(range(1_000))}),
    (condition(f"x.all(a, {' && '.join(['a in x'] * 25)})", x="list<int>"), {"x": list(range(200))}),
    (condition("x.all(a, x.all(b, a.in_cidr('10.0.0.0/8')))", x="list<ipaddress>"), {"x": ["10.0.0.1"] * 60}),
    (
        condition("x.matches(y)", x="string", y="string"),
        {"x": "a" * 400, "y": "((a|b?)" + "(a|b?)" * 15 + "){0,1000}c"},
    ),
    (condition(NESTED, x="string", y="string"), {"x": "a" * 30_000, "y": "(((a{0,31}){0,31}){0,1}){0,1}c"}),
    (condition(NESTED, x="string", y="string"), {"x": "a" * 700, "y": "(.*)" * 100 + "c"}),
    (condition("(x + x + x + x).matches(x)", x="string"), {"x": "(a*)*b" * 1_000}),
]


@pytest.mark.parametrize(("hostile", "values"), HOSTILE, ids=brief)
def test_hostile_conditions_end_quickly_or_are_refused(hostile: Condition, values: dict[str, object]) -> None:
    """No expression and no values keep the engine busy for long, however they play together."""
    validate_condition(hostile)

    started = time.perf_counter()
    try:
        answer: object = holds(hostile, "{}", values)
    except ConditionError as refused:
        answer = refused

    assert time.perf_counter() - started < 2  # a fifth of a second at most where nothing else runs
    assert isinstance(answer, bool | ConditionFailed)


@pytest.mark.parametrize(
    ("expression", "refused"),
    [
        ("x.all(a, x.all(b, a + b != 'c'))", True),
        ("x.all(a, x.all(b, a == b || '+,+,+ .map( .map( .map(' == a))", False),
        ("x.all(a, x.all(b, a == b || r'\\d' == a || b'+,+' == b''))", False),
        ("x.all(a, x.all(b, a == b || '\\'+,+,+' == a)) // + map + map", False),
        ('x.all(a, x.all(b, a == b || """c"+"d,+\n""" == a))', False),
        ("x.all(a, x.all(b, a == b || r'''+,\\d''' == a))", False),
        ("x.all(a, x.all(b, a == b || r'\\d' + a + R'\\d' == a))", True),
        ("x.all(a, x.all(b, a == b || '''c''d''' + a + '''e''f''' == a))", True),
    ],
)
def test_text_inside_strings_costs_nothing(expression: str, *, refused: bool) -> None:
    """Operators count where they act, and not in a string or comment, however it is quoted."""
    values = {"x": ["aaaa"] * 30}
    sound = condition(f"{expression}\n || true", x="list<string>")
    validate_condition(sound)

    if refused:
        with pytest.raises(ConditionFailed, match="condition `c` is too costly for values of this size"):
            holds(sound, "{}", values)
    else:
        assert holds(sound, "{}", values)


@pytest.mark.parametrize(
    ("expression", "pattern", "length"),
    [
        ("x == x", "a", 65_519),
        ("x.matches('a')", "a", 3_130),
        ("x.matches(pattern)", "a", 3_126),
        ("x.matches('a{2}')", "a", 543),
        ("x.matches(pattern)", "a{2}", 539),
        ("(x + x).matches('a')", "a", 1_543),
        ("x.matches('a') || x.matches('b')", "a", 2_186),
    ],
)
def test_the_bound_on_strings(expression: str, pattern: str, length: int) -> None:
    """Patterns bound the length of strings, joined or counted ones more than others, and so does the whole size."""
    one = condition(expression, x="string", pattern="string")

    assert holds(one, "{}", {"x": "a" * length, "pattern": pattern})
    with pytest.raises(ConditionFailed, match="too costly"):
        holds(one, "{}", {"x": "a" * (length + 1), "pattern": pattern})


@pytest.mark.parametrize(
    ("expression", "length"),
    [
        ("x.all(a, x.exists(b, b == a))", 87),
        ("x.all(a, x.exists(b, b == a || 'c' == ''))", 78),
        ("x.all(a, (x + [a, a]).exists(b, b == a))", 10),
    ],
)
def test_the_bound_on_lists(expression: str, length: int) -> None:
    """Loops inside loops bound the length of lists, and more so where lists grow on the way."""
    nested = condition(expression, x="list<bool>")

    assert holds(nested, "{}", {"x": [True] * length})
    with pytest.raises(ConditionFailed, match="too costly"):
        holds(nested, "{}", {"x": [True] * (length + 1)})


def test_the_bound_on_texts() -> None:
    """Loops that double a text bound its length, though they run over a single element."""
    doubled = condition("[x].map(a, a + a).map(a, a + a) != ['']", x="string")

    assert holds(doubled, "{}", {"x": "a" * 15780})
    with pytest.raises(ConditionFailed, match="too costly"):
        holds(doubled, "{}", {"x": "a" * (15780 + 1)})


def test_the_library_stops_after_ten_thousand_rounds() -> None:
    """Loops that the reckoning lets through still end where the library ends them, as a failure."""
    thrice = condition("x.all(a, x.all(b, x.all(c, true)))", x="list<bool>")

    assert holds(thrice, "{}", {"x": [True] * 20})
    with pytest.raises(ConditionFailed, match="has no result"):
        holds(thrice, "{}", {"x": [True] * 22})


def test_all_values_together_are_bounded() -> None:
    """Values that are fine one by one, stored or asked, may be too much together."""
    many = condition("a != b || a == b", a="string", b="string", c="map<string>")
    half = "x" * 32_700

    assert holds(many, json.dumps({"a": half}), {"b": half, "c": {}})
    with pytest.raises(ConditionFailed, match="too costly"):
        holds(many, json.dumps({"a": half}), {"b": half, "c": {"k": "x" * 150}})
