"""An organization that asks ten times as much as it may, and another one that shares the server with it."""

from pathlib import Path
from typing import Final

import pytest

from tests.durability.server import Server
from tests.overload.house import Tenant, standing, tenant
from tests.overload.load import Stream, Told, told

QUOTA: Final = 1_000
"""Requests of an organization in ten seconds."""
NOISE: Final = 10 * QUOTA / 10
ATTEMPTS: Final = 3
"""Runs of which one has to be fast enough: others use this machine, and what they spoil says nothing of the service."""


def quiet(one: Tenant) -> Stream:
    """Return what a calm organization asks."""
    token = one.token()
    return Stream("quiet", (one.introspection(token), one.evaluation(token)), rate=100, connections=32)


def together(server: Server, calm: Stream, noise: Stream) -> tuple[Told, dict[str, Told]]:
    """Return what becomes of the calm one alone, and of both."""
    told(server.port, (calm,), 1.0)
    return told(server.port, (calm,), 6.0)["quiet"], told(server.port, (calm, noise), 6.0)


@pytest.mark.slow
@pytest.mark.threat("57")
def test_a_noisy_organization_pays_itself(tmp_path: Path) -> None:
    """The noisy one is told to wait; nobody else is, nor waits twice as long as when it is alone."""
    with standing(tmp_path, organization_limit=str(QUOTA), caller_limit="0") as server:
        calm = quiet(tenant(server, "acme"))
        noisy = tenant(server, "rival")
        noise = Stream("noisy", (noisy.introspection(noisy.token()),), rate=NOISE, connections=200)
        runs = [together(server, calm, noise) for _ in range(ATTEMPTS)]
    assert all(both["noisy"].limited + both["noisy"].busy > both["noisy"].good for _, both in runs), runs
    assert all(both["quiet"].limited == 0 for _, both in runs), runs
    assert min(both["quiet"].busy for _, both in runs) == 0, runs
    assert all(both[name].wrong == 0 for _, both in runs for name in both), runs
    assert min(both["quiet"].p99 / alone.p99 for alone, both in runs) <= 2, runs


@pytest.mark.slow
@pytest.mark.threat("57")
@pytest.mark.parametrize(("flaw", "spared"), [(None, {True}), ("know nobody", {False})])
def test_the_noisy_are_turned_away_first(tmp_path: Path, flaw: str | None, spared: set[bool]) -> None:
    """Without any quota the noisy one is refused and the calm one is not; where all are alike, so is the calm one."""
    with standing(tmp_path, flaw, in_flight_limit="48") as server:
        calm = quiet(tenant(server, "acme"))
        noisy = tenant(server, "rival")
        noise = Stream("noisy", (noisy.exchange(),), connections=400)
        _, both = together(server, calm, noise)
    assert both["noisy"].busy > 0
    assert {both["quiet"].busy < both["quiet"].good / 2} == spared, both
