"""Why something does not hold, and what would change it."""

from dataclasses import dataclass
from enum import StrEnum

from authz_core.explanation.proof import Step
from authz_core.references import Object
from authz_core.relationships.relationship import Relationship


class ChangeKind(StrEnum):
    """What somebody might do; the set is closed, and the names are permanent."""

    MEET = "meet"  # ask where the relationship's condition is met
    FAIL = "fail"  # ask where the relationship's condition is known and not met
    REMOVE = "remove"  # take the relationship away
    CONTAIN = "contain"  # put the permission into the role
    ADD = "add"  # store the relationship
    HOLD = "hold"  # let the imaginary holder hold the relation too


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that would have to be otherwise."""

    kind: ChangeKind
    relation: str
    object: Object
    relationship: Relationship | None = None
    """What to add, to remove or to judge by; for a role, by what it is held."""
    detail: str = ""
    """Why the condition is not met; for a role, the permission that it lacks."""
    instead: tuple[str, ...] = ()
    """Other roles that would do in the place of this one."""


class MissKind(StrEnum):
    """How close a question came to being allowed; the set is closed, and the names are permanent."""

    CONDITION = "condition"  # a relationship is there, and its condition is not met or cannot be evaluated
    EXCLUDED = "excluded"  # granted, and taken away again
    ROLE = "role"  # a role is held here or above, and lacks the permission
    MISSING = "missing"  # relationships are missing
    OPERAND = "operand"  # some operands of an intersection hold, and others do not
    CIRCULAR = "circular"  # it would hold, but the answer hangs on itself
    UNKNOWN = "unknown"  # the question names what the model does not have
    NOT_DELEGABLE = "not_delegable"  # no bound stands on such an object
    ADMINISTRATIVE = "administrative"  # no bound lets it through
    TOO_COMPLEX = "too_complex"  # there is more to look at than the question may take steps
    NOTHING = "nothing"  # no change was found that would do


@dataclass(frozen=True, slots=True)
class Miss:
    """The closest miss: with all these changes together the question is allowed, as `check` has confirmed."""

    kind: MissKind
    changes: tuple[Change, ...] = ()
    steps: tuple[Step, ...] = ()
    """How it would then be allowed; steps that rest on a change are supposed."""
    known: tuple[str, ...] = ()
    """What the model has in place of the unknown name; the operands that fail; what excludes."""
