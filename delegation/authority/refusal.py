"""Refusals: which term of the intersection said no, and what a person can make of it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from authz_core import Denied, Reason

_OF_CONDITIONS: Final = frozenset({Reason.CONTEXT_MISSING, Reason.CONDITION_FAILED})


class Term(StrEnum):
    """The terms whose conjunction is the effective right (semantics: effective rights of a token)."""

    USER = "user"
    CEILING = "ceiling"
    DELEGATION = "delegation"
    TOKEN = "token"  # noqa: S105 - the name of a term, not a secret
    STATUS = "status"


@dataclass(frozen=True, slots=True)
class Refusal:
    """The first term that said no. Callers match on it, and never ask whether it is true."""

    term: Term
    reason: str
    """A stable word for programs."""
    detail: str
    """One sentence for people, free of secrets."""
    delegation: str | None = None
    """The delegation concerned."""
    hop: int | None = None
    """Its place in the chain, counted from the user."""

    def shown(self) -> dict[str, Any]:
        """Return the refusal as it is told."""
        failing = {"term": str(self.term), "delegation_id": self.delegation, "hop": self.hop}
        known = {name: value for name, value in failing.items() if value is not None}
        return {"reason": self.reason, "detail": self.detail, "failing": known}


def because(denied: str, decision: Denied) -> str:
    """Return a sentence with what the engine says of a condition, but not whose relationship it stands on."""
    if decision.reason not in _OF_CONDITIONS:
        return denied
    return f"{denied}: {decision.detail.partition('`: ')[2]}"
