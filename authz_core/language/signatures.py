"""Conditions as they are written: a name, typed parameters and an expression in braces."""

from authz_core.errors import quoted
from authz_core.language.bodies import trimmed
from authz_core.language.cursor import Cursor
from authz_core.language.document import ConditionDefinition, Position
from authz_core.language.faults import Fault, InvalidDocument
from authz_core.model.conditions import Condition, Parameter, ParameterKind, ParameterType

CONTAINERS = frozenset({ParameterKind.LIST, ParameterKind.MAP})
SCALARS = frozenset(ParameterKind) - CONTAINERS - {ParameterKind.ANY}

_SCALAR = "one of `bool`, `string`, `int`, `uint`, `double`, `duration`, `timestamp`, `ipaddress`"


def is_parameter(text: str) -> bool:
    """Tell whether a parameter may be called so in text, apart from what no condition may be called."""
    return text not in SCALARS | CONTAINERS


def read_condition(cursor: Cursor) -> ConditionDefinition:
    """Read the rest of a `condition` statement; raise `InvalidDocument`."""
    name = cursor.identifier("the name of a condition")
    cursor.expect("(")
    parameters: dict[str, ParameterType] = {}
    _add_parameter(cursor, parameters)
    while cursor.accepts(","):
        _add_parameter(cursor, parameters)
    cursor.expect(")", "`,` or `)`")
    expression = _expression(cursor)
    listed = tuple(Parameter(parameter, type_) for parameter, type_ in parameters.items())
    return ConditionDefinition(Condition(name.text, listed, expression), at=name.at)


def _add_parameter(cursor: Cursor, parameters: dict[str, ParameterType]) -> None:
    if not is_parameter(cursor.here.text):
        raise cursor.wrong("the name of a parameter, which no type of values is")
    name = cursor.identifier("the name of a parameter")
    if name.text in parameters:
        raise InvalidDocument(twice("parameter", name.text, name.at))
    cursor.expect(":")
    parameters[name.text] = _type(cursor)


def _type(cursor: Cursor) -> ParameterType:
    if cursor.here.text in CONTAINERS:
        kind = ParameterKind(cursor.take().text)
        cursor.expect("<")
        element = _scalar(cursor, _SCALAR)
        cursor.expect(">")
        return ParameterType(kind, element)
    return ParameterType(_scalar(cursor, f"`list`, `map` or {_SCALAR}"))


def _scalar(cursor: Cursor, expected: str) -> ParameterKind:
    if cursor.here.text not in SCALARS:
        raise cursor.wrong(expected)
    return ParameterKind(cursor.take().text)


def _expression(cursor: Cursor) -> str:
    cursor.expect("{")
    body = cursor.take()
    if cursor.here.text in {'"', "'"}:
        raise cursor.wrong("a string that is closed")
    cursor.expect("}", "`}` at the end of the expression, in which no braces can stand")
    cursor.end()
    if not trimmed(body.text):
        raise InvalidDocument(Fault("syntax-error", "the body is empty", body.at, "", "an expression"))
    return trimmed(body.text)


def twice(what: str, name: str, at: Position | None) -> Fault:
    """Return the fault that something is defined a second time."""
    return Fault("duplicated-error", f"{what} {quoted(name)} is defined twice", at, name)
