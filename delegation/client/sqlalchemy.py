"""Rows that a caller may see, chosen in the database: those that are hidden never leave it.

shown = await visible_to(service, caller, "document:view", type="app")
rows = session.scalars(select(Document).where(shown.rows(Document.app)))
"""

import inspect
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Enum,
    Integer,
    Select,
    String,
    Text,
    Uuid,
    and_,
    bindparam,
    cast,
    column,
    select,
    type_coerce,
)
from sqlalchemy.engine.default import StrCompileDialect
from sqlalchemy.exc import CompileError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.lambdas import LambdaElement
from sqlalchemy.types import TypeEngine

from delegation.client.service.deciding import Decider
from delegation.client.service.delegated_caller import DelegatedCaller

Column = ColumnElement[Any] | InstrumentedAttribute[Any]

_KEEPING: Final = frozenset({LambdaElement.__module__, "sqlalchemy.ext.baked"})
"""Modules that keep what a lambda returned."""
_NUMBER: Final = re.compile(r"0|-?[1-9][0-9]{0,18}")
_NUMBERS: Final = 2**63
"""The first whole number that is too large for any column."""
_UNSTORED: Final = re.compile("[\0\ud800-\udfff]")
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


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

        Texts are compared byte by byte, whatever the collation of the column; columns of whole numbers and of UUIDs
        hold the ids that are written as these are (`7`, not `07`; a UUID with hyphens, in lower case). A row about
        nothing is not shown. The names are one parameter, however many they are. An outer join wants the condition
        where it joins. For SQLite and PostgreSQL. Raises TypeError for a column of another type, and within a lambda
        that SQLAlchemy works out (`with_loader_criteria` takes the condition itself as well): it keeps what comes of
        that, and the next caller would be shown these rows.
        """
        if _is_kept():
            raise TypeError("SQLAlchemy keeps what a lambda returns: make the condition outside of the lambda")
        names = self._references() if with_type else [each.partition(":")[2] for each in self._references()]
        if isinstance(about.type, String) and not isinstance(about.type, Enum):
            listed, text = _elements(names), type_coerce(about, Text)
            # The first comparison may use an index; the second is exact where the column's own collation is not.
            return and_(text.in_(listed), _Bytewise(text).in_(listed))
        if isinstance(about.type, Integer) and not with_type:
            numbers = [name for name in names if _NUMBER.fullmatch(name) and -_NUMBERS <= int(name) < _NUMBERS]
            return about.in_(_elements(numbers, BigInteger()))
        if isinstance(about.type, Uuid) and not with_type:
            digits = [name.replace("-", "") for name in names if _UUID.fullmatch(name)]
            return about.in_(_elements(digits, Uuid(native_uuid=about.type.native_uuid)))
        raise TypeError(f"the column is of type {about.type!r}; resources are named by texts, whole numbers and UUIDs")

    def _references(self) -> list[str]:
        # PostgreSQL stores none of these characters. SQLite reads a text in JSON only as far as a NUL, and what is
        # left would name another row.
        return sorted(
            each for each in self.resources if each.startswith(f"{self.type}:") and not _UNSTORED.search(each)
        )


def _is_kept() -> bool:
    """Return whether this is called from a lambda which SQLAlchemy calls once, for all who come by its code."""
    frame = inspect.currentframe()
    while frame is not None and frame.f_globals.get("__name__") not in _KEEPING:
        frame = frame.f_back
    return frame is not None


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


def _elements(names: Sequence[str], type: TypeEngine[Any] | None = None) -> Select[tuple[Any]]:
    """Return names as a subquery, as texts or as values of a type."""
    listed = bindparam(None, json.dumps(names), type_=Text(), unique=True)
    name = _Listed(listed).table_valued(column("value", Text)).c.value
    return select(name if type is None else cast(name, type))


@compiles(_Bytewise)
@compiles(_Listed)
def _elsewhere(element: FunctionElement[str], compiler: SQLCompiler, **options: Any) -> str:
    # SQLAlchemy writes statements for no database: to show them, and to see which tables they name.
    if compiler.dialect.name == StrCompileDialect.name:
        return f"{element.name}({compiler.process(element.clauses, **options)})"
    raise CompileError(f"`{element.name}` is known for SQLite and PostgreSQL, and not for {compiler.dialect.name}")


@compiles(_Bytewise, "sqlite")
def _bytewise_on_sqlite(element: _Bytewise, compiler: SQLCompiler, **options: Any) -> str:
    return f"(CAST({compiler.process(element.clauses, **options)} AS TEXT) COLLATE BINARY)"


@compiles(_Bytewise, "postgresql")
def _bytewise_on_postgresql(element: _Bytewise, compiler: SQLCompiler, **options: Any) -> str:
    return f'(CAST({compiler.process(element.clauses, **options)} AS TEXT) COLLATE "C")'


@compiles(_Listed, "sqlite")
def _listed_on_sqlite(element: _Listed, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


@compiles(_Listed, "postgresql")
def _listed_on_postgresql(element: _Listed, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_array_elements_text(CAST({compiler.process(element.clauses, **options)} AS JSON))"
