"""Why something holds: steps of the model's definitions, each with the relationship that it rests on."""

from dataclasses import dataclass
from enum import StrEnum

from authz_core.decision import Path
from authz_core.evaluation.principals import Holding
from authz_core.references import Object, Subject
from authz_core.relationships.relationship import Relationship


class StepKind(StrEnum):
    """How a step follows; the set is closed, and the names are permanent."""

    DIRECT = "direct"  # a relationship names the subject itself
    WILDCARD = "wildcard"  # a relationship names everyone of the subject's type
    USERSET = "userset"  # a relationship names all who have what the premise shows
    ITSELF = "itself"  # the subject is the very userset
    HELD = "held"  # the imaginary holder holds it by definition
    COMPUTED = "computed"  # the premise shows another relation on the same object
    FROM_PARENT = "from_parent"  # the premise shows a relation on the object that the relationship names
    ROLE = "role"  # the premise shows a role that contains the permission
    UNION = "union"  # the premise shows one operand
    INTERSECTION = "intersection"  # the premises show every operand
    EXCLUSION = "exclusion"  # the premises show the base, and that the subtracted side is absent
    ABSENT = "absent"  # nothing gives it, or each premise takes away what would


@dataclass(frozen=True, slots=True)
class Question:
    """Whether the subject has the relation on the object."""

    subject: Subject | Holding
    relation: str
    object: Object


@dataclass(frozen=True, slots=True)
class Step:
    """The subject has the relation on the object, as far as this part of its definition is concerned.

    An `ABSENT` step says the opposite. `premises` are positions of other steps of the same proof, all of them later.
    """

    kind: StepKind
    relation: str
    object: Object
    expression: str
    """The part of the definition, as one would write it."""
    relationship: Relationship | None = None
    values: tuple[tuple[str, str], ...] = ()
    """The parameters of the relationship's condition, each with its value as JSON."""
    premises: tuple[int, ...] = ()
    is_operand: bool = False
    """Whether this is only a part of what the relation wants: an operand of an intersection or an exclusion."""
    supposed: bool = False
    """Whether it would hold only if something changed."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Relationships that alone allow the question, and the steps by which they do.

    The first step is what was asked. Where the shortest proof was not worked out there are no steps.
    """

    relationships: Path
    """From the subject to the object: memberships, then what is granted, then parents from above."""
    steps: tuple[Step, ...] = ()

    @property
    def is_shortest(self) -> bool:
        """Whether no other proof needs fewer relationships, one that is needed twice counting twice."""
        return bool(self.steps)
