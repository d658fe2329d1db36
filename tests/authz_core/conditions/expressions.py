"""Conditions written in one line, and questions put to them."""

import json

from authz_core import Condition, Parameter, ParameterKind, ParameterType, holds


def typed(written: str) -> ParameterType:
    """Return the type that is written so: `int` or `list<int>`."""
    kind, _, element = written.rstrip(">").partition("<")
    return ParameterType(ParameterKind(kind), ParameterKind(element) if element else None)


def condition(expression: str, **types: str) -> Condition:
    """Return a condition named `c` over parameters of these types."""
    return Condition("c", tuple(Parameter(name, typed(type)) for name, type in types.items()), expression)


def met(expression: str, type: str, value: object) -> bool:
    """Tell whether an expression over one parameter `x` is true of a value that the question brings along."""
    return holds(condition(expression, x=type), "{}", {"x": value})


def stored(expression: str, type: str, value: object) -> bool:
    """Tell whether an expression over one parameter `x` is true of a value that is stored."""
    return holds(condition(expression, x=type), json.dumps({"x": value}), {})


def brief(value: object) -> str:
    """Name a value in the name of a test."""
    return ascii(value)[:40]
