"""Conditions: named expressions over typed parameters, under which relationships count."""

from dataclasses import dataclass
from enum import StrEnum


class ParameterKind(StrEnum):
    """The kind of value that a parameter takes, as written in OpenFGA's language."""

    BOOL = "bool"
    STRING = "string"
    INT = "int"
    UINT = "uint"
    DOUBLE = "double"
    DURATION = "duration"
    TIMESTAMP = "timestamp"
    IPADDRESS = "ipaddress"
    LIST = "list"
    MAP = "map"
    ANY = "any"  # has a JSON form only


@dataclass(frozen=True, slots=True)
class ParameterType:
    """A kind and, for lists and maps, the kind of their elements."""

    kind: ParameterKind
    element: ParameterKind | None = None

    def __str__(self) -> str:
        """The type as it is written: `int` or `list<string>`."""
        return self.kind.value if self.element is None else f"{self.kind.value}<{self.element.value}>"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A named value that an expression speaks of; all of them must be given before it is evaluated."""

    name: str
    type: ParameterType


@dataclass(frozen=True, slots=True)
class Condition:
    """An expression in the Common Expression Language that is true or false of its parameters."""

    name: str
    parameters: tuple[Parameter, ...]
    expression: str
