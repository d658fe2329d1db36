"""Rows that a caller may see, chosen in the database: those that are hidden never leave it.

shown = await visible_to(service, caller, "document:view", type="app")
rows = session.scalars(select(Document).where(shown.rows(Document.app)))
"""

import json
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, String, Text, and_, bindparam, column, select, type_coerce
from sqlalchemy.exc import CompileError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from delegation.client.service.deciding import Decider
from delegation.client.service.delegated_caller import DelegatedCaller

Column = ColumnElement[Any] | InstrumentedAttribute[Any]


async def visible_to(service: Decider, caller: DelegatedCaller, permission: str, *, type: str) -> "Visible":
    """Return the resources of a type to which the caller may do it at this moment, for conditions on rows.

    It is one search, however many rows there are, and holds one name in memory for each resource that is visible.
    Make it for each request and let it go with that: what is revoked later is not taken out of it.
    Raises Unavailable and the other errors of this library where it cannot be told.
    """
    found = [reference async for reference in service.search_resources(caller, permission, type)]
    return Visible(type, frozenset(found))


@dataclass(frozen=True, slots=True)
class Visible:
    """The resources of one type that one caller may see, as they were when it was asked."""

    type: str
    resources: frozenset[str] = field(repr=False)
    """As `type:id`."""

    def rows(self, about: Column, *, with_type: bool = False) -> ColumnElement[bool]:
        """Return the condition that a row is about one of them; `about` holds the id, or `type:id` `with_type`.

        Texts are compared byte by byte, whatever the collation of the column; a row about nothing is not shown. The
        names are one parameter, however many they are. An outer join wants the condition where it joins.
        For SQLite and PostgreSQL. Raises TypeError for a column that holds no text.
        """
        if not isinstance(about.type, String):
            raise TypeError(f"the column is of type {about.type!r}; resources are named in columns of text")
        names = sorted(self.resources if with_type else (each.partition(":")[2] for each in self.resources))
        listed = _elements(bindparam(None, json.dumps(names), type_=Text(), unique=True))
        text = type_coerce(about, Text)
        # The first comparison may use an index; the second is exact where the column's own collation is not.
        return and_(text.in_(listed), _Bytewise(text).in_(listed))


class _Bytewise(FunctionElement[str]):
    """A text that equals only itself, whatever the collation of the column that it comes from."""

    name = "bytewise"
    type = Text()
    inherit_cache = True


class _Listed(FunctionElement[str]):
    """The texts in a JSON array, one a row."""

    name = "listed"
    type = Text()
    inherit_cache = True


def _elements(listed: ColumnElement[str]) -> Select[tuple[str]]:
    """Return the texts of a JSON array as a subquery."""
    return select(_Listed(listed).table_valued(column("value", Text)).c.value)


@compiles(_Bytewise)
@compiles(_Listed)
def _elsewhere(element: FunctionElement[str], compiler: SQLCompiler, **_: Any) -> str:
    raise CompileError(f"`{element.name}` is known for SQLite and PostgreSQL, and not for {compiler.dialect.name}")


@compiles(_Bytewise, "sqlite")
def _bytewise_on_sqlite(element: _Bytewise, compiler: SQLCompiler, **options: Any) -> str:
    return f"({compiler.process(element.clauses, **options)} COLLATE BINARY)"


@compiles(_Bytewise, "postgresql")
def _bytewise_on_postgresql(element: _Bytewise, compiler: SQLCompiler, **options: Any) -> str:
    return f'(CAST({compiler.process(element.clauses, **options)} AS TEXT) COLLATE "C")'


@compiles(_Listed, "sqlite")
def _listed_on_sqlite(element: _Listed, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


@compiles(_Listed, "postgresql")
def _listed_on_postgresql(element: _Listed, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_array_elements_text(CAST({compiler.process(element.clauses, **options)} AS JSON))"
