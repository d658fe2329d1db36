"""An edge beside the issuer itself, and what both say."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from delegation.client import Answer, ClientSettings, DelegatedCaller, ServiceClient
from delegation.edge import Edge
from delegation.edge.connection import elapsed
from tests.clock import Clock
from tests.end_to_end.deployment import Deployment, Service, payload, running

Asked = Sequence[tuple[str, str]]
PATIENCE: Final = 20.0
"""Seconds in which an edge has to hear of something, on a machine that does much else."""


@dataclass(slots=True)
class Later:
    """A clock that goes on as it does, and can be put forward."""

    by: float = 0.0

    def __call__(self) -> float:
        """Return seconds since some moment."""
        return elapsed() + self.by


def let(house: Deployment, organization: str, service: Service, *, follow: bool = True) -> None:
    """Let a service follow an organization, or no longer."""
    house.must("PUT", f"/organizations/{organization}/services/{service.id}", {"follow": follow})


def client_of(house: Deployment, service: Service) -> ServiceClient:
    """Return the client that asks the issuer each time."""
    settings = ClientSettings(clock=house.clock)
    secret, audience = service.secret, service.audience
    return ServiceClient(house.issuer, service.id, client_secret=secret, audience=audience, settings=settings)


@asynccontextmanager
async def edge_of(house: Deployment, service: Service, *organizations: str, **changed: Any) -> AsyncIterator[Edge]:
    """Give an edge under the service's clock that follows organizations. A busy machine makes none too old."""
    known = {
        "issuer": house.issuer,
        "client_id": service.id,
        "client_secret": service.secret,
        "audience": service.audience,
        "organizations": organizations,
        "within": timedelta(seconds=PATIENCE),
        "settings": ClientSettings(clock=house.clock),
        **changed,
    }
    async with Edge(**known) as edge:
        yield edge


@asynccontextmanager
async def served(directory: Path, clock: Clock, **changed: Any) -> AsyncIterator[Deployment]:
    """Serve a deployment that keeps its data in a directory, until the block ends; it is begun and ended beside."""
    with ExitStack() as stack:
        yield await asyncio.to_thread(stack.enter_context, running(directory, clock, **changed))
        await asyncio.to_thread(stack.close)


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110 - nothing else tells
            await asyncio.sleep(0.02)


async def caught_up(edge: Edge, organization: str) -> None:
    """Wait until an edge is known to have all that there is at this moment."""
    now = edge.monotonic()

    def is_caught_up() -> bool:
        age = edge.status[organization].age
        return age is not None and edge.monotonic() - age >= now

    await until(is_caught_up)


def bearer(token: str) -> DelegatedCaller:
    """Return whoever presents a token, be it good or not."""
    claims = payload(token)
    return DelegatedCaller(
        token=token,
        subject=claims["sub"],
        actor=claims["client_id"],
        earlier_actors=(),
        organization=claims["org_id"],
        details=(),
        expires_at=claims["exp"],
        revision=None,
    )


async def agree(edge: Edge, issuer: ServiceClient, token: str, asked: Asked) -> tuple[Answer, ...]:
    """Return what both answer about the bearer of a token. Fails where they differ in anything."""
    who = bearer(token)
    assert await edge.verify(token) == await issuer.verify(token)
    answers = await issuer.evaluate_all(who, asked)
    assert await edge.evaluate_all(who, asked) == answers
    assert tuple([await edge.evaluate(who, *each) for each in asked]) == answers
    return answers
