"""Conditions that mean nothing, and contexts that could never fit, are refused when they are written."""

import json

import pytest

from authz_core import (
    Condition,
    ConditionFailed,
    InvalidModel,
    InvalidRelationship,
    Parameter,
    ParameterKind,
    ParameterType,
    holds,
    validate_condition,
    validate_context,
)
from tests.authz_core.conditions.expressions import brief, condition
from tests.authz_core.refusals import refusal


@pytest.mark.parametrize(
    "sound",
    [
        condition("x < 1", x="int"),
        condition("x.a == y || z[0] == x.b", x="any", y="string", z="list<double>"),
        condition("true"),
        condition("x == 1 // one\n && x > 0", x="int"),
        condition("p24 == 1", **{f"p{n}": "int" for n in range(25)}),
        condition("x == '" + "a" * 505 + "'", x="string"),
    ],
)
def test_a_sound_condition_is_accepted(sound: Condition) -> None:
    """An expression that is true or false of its parameters is accepted, up to the limits."""
    assert refusal(validate_condition, sound) is None


UNSOUND: list[tuple[Condition, str]] = [
    (condition("x ==", x="int"), "condition `c` does not compile, line 1, column 5: `Syntax error"),
    (condition("x < 1 &&\n y > 1", x="int"), "line 2, column 2: `undeclared reference to"),
    (condition("x", x="int"), "condition `c` is not true or false"),
    (condition("x", x="any"), "condition `c` is not true or false"),
    (condition("x == 1.5 && x == 0", x="double"), "does not compile"),
    (condition("x == 0", x="uint"), "does not compile"),
    (condition("x == 0u", x="int"), "does not compile"),
    (condition("now() > x", x="timestamp"), "does not compile"),
    (condition("x.in_cidr(1)", x="ipaddress"), "does not compile"),
    (condition("", x="int"), "does not compile"),
    (condition("\ud800 == 1", x="int"), "does not compile"),
    (condition("(" * 100 + "x" + ")" * 100 + " == 1", x="int"), "it may be nested too deeply"),
    (condition(" + ".join("x" * 40) + " == 1", x="int"), "does not compile"),
    (condition("p == 1", **{f"p{n}": "int" for n in range(26)}), "has 26 parameters, more than 25"),
    (condition("x == '" + "a" * 506 + "'", x="string"), "takes 513 bytes, more than 512"),
    (condition("x == '" + "é" * 253 + "'", x="string"), "takes 513 bytes, more than 512"),
    (condition("size(x) > 0", x="list"), "parameter `x` of condition `c` has no type `list`"),
    (condition("size(x) > 0", x="map<any>"), "has no type `map<any>`"),
    (condition("size(x) > 0", x="list<list>"), "has no type `list<list>`"),
    (condition("true\0 && false", x="int"), "the expression of condition `c` has a control character"),
    (condition("x == 1", **{"x y": "int"}), "condition `c` has a parameter `x y`, letters, digits"),
    (condition("x == 1", **{"x\0": "int"}), "condition `c` has a parameter `x\\x00`, letters"),
    (condition("x == 1", **{"x" * 51: "int"}), "condition `c` has a parameter `xxxx"),
    (condition("x > 0", x="int<int>"), "has no type `int<int>`"),
    (condition("x > 0", x="any<int>"), "has no type `any<int>`"),
]


@pytest.mark.parametrize(("unsound", "problem"), UNSOUND, ids=brief)
def test_an_unsound_condition_is_refused(unsound: Condition, problem: str) -> None:
    """Whatever does not compile to true or false over its parameters, or breaks a limit, is refused with its reason."""
    with pytest.raises(InvalidModel) as refused:
        validate_condition(unsound)

    assert problem in str(refused.value)
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize("unsound", [condition("x ==", x="int"), condition("x == x", x="list<list>")])
def test_an_unsound_condition_is_never_met(unsound: Condition) -> None:
    """A condition that nobody validated fails when it is asked."""
    values: list[object] = [1, []]
    for value in values:
        with pytest.raises(ConditionFailed):
            holds(unsound, "{}", {"x": value})


def test_every_problem_is_named() -> None:
    """Limits and types are reported together, a parameter declared twice with them."""
    twice = Parameter("x", ParameterType(ParameterKind.LIST))

    with pytest.raises(InvalidModel) as refused:
        validate_condition(Condition("c", (twice, twice), "x" * 600))

    assert refused.value.problems == (
        "the expression of condition `c` takes 600 bytes, more than 512",
        "parameter `x` of condition `c` has no type `list`",
        "condition `c` declares parameter `x` twice",
        "parameter `x` of condition `c` has no type `list`",
    )


OFFICE = condition(
    "ip.in_cidr(net) && tag in tags", ip="ipaddress", net="string", tag="string", tags="list<string>", more="any"
)


@pytest.mark.parametrize(
    "context",
    [
        {},
        {"ip": "10.0.0.1"},
        {"net": "10.0.0.0/8", "tags": ["a", "b"], "more": {"a": [None, 1]}},
        {"net": "a" * 32_757},
    ],
)
def test_a_context_may_be_partial(context: dict[str, object]) -> None:
    """Declared parameters with fitting values may be stored, all of them or some, up to 32 KiB."""
    assert refusal(validate_context, OFFICE, json.dumps(context)) is None


@pytest.mark.parametrize(
    ("context", "problem"),
    [
        ('{"port":1}', "`port` is no parameter of condition `c`"),
        ('{"ip":"10.0.0"}', "the context of condition `c`: `10.0.0` is no `ipaddress`"),
        ('{"ip":null}', "null is no `ipaddress`"),
        ('{"tags":["a",1]}', "a number is no `string`"),
        ('{"tags":"a"}', "`a` is no `list`"),
        (json.dumps({"net": "a" * 32_758}), "takes more than 32768 bytes"),
        ("[]", "no JSON object"),
        ("{", "no JSON"),
        ('{"net":"a\\nb"}', "`a\\nb` has a control character"),
        ('{"net":"\\u0085"}', "control character"),
        ('{"tags":["a","\\u0000"]}', "control character"),
        ('{"more":{"a":["\\u007f"]}}', "control character"),
        ('{"more":{"\\t":1}}', "control character"),
        ('{"\\t":1}', "`\\t` is no parameter"),
    ],
)
def test_a_context_that_never_fits_is_refused(context: str, problem: str) -> None:
    """An undeclared key, a value of another type, a control character and too much text are refused when written."""
    with pytest.raises(InvalidRelationship) as refused:
        validate_context(OFFICE, context)

    assert problem in str(refused.value)
