"""Whatever happens in whatever order, the edge answers as the issuer does."""

import asyncio
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Final

import pytest

from delegation.client import Allowed, ServiceClient
from delegation.edge import Edge
from tests.edge.beside import agree, bearer, caught_up, client_of, edge_of
from tests.end_to_end.history import ACTIONS, OTHERS, History
from tests.end_to_end.tenant import TREE, Tenant
from tests.end_to_end.test_any_history import DEEDS

pytestmark = [pytest.mark.anyio, pytest.mark.semantics("5"), pytest.mark.semantics("7")]

ASKED: Final = [(permission, thing) for thing, _ in TREE for permission in (*ACTIONS, *OTHERS)]
HISTORIES: Final = [pytest.param(2, 25), pytest.param(6, 80, marks=pytest.mark.slow)]


@pytest.mark.threat("11")
@pytest.mark.parametrize(("histories", "steps"), HISTORIES)
async def test_the_edge_answers_as_the_issuer_does(
    found_tenant: Callable[[], Tenant], histories: int, steps: int
) -> None:
    """After any steps of any people, verification, evaluation and search equal the issuer's, terms and revision too."""
    seen: Counter[str] = Counter()
    for seed in range(1, histories + 1):
        history = await asyncio.to_thread(History, found_tenant(), Random(seed))
        tenant = history.tenant
        async with (
            edge_of(tenant.house, tenant.documents, tenant.id) as edge,
            client_of(tenant.house, tenant.documents) as issuer,
        ):
            seen += await lived_through(history, edge, issuer, steps)
    assert min(seen[term] for term in ("allowed", "status", "user", "delegation", "ceiling", "token")) > histories, seen


async def lived_through(history: History, edge: Edge, issuer: ServiceClient, steps: int) -> Counter[str]:
    """Return the terms of all answers in a history of some steps, after each of which both were asked."""
    names, weights = list(DEEDS), [weight for weight, _ in DEEDS.values()]
    trail: list[str] = []
    seen: Counter[str] = Counter()
    try:
        for _ in range(steps):
            trail += history.chance.choices(names, weights)
            await asyncio.to_thread(DEEDS[trail[-1]][1], history, history.chance)
            await caught_up(edge, history.tenant.id)
            seen += await compared(history, edge, issuer)
    except AssertionError as difference:
        difference.add_note(f"after {' → '.join(trail)}")
        raise
    return seen


async def compared(history: History, edge: Edge, issuer: ServiceClient) -> Counter[str]:
    """Return the terms of the answers about the newest token, and two others, which both give alike."""
    tokens = list(history.tokens)
    asked = [(permission, history.here(thing)) for permission, thing in ASKED]
    seen: Counter[str] = Counter()
    for token in {tokens[-1], *history.chance.choices(tokens, k=2)}:
        for answer in await agree(edge, issuer, token, asked):
            seen["allowed" if isinstance(answer, Allowed) else str(answer.failing["term"])] += 1
        reached = issuer.search_resources(bearer(token), "app:view", "app")
        assert [each async for each in edge.search_resources(bearer(token), "app:view", "app")] == [
            each async for each in reached
        ]
    return seen
