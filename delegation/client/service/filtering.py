"""Lists of which a caller is shown what it may see, and nothing else."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeVar

from delegation.client.errors import UnexpectedAnswer
from delegation.client.service.answers import Allowed
from delegation.client.service.deciding import Decider
from delegation.client.service.delegated_caller import DelegatedCaller

BATCH: Final = 100
"""Questions asked at once: as many as the service takes in a batch."""
_AT_ONCE: Final = 4
"""Batches under way at the same time."""

Item = TypeVar("Item")


async def visible(
    service: Decider, caller: DelegatedCaller, permission: str, items: Iterable[Item], *, on: Callable[[Item], str]
) -> list[Item]:
    """Return the items on whose resource the caller has the permission now, in their order.

    `on` names an item's resource (`type:id`); items of one resource cost one question. What is not clearly allowed is
    left out. Raises Unavailable and the other errors of this library where that cannot be told: no list is shortened by
    a failure.
    """
    named = [(on(item), item) for item in items]
    allowed = await _allowed(service, caller, permission, list(dict.fromkeys(resource for resource, _ in named)))
    return [item for resource, item in named if resource in allowed]


async def _allowed(
    service: Decider, caller: DelegatedCaller, permission: str, resources: Sequence[str]
) -> frozenset[str]:
    turns = asyncio.Semaphore(_AT_ONCE)

    async def ask(batch: Sequence[str]) -> list[str]:
        async with turns:
            answers = await service.evaluate_all(caller, [(permission, resource) for resource in batch])
        if len(answers) != len(batch):
            raise UnexpectedAnswer("there are not as many answers as questions")
        return [resource for resource, answer in zip(batch, answers, strict=True) if isinstance(answer, Allowed)]

    batches = (resources[start : start + BATCH] for start in range(0, len(resources), BATCH))
    try:
        async with asyncio.TaskGroup() as group:
            asked = [group.create_task(ask(batch)) for batch in batches]
    except ExceptionGroup as failed:
        # Whatever else failed beside it, one reason is enough to have no list.
        raise failed.exceptions[0] from None
    return frozenset(resource for each in asked for resource in each.result())
