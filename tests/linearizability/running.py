"""A run: seasons of strikes on several processes, and its figures."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

import uvloop
from typing_extensions import override

from tests.durability.world import World
from tests.linearizability.hammering import Round, Striker, check_on
from tests.linearizability.judging import Judge
from tests.linearizability.launching import Replicas
from tests.linearizability.subjects import founded, opened
from tests.linearizability.wire import Client

SEASON: Final = 5_000
"""Strikes in one set of organizations: revoked delegations stay in an organization, and no token may run out."""


_RARE: Final = 100
"""Of so many checks not one may go without an answer, on the whole."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is done, and by how many at once."""

    strikes: int
    seed: int = 4
    organizations: int = 4
    subjects: int = 2
    """In each organization; each has one striker."""
    checkers: int = 3


@dataclass
class Report:
    """What was found in a run."""

    judge: Judge = field(default_factory=Judge)
    struck: Counter[str] = field(default_factory=Counter)
    denied: int = 0
    """Looks right after a strike that were denied, one at each process."""
    unavailable: int = 0
    """Checks that could not be answered."""
    seconds: float = 0.0

    @property
    def strikes(self) -> int:
        """How many strikes were acknowledged."""
        return sum(self.struck.values())

    def is_enough(self, strikes: int, processes: int) -> bool:
        """Return whether all strikes were made and each process denied right after each, with hardly a 503 at all."""
        checks = self.judge.verdicts.total() + self.unavailable
        return (
            self.strikes == strikes and self.denied == processes * strikes and self.unavailable * _RARE < max(checks, 1)
        )

    @override
    def __str__(self) -> str:
        verdicts = self.judge.verdicts
        checks = verdicts.total()
        lines = [
            f"{self.strikes:,} strikes in {self.seconds:.0f} s ({self.strikes / self.seconds:.0f}/s)",
            f"{checks:,} checks ({checks / self.seconds:.0f}/s), 503: {self.unavailable:,}",
            f"  denied within 1 ms of the acknowledgement: {self.judge.sharp:,}",
            *(f"  {verdict}: {number:,}" for verdict, number in sorted(verdicts.items())),
            *(f"  {name}: {number:,}" for name, number in sorted(self.struck.items())),
            *self.judge.violations,
        ]
        return "\n".join(lines)


def run(plan: Plan, replicas: Replicas, tell: Callable[[Report], None] = lambda _: None) -> Report:
    """Carry out a plan, until something is allowed that was taken away; `tell` hears of each season's end."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_run(plan, replicas, tell))


async def _run(plan: Plan, replicas: Replicas, tell: Callable[[Report], None]) -> Report:
    report = Report()
    chance = random.Random(plan.seed)
    world = await opened(replicas)
    season = 0
    while report.strikes < plan.strikes and not report.judge.stale:
        await _season(plan, replicas, world, report, random.Random(chance.random()), season)
        season += 1
        tell(report)
    return report


async def _season(
    plan: Plan, replicas: Replicas, world: World, report: Report, chance: random.Random, season: int
) -> None:
    subjects = await founded(world, replicas, season, organizations=plan.organizations, each=plan.subjects)
    left = min(SEASON, plan.strikes - report.strikes)
    round_ = Round(report.judge, subjects, len(replicas.ports), chance, left)
    clients = [await Client.of(replicas.ports) for _ in range(len(subjects) + plan.checkers)]
    began = monotonic()
    async with asyncio.TaskGroup() as group:
        for subject, client in zip(subjects, clients, strict=False):
            group.create_task(Striker(round_, subject, client).work())
        for client in clients[len(subjects) :]:
            group.create_task(check_on(round_, client))
    report.seconds += monotonic() - began
    report.struck += round_.struck
    report.denied += round_.denied
    report.unavailable += round_.unavailable
    for client in clients:
        client.close()
