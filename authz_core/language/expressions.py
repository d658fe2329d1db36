"""Expressions as they are written behind `define NAME:`."""

from collections.abc import Iterator
from typing import NamedTuple

from authz_core.errors import quoted
from authz_core.language.cursor import OPERATOR, Cursor
from authz_core.language.document import (
    ComputedUserset,
    Difference,
    Entry,
    Expression,
    IntersectionOf,
    This,
    TupleToUserset,
    UnionOf,
)
from authz_core.language.faults import Fault, InvalidDocument
from authz_core.language.tokens import OPERATORS
from authz_core.model.rewrites import Restriction

DEEPEST = 64
"""How many parentheses may be open at once."""


class Definition(NamedTuple):
    """What a relation is defined as: an expression, and the entries of its direct list."""

    expression: Expression
    entries: tuple[Entry, ...]


def read_definition(cursor: Cursor) -> Definition:
    """Read the whole rest of a `define` statement; raise `InvalidDocument`."""
    entries: list[Entry] = []
    expression = _expression(cursor, entries, 0, leftmost=True)
    cursor.end(f"{OPERATOR}, or the end of the line")
    return Definition(expression, tuple(entries))


def _expression(cursor: Cursor, entries: list[Entry], depth: int, *, leftmost: bool) -> Expression:
    first = _operand(cursor, entries, depth, leftmost=leftmost)
    operator = cursor.operator()
    if operator is None:
        return first
    operands = [first, _operand(cursor, entries, depth, leftmost=False)]
    while cursor.here.text == operator != "but not":
        cursor.operator()
        operands.append(_operand(cursor, entries, depth, leftmost=False))
    if cursor.here.text in OPERATORS:
        raise cursor.wrong(f"parentheses around what {quoted(operator)} joins")
    match operator:
        case "or":
            return UnionOf(tuple(operands))
        case "and":
            return IntersectionOf(tuple(operands))
        case _:
            return Difference(*operands)


def _operand(cursor: Cursor, entries: list[Entry], depth: int, *, leftmost: bool) -> Expression:
    match cursor.here.text:
        case "[":
            if not leftmost:
                raise cursor.wrong("a relation: a list of types stands at the very left, and once")
            entries.extend(_list(cursor))
            return This()
        case "(":
            return _group(cursor, entries, depth, leftmost=leftmost)
        case _:
            return _reference(cursor, "a relation, a list of types or `(`" if leftmost else "a relation or `(`")


def _group(cursor: Cursor, entries: list[Entry], depth: int, *, leftmost: bool) -> Expression:
    opened = cursor.take()
    if depth == DEEPEST:
        raise InvalidDocument(
            Fault("too-deep", f"more than {DEEPEST} parentheses are open", opened.at, opened.text),
        )
    inside = _expression(cursor, entries, depth + 1, leftmost=leftmost)
    cursor.expect(")", f"{OPERATOR}, or `)`")
    return inside


def _reference(cursor: Cursor, expected: str) -> ComputedUserset | TupleToUserset:
    relation = cursor.name(expected)
    if not cursor.accepts("from"):
        return ComputedUserset(relation.text, relation.at)
    tupleset = cursor.name("the name of a relation")
    return TupleToUserset(relation.text, tupleset.text, relation.at, tupleset.at)


def _list(cursor: Cursor) -> Iterator[Entry]:
    cursor.take()
    yield _entry(cursor)
    while cursor.accepts(","):
        yield _entry(cursor)
    cursor.expect("]", "`,` or `]`")


def _entry(cursor: Cursor) -> Entry:
    """Read one entry of a list: line breaks are allowed around it, not in it."""
    type_ = cursor.name("the name of a type")
    relation, wildcard, condition = None, False, None
    if cursor.accepts_glued(":"):
        wildcard = cursor.accepts_glued("*")
        if not wildcard:
            raise cursor.wrong("`*` right behind `:`")
    elif cursor.accepts_glued("#"):
        if not cursor.here.glued:
            raise cursor.wrong("the name of a relation right behind `#`")
        relation = cursor.name("the name of a relation").text
    if cursor.here.text == "with" and cursor.here.at.line == type_.at.line:
        condition = _condition_of(cursor)
    return Entry(Restriction(type_.text, relation, wildcard, condition), type_.at)


def _condition_of(cursor: Cursor) -> str:
    if cursor.here.glued:
        raise cursor.wrong("a blank before `with`")
    line = cursor.take().at.line
    if cursor.here.at.line != line:
        raise cursor.wrong("the name of a condition in the same line")
    return cursor.identifier("the name of a condition").text
