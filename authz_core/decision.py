"""The answer to a question: allowed with its proof, or denied with its reason; never a truth value by accident."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from authz_core.relationships.relationship import Relationship


class Reason(StrEnum):
    """Why a question is answered with no."""

    NOT_HELD = "not_held"
    UNKNOWN_TYPE = "unknown_type"
    UNKNOWN_RELATION = "unknown_relation"
    NOT_DELEGABLE = "not_delegable"
    ADMINISTRATIVE = "administrative"
    TOO_COMPLEX = "too_complex"
    CONTEXT_MISSING = "context_missing"
    CONDITION_FAILED = "condition_failed"


Path = tuple[Relationship, ...]

Proof = Callable[[], Path]
"""What has been found, from which a path can be built."""


class Allowed:
    """The subject has the relation; the relationships of `path` alone give the same answer.

    The path is built when it is first asked for: most callers want the answer only, and want it fast.
    """

    __match_args__ = ("path",)
    __slots__ = ("_found",)

    def __init__(self, found: Path | Proof) -> None:
        self._found = found

    @property
    def path(self) -> Path:
        """The stored relationships that prove it: memberships, then the assignment, then parents from above."""
        if not isinstance(self._found, tuple):
            self._found = self._found()
        return self._found

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Allowed) and self.path == other.path

    def __hash__(self) -> int:
        return hash(self.path)

    def __repr__(self) -> str:
        return f"Allowed(path={self.path!r})"


@dataclass(frozen=True, slots=True)
class Denied:
    """The subject does not have the relation, or it could not be worked out that it does."""

    reason: Reason
    detail: str = ""


Decision = Allowed | Denied
