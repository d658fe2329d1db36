"""Counting decisions: what was asked, what came of it, and which term was the first to say no."""

from collections.abc import Callable
from enum import StrEnum
from itertools import product
from typing import Final, TypeAlias

from authz_core import Object
from delegation.authority.bounds import all_within
from delegation.authority.effective import Presented, chain_in_force, limits, rights
from delegation.authority.refusal import Refusal, Term
from delegation.state.world import World
from delegation.telemetry import metrics


class Asked(StrEnum):
    """What a decision was made for."""

    EVALUATION = "evaluation"
    INTROSPECTION = "introspection"
    ISSUE = "issue"


class Verdict(StrEnum):
    """What came of a decision, where no term is to blame."""

    ALLOWED = "allowed"
    OTHER = "other"
    """It was not about rights at all: the question was malformed, or nobody may ask it."""


Said: TypeAlias = Verdict | Term
"""What came of a decision: a term is the first that said no."""

_DENIED: Final[tuple[Said, ...]] = (*Term, Verdict.OTHER)
_COUNT: Final[dict[tuple[Asked, Said], Callable[[], None]]] = {
    (asked, said): metrics.DECISIONS.labels(asked, "denied", said).inc for asked, said in product(Asked, _DENIED)
}
_COUNT.update({(asked, Verdict.ALLOWED): metrics.DECISIONS.labels(asked, "allowed", "none").inc for asked in Asked})


def count(asked: Asked, said: Said) -> None:
    """Count a decision that is told, once."""
    _COUNT[asked, said]()


def failing_term(world: World, presented: Presented, among: frozenset[str], resource: Object, now: int) -> Said:
    """Return the first term that leaves nothing of `among`, for whom something was found to be effective in nothing."""
    chain = chain_in_force(world, presented, now)
    if isinstance(chain, Refusal):
        return chain.term
    left = rights(world, presented.user, among, resource)
    if not left:
        return Term.USER
    for limit in limits(world, chain, presented):
        left = frozenset().union(*(all_within(world, bound, left, resource, now) for bound in limit.bounds))
        if not left:
            return limit.term
    return Verdict.ALLOWED
