"""An organization that asks ten times as much as it may, and another one that shares the server with it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.durability.server import Server
from tests.overload.house import Tenant, standing, tenant, where
from tests.overload.load import Stream, Told, told

QUOTA: Final = 1_000
"""Requests of an organization in ten seconds."""
NOISE: Final = 10 * QUOTA / 10
PAIRS: Final = 5
"""Of calm and of noise in turn: others use this machine, so one of the comparisons has to be good."""


def quiet(one: Tenant, rate: float = 100) -> Stream:
    """Return what a calm organization asks."""
    token = one.token()
    return Stream("quiet", (one.introspection(token), one.evaluation(token)), rate=rate, connections=32)


@dataclass(frozen=True, slots=True)
class Pair:
    """A calm organization alone, and right afterwards beside a noisy one."""

    alone: Told
    beside: Told
    noisy: Told

    @property
    def slower(self) -> float:
        """How much longer all but one in a hundred of its requests take at most, because of the other."""
        return self.beside.p99 / self.alone.p99


def pairs(server: Server, calm: Stream, noise: Stream, count: int = PAIRS) -> list[Pair]:
    """Return what becomes of both, in turns."""
    told(where(server), (calm, noise), 1.0)
    found = []
    for _ in range(count):
        alone = told(where(server), (calm,), 4.0)[calm.name]
        both = told(where(server), (calm, noise), 4.0)
        found.append(Pair(alone, both[calm.name], both[noise.name]))
    return found


@pytest.mark.slow
@pytest.mark.threat("57")
def test_a_noisy_organization_pays_itself(tmp_path: Path) -> None:
    """The noisy one is told to wait; nobody else is, nor waits twice as long as when it is alone."""
    with standing(tmp_path, organization_limit=str(QUOTA), caller_limit="0") as server:
        calm = quiet(tenant(server, "acme"))
        noisy = tenant(server, "rival")
        noise = Stream("noisy", (noisy.introspection(noisy.token()),), rate=NOISE, connections=200)
        found = pairs(server, calm, noise)
    assert all(pair.noisy.limited + pair.noisy.busy > pair.noisy.good for pair in found), found
    assert all(pair.beside.limited == 0 for pair in found), found
    assert min(pair.beside.busy for pair in found) == 0, found
    assert all(told.wrong == 0 for pair in found for told in (pair.alone, pair.beside, pair.noisy)), found
    assert min(pair.slower for pair in found) <= 2, [pair.slower for pair in found]


@pytest.mark.slow
@pytest.mark.threat("57")
def test_where_everybody_is_let_in_the_calm_wait(tmp_path: Path) -> None:
    """A server that turns nobody away makes everybody wait for the noisy one: the comparison can fail."""
    with standing(tmp_path, "let everybody in") as server:
        calm = quiet(tenant(server, "acme"))
        noisy = tenant(server, "rival")
        noise = Stream("noisy", (noisy.introspection(noisy.token()),), connections=400)
        found = pairs(server, calm, noise, count=3)
    assert all(pair.noisy.limited == pair.noisy.busy == 0 for pair in found), found
    assert min(pair.slower for pair in found) > 2, [pair.slower for pair in found]


@pytest.mark.slow
@pytest.mark.threat("57")
@pytest.mark.parametrize(("flaw", "spared"), [(None, {True}), ("know nobody", {False})])
def test_the_noisy_are_turned_away_first(tmp_path: Path, flaw: str | None, spared: set[bool]) -> None:
    """Without any quota the noisy one is refused and the calm one is not; where all are alike, so is the calm one."""
    with standing(tmp_path, flaw, in_flight_limit="48") as server:
        calm = quiet(tenant(server, "acme"), rate=40)
        noisy = tenant(server, "rival")
        noise = Stream("noisy", (noisy.exchange(),), connections=400)
        [pair] = pairs(server, calm, noise, count=1)
    assert pair.noisy.busy > 0
    assert {pair.beside.busy < pair.beside.good / 2} == spared, pair
