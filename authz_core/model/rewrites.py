"""The expressions that define a relation: who has it on an object."""

from dataclasses import dataclass

from authz_core.references import CONDITIONAL


@dataclass(frozen=True, slots=True)
class Restriction:
    """One kind of subject: a type's objects, everyone of a type, or the holders of a relation on a type's objects.

    With a condition, only relationships that carry it are of this kind.
    """

    type: str
    relation: str | None = None
    wildcard: bool = False
    condition: str | None = None

    @property
    def form(self) -> str:
        """The form of a subject of this kind: `user`, `user:*` or `group#member`."""
        if self.wildcard:
            return f"{self.type}:*"
        return self.type if self.relation is None else f"{self.type}#{self.relation}"

    @property
    def kind(self) -> str:
        """The form and the condition: `user with office_hours`."""
        return self.form if self.condition is None else f"{self.form}{CONDITIONAL}{self.condition}"


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
