"""Budgets: how often a chain may be used, each delegation in it for all that lies below it together."""

from enum import StrEnum

from delegation.authority.refusal import Refusal, Term
from delegation.state.entities import Budget, Delegation
from delegation.store import Spend, Spent


class Kind(StrEnum):
    """What is counted. The words are those of the budget's members."""

    TOKENS = "tokens"
    """Access tokens issued."""
    EVALUATIONS = "evaluations"
    """Answers that let the bearer of a token through."""


def spends_of(chain: tuple[Delegation, ...], kind: Kind) -> tuple[Spend, ...]:
    """Return what one use of a chain costs: one of every budget in it, so that descendants draw from the same ones."""
    limits = [(link.id, _limit(link.budget, kind)) for link in chain if link.budget is not None]
    return tuple([Spend(id, str(kind), limit) for id, limit in limits if limit is not None])


def _limit(budget: Budget, kind: Kind) -> int | None:
    return budget.tokens if kind is Kind.TOKENS else budget.evaluations


def refusal_of(spent: Spent, chain: tuple[Delegation, ...]) -> Refusal:
    """Return the refusal of a use for which a budget in the chain has nothing left."""
    hop = next((hop for hop, link in enumerate(chain, start=1) if link.id == spent.delegation), None)
    detail = f"the delegation may be used for so many {spent.kind}, and has been"
    return Refusal(Term.DELEGATION, "budget_spent", detail, spent.delegation, hop)
