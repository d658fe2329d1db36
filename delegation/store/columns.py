"""Kinds of columns, chosen so that both databases keep and compare the same values alike."""

import json
from typing import Any, Final

from sqlalchemy import BigInteger, Boolean, Column, Dialect, String, Text
from sqlalchemy.types import TypeDecorator
from typing_extensions import override

from delegation.audit import JSON, canonical

IDENTIFIER: Final = String().with_variant(String(collation="C"), "postgresql")
"""Text compared byte by byte: some collations hold two different ids for equal."""


class Document(TypeDecorator[JSON]):
    """A JSON value, kept as its canonical text; null is SQL's NULL."""

    impl = Text
    cache_ok = True

    @override
    def process_bind_param(self, value: JSON, dialect: Dialect) -> str | None:
        return None if value is None else canonical(value)

    @override
    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


def key(name: str) -> Column[str]:
    """Return a column that is part of the primary key."""
    return Column(name, IDENTIFIER, primary_key=True)


def identifier(name: str, *, null: bool = False) -> Column[str]:
    """Return a column that holds an id or a word with a meaning."""
    return Column(name, IDENTIFIER, nullable=null)


def text(name: str) -> Column[str]:
    """Return a column that holds words for people."""
    return Column(name, Text, nullable=False)


def number(name: str, *, null: bool = False) -> Column[int]:
    """Return a column that holds an integer of 64 bits."""
    return Column(name, BigInteger, nullable=null)


def flag(name: str, *, null: bool = False) -> Column[bool]:
    """Return a column that holds true or false."""
    return Column(name, Boolean, nullable=null)


def document(name: str, *, null: bool = False) -> Column[JSON]:
    """Return a column that holds a JSON value."""
    return Column(name, Document, nullable=null)
