"""What is slow once: starting, the first answer about a cold organization, loading an enormous one."""

import asyncio
import json
from collections.abc import Sequence
from statistics import median
from time import perf_counter

import httpx2

from benchmarks import children, wire
from benchmarks.children import Deployment
from benchmarks.databases.population import ASKER, ENORMOUS, ROWS, opened
from benchmarks.world import World
from delegation.state.pictures import Pictures


class WrongAnswer(Exception):
    """The service answered otherwise than it must; the text is its answer."""


def first_start(deployment: Deployment) -> float:
    """Return the seconds from nothing to the first user token: tables, keys, model, server."""
    began = perf_counter()
    with children.service(deployment), httpx2.Client(base_url=deployment.issuer) as http:
        _must(http.post("/development/token", json={"user": ASKER, "audience": deployment.issuer}))
        return perf_counter() - began


def start(world: World) -> float:
    """Return the seconds from starting a furnished service to its first exchanged token."""
    began = perf_counter()
    with children.service(world.deployment):
        wire.access_tokens(world, world.planner, 1)
        return perf_counter() - began


def first_answers(world: World, organizations: Sequence[str]) -> tuple[float, float]:
    """Return the seconds, each the median, of the first and of the second answer about each organization."""
    deployment = world.deployment
    credentials = (world.service_id, world.service_secret)
    with children.service(deployment), httpx2.Client(base_url=deployment.issuer, auth=credentials) as http:
        first = [_ask(http, organization) for organization in organizations]
        second = [_ask(http, organization) for organization in organizations]
    return median(first), median(second)


def load(url: str) -> float:
    """Return the seconds until the picture of the enormous organization is there, in this process."""

    async def loaded() -> float:
        async with opened(url) as store:
            pictures = Pictures(store, rows=ROWS)
            began = perf_counter()
            view = await pictures.view(organization=ENORMOUS)
            took = perf_counter() - began
            if view.organization is None:
                raise WrongAnswer("the enormous organization is not there")
            return took

    return asyncio.run(loaded())


def _ask(http: httpx2.Client, organization: str) -> float:
    question = {
        "subject": {"type": "user", "id": ASKER},
        "action": {"name": "document:edit"},
        "resource": {"type": "app", "id": "p3-a3", "properties": {"organization": organization}},
    }
    began = perf_counter()
    answer = http.post("/access/v1/evaluation", json=question)
    took = perf_counter() - began
    if not _must(answer).get("decision"):
        raise WrongAnswer(json.dumps(answer.json()))
    return took


def _must(answer: httpx2.Response) -> dict[str, object]:
    if not answer.is_success:
        raise WrongAnswer(f"{answer.request.url.path}: {answer.status_code} {answer.text}")
    members: dict[str, object] = answer.json()
    return members
