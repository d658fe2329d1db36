"""JSON values turned into what parameters take, strictly: nothing is guessed, and no truth value is a number."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from authz_core.conditions.failures import Unfit
from authz_core.conditions.moments import duration, timestamp
from authz_core.conditions.networks import canonical
from authz_core.conditions.numerals import INT, UINT, double, integer
from authz_core.errors import quoted
from authz_core.model.conditions import ParameterKind, ParameterType

LONGEST_LIST: Final = 1_000
"""Elements that a list, a map or a value of any type may have."""

LONGEST_STRING: Final = 64 * 1024
"""Characters that a string may have."""

_DEEPEST: Final = 32  # lists and maps in each other
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def _boolean(value: object) -> bool:
    """Return a truth value."""
    if not isinstance(value, bool):
        raise Unfit
    return value


def _string(value: object) -> str:
    """Return a text that UTF-8 can hold, without control characters."""
    if not isinstance(value, str) or len(value) > LONGEST_STRING:
        raise Unfit
    if not value.isprintable():
        # The library ends a text at its first null character, and would find `admin\0x` equal to `admin`.
        if _CONTROL.search(value):
            raise Unfit(f"{quoted(value)} has a control character")
        value.encode()
    return str.__str__(value)


def _address(value: object) -> str:
    """Return an address in its canonical form."""
    return canonical(_string(value))


Scalar = Callable[[object], object]
Held = TypeVar("Held", list[object], dict[object, object])

SCALARS: Final[Mapping[ParameterKind, Scalar]] = {
    ParameterKind.BOOL: _boolean,
    ParameterKind.STRING: _string,
    ParameterKind.INT: lambda value: integer(value, INT),
    ParameterKind.UINT: lambda value: integer(value, UINT),
    ParameterKind.DOUBLE: double,
    ParameterKind.DURATION: duration,
    ParameterKind.TIMESTAMP: timestamp,
    ParameterKind.IPADDRESS: _address,
}
"""What makes a value of each scalar kind; whatever does not fit raises a `ValueError`."""

_JSON: Final = {
    type(None): "null",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "a map",
}


def coerced(type: ParameterType, value: object) -> object:
    """Return the value as the type wants it; raise `Unfit`, saying why, for what is not of the type."""
    if type.kind is ParameterKind.ANY:
        return _anything(value)
    if type.kind is ParameterKind.LIST and isinstance(value, list):
        return [_scalar(type.element, each) for each in _bounded(value)]
    if type.kind is ParameterKind.MAP and isinstance(value, dict):
        return {_scalar(ParameterKind.STRING, key): _scalar(type.element, value[key]) for key in _bounded(value)}
    return _scalar(type.kind, value)


def _scalar(kind: ParameterKind | None, value: object) -> object:
    """Return the value as the kind wants it; lists and maps are nobody's elements."""
    scalar = SCALARS.get(kind) if kind else None
    try:
        if scalar is not None:
            return scalar(value)
    except Unfit as unfit:
        if unfit.args:
            raise
    except ValueError:
        pass  # The general message says it best.
    raise Unfit(f"{_shown(value)} is no `{kind}`")


def _bounded(value: Held) -> Held:
    """Return a list or map that is short enough."""
    if len(value) > LONGEST_LIST:
        raise Unfit(f"a list or map has {len(value)} elements, more than {LONGEST_LIST}")
    return value


def _anything(value: object) -> object:
    """Return a copy of any JSON value."""
    root = [value]
    unvisited: list[tuple[Any, int]] = [(root, 0)]
    seen = -1  # the list around the value is none of its elements
    while unvisited:
        copy, depth = unvisited.pop()
        seen += len(copy)
        if seen > LONGEST_LIST or depth > _DEEPEST:
            raise Unfit(f"a value has more than {LONGEST_LIST} elements or {_DEEPEST} levels")
        for key in range(len(copy)) if isinstance(copy, list) else copy:
            plain = copy[key] = _plain(copy[key])
            if isinstance(plain, list | dict):
                unvisited.append((plain, depth + 1))
    return root[0]


def _plain(value: object) -> object:
    """Return a JSON value, a list or map as a new one with its elements unchanged; numbers are doubles in JSON."""
    match value:
        case None | bool():
            return value
        case int() | float():
            return _scalar(ParameterKind.DOUBLE, value)
        case list():
            return list(_bounded(value))
        case dict():
            return {_scalar(ParameterKind.STRING, key): each for key, each in _bounded(value).items()}
        case _:
            return _scalar(ParameterKind.STRING, value)


def _shown(value: object) -> str:
    """Name a value in an error message: a string by itself, shortened, and anything else by its kind."""
    return quoted(value) if isinstance(value, str) else _JSON.get(type(value), "a value that JSON does not have")
