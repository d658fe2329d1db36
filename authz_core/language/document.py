"""A model as it is written down: names, expressions and places, not yet known to mean anything.

OpenFGA's text and JSON forms are two spellings of one document. Positions are for messages; they do not count when
documents are compared.
"""

from dataclasses import dataclass, field

from authz_core.model.conditions import Condition
from authz_core.model.rewrites import Restriction


@dataclass(frozen=True, slots=True)
class Position:
    """Where something stands: lines and columns count from zero, the file is named in modular models."""

    line: int
    column: int
    file: str | None = None


@dataclass(frozen=True, slots=True)
class This:
    """The subjects that are stored for the relation, as its restrictions permit."""


@dataclass(frozen=True, slots=True)
class ComputedUserset:
    """`editor`."""

    relation: str
    at: Position | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class TupleToUserset:
    """`viewer from parent`."""

    relation: str
    tupleset: str
    at: Position | None = field(default=None, compare=False)
    tupleset_at: Position | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class UnionOf:
    """`a or b`."""

    operands: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class IntersectionOf:
    """`a and b`."""

    operands: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """`a but not b`."""

    base: "Expression"
    subtract: "Expression"


Expression = This | ComputedUserset | TupleToUserset | UnionOf | IntersectionOf | Difference


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a direct list."""

    restriction: Restriction
    at: Position | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class RelationDefinition:
    """`define NAME: EXPRESSION`; a module is named only where an extension added the relation."""

    name: str
    expression: Expression
    entries: tuple[Entry, ...] = ()
    module: str | None = None
    file: str | None = None
    at: Position | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class TypeDefinition:
    """A type and its relations; in a module file it may be one that extends a type of another file."""

    name: str
    relations: tuple[RelationDefinition, ...] = ()
    module: str | None = None
    file: str | None = None
    extends: bool = False
    at: Position | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class ConditionDefinition:
    """A condition and, in modular models, where it comes from.

    `key` is the name under which a JSON form lists it, where that differs from the condition's own.
    """

    condition: Condition
    key: str | None = None
    module: str | None = None
    file: str | None = None
    at: Position | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Document:
    """A whole model, or one module of it: then `module` is its name and there is no schema version."""

    types: tuple[TypeDefinition, ...] = ()
    conditions: tuple[ConditionDefinition, ...] = ()
    schema_version: str | None = None
    module: str | None = None
    at: Position | None = field(default=None, compare=False)
