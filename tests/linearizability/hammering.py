"""Strikers, who take rights away and bring them back, and checkers, who ask all the time whether they are gone."""

import asyncio
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

from tests.linearizability.judging import Check, Judge, Verdict
from tests.linearizability.strikes import STRIKES, Ends, Strike
from tests.linearizability.subjects import Held, Subject
from tests.linearizability.wire import Client

KINDS: Final = ("introspection", "evaluation")
_PAUSE: Final = 0.02
"""Seconds before a striker asks again who could not answer."""
_DEAD: Final = 0.1
"""How much of what checkers ask is about tokens that are dead for ever."""


@dataclass
class Round:
    """What those who work at the same time share."""

    judge: Judge
    subjects: Sequence[Subject]
    processes: int
    chance: random.Random
    left: int
    """Strikes that nobody has begun yet."""
    struck: Counter[str] = field(default_factory=Counter)
    denied: int = 0
    """Looks right after a strike that were denied, one at each process."""
    unavailable: int = 0
    """Checks that were answered by 503, which is neither yes nor no."""
    _deck: list[Strike] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        """Whether all strikes are made, or one of them was in vain."""
        return self.left <= 0 or self.judge.stale > 0

    def deal(self) -> Strike:
        """Return the next strike: each kind comes once, in no order, before any comes again."""
        if not self._deck:
            self._deck = self.chance.sample(STRIKES, len(STRIKES))
        self.left -= 1
        return self._deck.pop()

    async def check(self, client: Client, held: Held, process: int) -> Verdict | None:
        """Ask a process about a token, in one way or the other, and return the verdict; None when it cannot answer."""
        kind = self.chance.choice(KINDS)
        floor = self.judge.floor(held.organization)
        start = monotonic()
        answer = await client.ask(process, held.questions[kind])
        end = monotonic()
        if answer.status == 503:
            self.unavailable += 1
            return None
        assert answer.status == 200, answer
        body = answer.body
        allowed = bool(body["active"] if kind == "introspection" else body["decision"])
        revision = body.get("revision", body.get("context", {}).get("revision"))
        return self.judge.hear(Check(process, kind, held.organization, start, end, allowed, revision), held.life, floor)


class Striker:
    """Strikes at one subject, and looks at once whether every process knows."""

    def __init__(self, round_: Round, subject: Subject, client: Client) -> None:
        self._round, self._subject, self._client = round_, subject, client

    async def work(self) -> None:
        """Strike until there is nothing left to do."""
        while not self._round.is_over:
            strike = self._round.deal()
            await self._strike(strike)
            self._round.struck[strike.name] += 1

    async def _strike(self, strike: Strike) -> None:
        subject, held = self._subject, self._subject.held
        struck_at = self._process()
        held.life.turn(monotonic(), allowed=None, why=f"{strike.name}: sent")
        answer = await self._client.must(struck_at, strike.step(subject))
        held.life.turn(monotonic(), allowed=False, why=strike.name)
        if strike.moves_organization:
            self._round.judge.told(subject.organization, answer.body["revision"])
        verdicts = await self._look(held, range(self._round.processes))
        self._round.denied += verdicts.count("denied")
        if strike.ends is Ends.NOTHING:
            held.life.turn(monotonic(), allowed=None, why=f"{strike.name}: undoing sent")
        if strike.undoing is not None:
            await self._client.must(self._process(), strike.undoing(subject))
        if strike.ends is Ends.NOTHING:
            held.life.turn(monotonic(), allowed=True, why=f"{strike.name}: undone")
        else:
            subject.retired.append(held)
        if strike.ends is Ends.DELEGATION:
            await subject.grant(self._client, self._process())
        if strike.ends is not Ends.NOTHING:
            await subject.exchange(self._client, self._process())
        await self._look(subject.held, [self._process()])

    async def _look(self, held: Held, processes: Iterable[int]) -> list[Verdict]:
        return await asyncio.gather(*(self._answered(held, process) for process in processes))

    async def _answered(self, held: Held, process: int) -> Verdict:
        while True:
            verdict = await self._round.check(self._client, held, process)
            if verdict is not None:
                return verdict
            await asyncio.sleep(_PAUSE)

    def _process(self) -> int:
        return self._round.chance.randrange(self._round.processes)


async def check_on(round_: Round, client: Client) -> None:
    """Ask random processes about random tokens, dead ones among them, until the round is over."""
    chance = round_.chance
    while not round_.is_over:
        subject = chance.choice(round_.subjects)
        dead = subject.retired and chance.random() < _DEAD
        held = chance.choice(subject.retired) if dead else subject.held
        await round_.check(client, held, chance.randrange(round_.processes))
