"""JSON, read strictly: no key twice, no numbers that JSON does not know, every value of a list with its place."""

import json
import re
from collections.abc import Iterator
from typing import NoReturn

from delegation.policy.faults import Fault, InvalidPolicy, Place, quoted
from delegation.policy.sources import Source
from delegation.policy.values.nodes import Node
from delegation.policy.values.scalars import Scalar
from delegation.policy.values.strict_yaml import DEEPEST

_BLANKS = re.compile(r"[ \t\r\n]*")


class _RepeatedError(ValueError):
    """A key stands twice in one table."""


def _table(pairs: list[tuple[str, object]]) -> dict[str, object]:
    table = dict(pairs)
    if len(table) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _RepeatedError(f"{quoted(twice)} stands here twice")
    return table


def _written(text: str) -> Scalar:
    return Scalar(text, resolves=True, typed=True)


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"`{text}` is no number")


_DECODER = json.JSONDecoder(object_pairs_hook=_table, parse_int=_written, parse_float=_written, parse_constant=_refuse)


def read_json_list(source: Source) -> tuple[Node, ...]:
    """Return the values of the list that the file is."""
    if not source.text.strip():
        raise source.fault("the file is empty")
    return tuple(_values(source))


def read_json_lines(source: Source) -> tuple[Node, ...]:
    """Return the values of the file's lines, those without any left out."""
    nodes = []
    for number, line in enumerate(source.lines, start=1):
        if line.strip():
            place = Place(source.name, number, 1)
            value, end = _decoded(line, _after_blanks(line, 0), place)
            if _after_blanks(line, end) < len(line):
                raise InvalidPolicy(Fault(place, "one value a line is wanted"))
            nodes.append(value)
    if not nodes:
        raise source.fault("the file is empty")
    return tuple(nodes)


def _values(source: Source) -> Iterator[Node]:
    text = source.text
    at = _expected(source, 0, "[")
    if text.startswith("]", at):
        _end(source, at + 1)
        return
    while True:
        value, at = _decoded(text, at, source.place(at))
        yield value
        at = _after_blanks(text, at)
        if text.startswith("]", at):
            _end(source, at + 1)
            return
        at = _expected(source, at, ",")


def _expected(source: Source, at: int, sign: str) -> int:
    at = _after_blanks(source.text, at)
    if not source.text.startswith(sign, at):
        wanted = "a list `[...]` is wanted" if sign == "[" else "`,` or `]` is wanted"
        raise InvalidPolicy(Fault(source.place(at), wanted))
    return _after_blanks(source.text, at + 1)


def _end(source: Source, at: int) -> None:
    at = _after_blanks(source.text, at)
    if at < len(source.text):
        raise InvalidPolicy(Fault(source.place(at), "nothing may follow the list"))


def _after_blanks(text: str, at: int) -> int:
    blanks = _BLANKS.match(text, at)
    return at if blanks is None else blanks.end()


def _decoded(text: str, at: int, place: Place) -> tuple[Node, int]:
    try:
        value, end = _DECODER.raw_decode(text, at)
    except json.JSONDecodeError as error:
        if place.column:
            # The text is a whole file, or one line of it.
            place = Place(place.file, max(place.line, error.lineno), error.colno)
        raise InvalidPolicy(Fault(place, f"this is no JSON: {error.msg}")) from None
    except ValueError as error:
        raise InvalidPolicy(Fault(place, str(error))) from None
    except RecursionError:
        raise InvalidPolicy(Fault(place, f"lists and tables lie more than {DEEPEST} deep in each other")) from None
    return json_node(value, place), end


def read_json_object(text: str, place: Place) -> Node:
    """Return the one value that a text is."""
    value, end = _decoded(text, _after_blanks(text, 0), place)
    if _after_blanks(text, end) < len(text):
        raise InvalidPolicy(Fault(place, f"{quoted(text)} is more than one value"))
    return value


def json_node(value: object, place: Place, depth: int = 0) -> Node:
    """Return a decoded value with its place."""
    if depth > DEEPEST:
        raise InvalidPolicy(Fault(place, f"lists and tables lie more than {DEEPEST} deep in each other"))
    match value:
        case Scalar():
            return Node(place, value)
        case str():
            return Node(place, Scalar(value))
        case list():
            return Node(place, tuple(json_node(each, place, depth + 1) for each in value))
        case dict():
            return Node(place, {str(key): json_node(each, place, depth + 1) for key, each in value.items()})
        case _:
            return Node(place, Scalar(json.dumps(value), resolves=True, typed=True))
