"""Refusals: which term of the intersection said no, and what a person can make of it."""

from dataclasses import dataclass
from enum import StrEnum


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
