"""Charging: an answer that lets the bearer of a token through uses the budgets of its chain, before it is given.

Searches use none: they tell what could be asked, and whoever acts on that asks, or introspects, and is counted then.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from delegation.authority.budgets import Kind, refusal_of, spends_of
from delegation.authzen.questions import Semantic
from delegation.state.entities import Delegation
from delegation.state.pictures import Pictures


@dataclass(frozen=True, slots=True)
class Weighed:
    """An answer that was decided on, and what giving it uses."""

    answer: dict[str, Any]
    chain: tuple[Delegation, ...] = ()
    """The delegations that it uses, budgets and all; none for a denial, and for whoever is no bearer."""
    at: int = 0
    """When it was asked, in epoch seconds."""


async def charged(pictures: Pictures, weighed: Weighed) -> dict[str, Any]:
    """Return the answer once it is paid for; a denial where a budget has nothing left. Raises StoreUnavailable."""
    spends = spends_of(weighed.chain, Kind.EVALUATIONS)
    spent = await pictures.charge(spends) if spends else None
    if spent is None:
        pictures.uses.note((link.id for link in weighed.chain), weighed.at)
        return weighed.answer
    context = {name: value for name, value in weighed.answer["context"].items() if name != "path"}
    return {"decision": False, "context": {**context, **refusal_of(spent, weighed.chain).shown()}}


async def all_charged(pictures: Pictures, weighed: Sequence[Weighed], semantic: Semantic) -> list[dict[str, Any]]:
    """Return the answers of a batch, each paid for, the first ones first, as far as its semantic goes."""
    if semantic is Semantic.EXECUTE_ALL:
        # Together they are one commit; within it those that came first find what is left.
        return list(await asyncio.gather(*(charged(pictures, each) for each in weighed)))
    answers: list[dict[str, Any]] = []
    for each in weighed:
        answers.append(await charged(pictures, each))
        if answers[-1]["decision"] is (semantic is Semantic.PERMIT_ON_FIRST_PERMIT):
            break
    return answers
