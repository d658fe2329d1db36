"""The Common Expression Language: the only file that knows the library which evaluates it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from authz_core.conditions.declaration import problems
from authz_core.conditions.failures import ConditionFailed, MissingLibrary
from authz_core.conditions.networks import canonical, in_cidr
from authz_core.conditions.work import LARGEST, WORK, Shape, weigh
from authz_core.errors import InvalidModel, quoted
from authz_core.model.conditions import Condition, Parameter, ParameterKind, ParameterType

# Programs kept. No decision is kept with them: a program is a function of the condition's text, which is its key and
# never changes, and of nothing that is stored or asked. One takes some 100 kB.
_KEPT: Final = 256

# How the library fails: as a value, and as these. What it says may repeat values, so none of it is passed on.
_FAILURES: Final = (RuntimeError, TypeError, ValueError, ArithmeticError, MemoryError)

_FAULT: Final = re.compile(r"ERROR: <input>:([0-9]+):([0-9]+): ([^\n]*)")

_NAMES: Final = {
    ParameterKind.BOOL: "BOOL",
    ParameterKind.STRING: "STRING",
    ParameterKind.INT: "INT",
    ParameterKind.UINT: "UINT",
    ParameterKind.DOUBLE: "DOUBLE",
    ParameterKind.DURATION: "DURATION",
    ParameterKind.TIMESTAMP: "TIMESTAMP",
    # A canonical text. As a type of its own it could not be evaluated, as a string not be compared with null.
    ParameterKind.IPADDRESS: "DYN",
    ParameterKind.ANY: "DYN",
}


@dataclass(frozen=True, slots=True)
class Program:
    """A condition, ready to be evaluated; threads may share it, it keeps nothing between evaluations."""

    name: str
    shape: Shape
    expression: Any
    boolean: Any

    def evaluate(self, values: Mapping[str, object]) -> bool:
        """Tell whether the expression is true of the values; raise `ConditionFailed` if it has no result."""
        weight = weigh(values)
        if weight.size > LARGEST or self.shape.work(weight) > WORK:
            raise ConditionFailed(f"condition {quoted(self.name)} is too costly for values of this size")
        try:
            outcome = self.expression.eval(data=values)
            # The outcome is an object, which counts as true whatever it says; most errors are outcomes, too.
            if outcome.type() == self.boolean:
                return outcome.value() is True
        except _FAILURES:
            pass  # Like an outcome of another type: no result.
        raise ConditionFailed(f"condition {quoted(self.name)} has no result for these values")


@lru_cache(_KEPT)
def compiled(condition: Condition) -> Program:
    """Return the program of a condition; raise `InvalidModel` for one that cannot be true or false."""
    faults = tuple(problems(condition))
    if faults:
        raise InvalidModel(*faults)
    cel = _library()
    try:
        expression = _environment(condition.parameters).compile(condition.expression)
    except _FAILURES as failure:
        raise InvalidModel(_fault(condition, str(failure))) from None
    if expression.return_type() != cel.Type.BOOL:
        raise InvalidModel(f"condition {quoted(condition.name)} is not true or false, a comparison is wanted")
    return Program(condition.name, Shape.of(condition.expression), expression, cel.Type.BOOL)


def _library() -> Any:  # noqa: ANN401 - the library has no types that count
    """Return the library, imported when the first condition needs it."""
    try:
        from cel_expr_python import cel  # noqa: PLC0415 - models without conditions work where it is not installed
    except ImportError:
        raise MissingLibrary("conditions need the package `cel-expr-python`, which is not installed") from None
    return cel


@lru_cache(_KEPT)
def _environment(parameters: tuple[Parameter, ...]) -> Any:  # noqa: ANN401 - the library has no types that count
    """Return what expressions over these parameters may speak of."""
    cel = _library()
    text, boolean, address = cel.Type.STRING, cel.Type.BOOL, cel.Type.DYN
    return cel.NewEnv(
        variables={parameter.name: _type(parameter.type) for parameter in parameters},
        functions=[
            cel.FunctionDecl("ipaddress", [cel.Overload("ipaddress_string", address, [text], impl=canonical)]),
            cel.FunctionDecl(
                "in_cidr",
                [cel.Overload("ipaddress_in_cidr", boolean, [text, text], is_member=True, impl=in_cidr)],
            ),
        ],
    )


def _type(type: ParameterType) -> Any:  # noqa: ANN401 - the library has no types that count
    """Return the library's type for a parameter."""
    types = _library().Type
    if type.element is None:
        return getattr(types, _NAMES[type.kind])
    element = getattr(types, _NAMES[type.element])
    return types.List(element) if type.kind is ParameterKind.LIST else types.Map(types.STRING, element)


def _fault(condition: Condition, said: str) -> str:
    """Return what is wrong with an expression, at which line and column if the library says so."""
    name = quoted(condition.name)
    fault = _FAULT.search(said)
    if fault is None:
        return f"condition {name} does not compile, it may be nested too deeply"
    line, column, reason = fault.groups()
    return f"condition {name} does not compile, line {line}, column {column}: {quoted(reason)}"
