"""The expressions that define a relation: who has it on an object."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Restriction:
    """One kind of subject: a type's objects, everyone of a type, or the holders of a relation on a type's objects."""

    type: str
    relation: str | None = None
    wildcard: bool = False

    @property
    def kind(self) -> str:
        """The kind's short form: `user`, `user:*` or `group#member`."""
        if self.wildcard:
            return f"{self.type}:*"
        return self.type if self.relation is None else f"{self.type}#{self.relation}"


@dataclass(frozen=True, slots=True)
class Direct:
    """Those whom a stored relationship names, as far as a restriction permits their kind."""

    restrictions: tuple[Restriction, ...]


@dataclass(frozen=True, slots=True)
class Computed:
    """Those who have another relation on the same object."""

    relation: str


@dataclass(frozen=True, slots=True)
class FromParent:
    """Those who have the relation on an object that the tupleset names, as `viewer from parent`."""

    relation: str
    tupleset: str


@dataclass(frozen=True, slots=True)
class Conferred:
    """Those who hold, on this very object, a role that contains the permission."""

    permission: str


@dataclass(frozen=True, slots=True)
class Union:
    """Those whom at least one operand names."""

    operands: tuple["Rewrite", ...]


@dataclass(frozen=True, slots=True)
class Intersection:
    """Those whom every operand names."""

    operands: tuple["Rewrite", ...]


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Those whom the base names and the subtracted side does not."""

    base: "Rewrite"
    subtract: "Rewrite"


Rewrite = Direct | Computed | FromParent | Conferred | Union | Intersection | Exclusion
