"""What conditions must be like, and the lists that name them; each fault beside what is none."""

import pytest

from authz_core import (
    Condition,
    Direct,
    Document,
    Model,
    Parameter,
    ParameterKind,
    ParameterType,
    Restriction,
    document_of,
)
from tests.authz_core.language.written import STORED, codes, doc, faults, in_json

LATE = "condition late(hour: int) { hour > 20 }\n"
ON_C = {"r": [{"type": "user", "condition": "c"}]}


def model(expression: str, parameters: str = "x: int") -> str:
    """A model with this condition."""
    return doc("r: [user with c]", below=f"condition c({parameters}) {{ {expression} }}\n")


def made(parameters: tuple[Parameter, ...]) -> Document:
    """A model as a program may make it, with a condition of these parameters."""
    return document_of(
        Model(
            types={"user": {}, "doc": {"r": Direct((Restriction("user", condition="c"),))}},
            conditions={"c": Condition("c", parameters, "true")},
        )
    )


@pytest.mark.parametrize(
    ("code", "wrong", "right"),
    [
        ("condition-not-defined", doc("r: [user with late]"), doc("r: [user with late]", below=LATE)),
        (
            "condition-not-defined",
            doc("r: [user with Late, group with late]", below=LATE),
            doc("r: [user with late, group with late]", below=LATE),
        ),
        ("condition-not-used", doc("r: [user]", below=LATE), doc("r: [user, user with late]", below=LATE)),
        ("invalid-expression", model("x >"), model("x > 0")),
        ("invalid-expression", model("y > 0"), model("x > 0")),
        ("invalid-expression", model("x + 1"), model("x + 1 == 2")),
        ("invalid-expression", model("x > 0.0"), model("x > 0.0", "x: double")),
        ("too-many-parameters", model("true", ", ".join(f"x{n}: int" for n in range(26))), model("true")),
        ("expression-too-long", model(f"x > {'0' * 509}1"), model("x > 1")),
    ],
)
def test_conditions_are_defined_used_and_mean_something(code: str, wrong: str, right: str) -> None:
    """A condition exists where it is named, is named where it exists, and is true or false of its parameters."""
    assert codes(wrong) == [code]
    assert codes(right) == []


def test_a_condition_is_as_large_as_the_limits_allow() -> None:
    """Twenty-five parameters and 512 bytes are not too much, counted in bytes and not in characters."""
    parameters = ", ".join(f"x{number}: int" for number in range(25))

    assert codes(model("x0 > 0", parameters)) == []
    assert codes(model(f"x > 0 // {'x' * 503}")) == []
    assert codes(model(f"x > 0 // {'x' * 504}")) == ["expression-too-long"]
    assert codes(model(f"x > 0 // {'é' * 252}")) == ["expression-too-long"]


@pytest.mark.parametrize("name", ["d", "C"])
def test_a_condition_has_the_name_under_which_it_is_listed(name: str) -> None:
    """Where the JSON form calls a condition by two names, neither is believed."""
    condition = {"name": name, "expression": "true", "parameters": {"x": {"type_name": "TYPE_NAME_BOOL"}}}
    named = in_json({"r": STORED}, ON_C, conditions={"c": condition})

    assert codes(named) == ["different-nested-condition-name"]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        (ParameterType(ParameterKind.LIST), ParameterType(ParameterKind.LIST, ParameterKind.INT)),
        (ParameterType(ParameterKind.MAP), ParameterType(ParameterKind.MAP, ParameterKind.INT)),
        (ParameterType(ParameterKind.INT, ParameterKind.INT), ParameterType(ParameterKind.INT)),
        (ParameterType(ParameterKind.ANY, ParameterKind.INT), ParameterType(ParameterKind.ANY)),
        (
            ParameterType(ParameterKind.LIST, ParameterKind.LIST),
            ParameterType(ParameterKind.LIST, ParameterKind.STRING),
        ),
    ],
)
def test_lists_and_maps_say_what_they_hold(wrong: ParameterType, right: ParameterType) -> None:
    """The type of a parameter has a scalar type of elements exactly if it is a list or a map."""
    assert codes(made((Parameter("x", wrong),))) == ["invalid-parameter-type"]
    assert codes(made((Parameter("x", right),))) == []


@pytest.mark.parametrize("name", ["1x", "x y", "", "é", "x.y"])
def test_a_parameter_is_called_as_an_expression_can_call_it(name: str) -> None:
    """A parameter has letters, digits, `_` and `-` in its name, in whatever form the model is written."""
    assert codes(made((Parameter(name, ParameterType(ParameterKind.INT)),))) == ["invalid-name"]


def test_a_parameter_is_declared_once() -> None:
    """Of a parameter that is declared twice nobody could tell the type."""
    parameter = Parameter("x", ParameterType(ParameterKind.INT))

    assert codes(made((parameter, parameter))) == ["duplicated-error"]


def test_faults_of_conditions_stand_beside_those_of_relations() -> None:
    """Conditions are judged in any case, at whatever stage the relations fail."""
    assert codes(doc("self: [user]", below=LATE)) == ["reserved-relation-keywords", "condition-not-used"]
    assert codes(doc("r: ghost", below=LATE)) == ["missing-definition", "condition-not-used"]


def test_the_place_of_an_unknown_condition_is_reported() -> None:
    """A fault says which entry names what does not exist."""
    (fault,) = faults(doc("r: [user, user with late]"))

    assert fault.found == "late"
    assert fault.position is not None
    assert (fault.position.line, fault.position.column) == (8, 21)
