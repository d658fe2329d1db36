"""Rounds: what is done again and again goes on whatever goes wrong, and shows when it does not."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import pytest
from structlog.testing import capture_logs

from delegation.app.held_seal import HeldSeal
from delegation.app.pulse import Pulse
from delegation.app.rounds import Round, Rounds
from delegation.store import Store
from tests.clock import Clock
from tests.end_to_end.deployment import running
from tests.life.test_readiness import sound, until
from tests.state.keeping import Stopwatch

IN_THE_APPLICATION = {
    "keeping the newest seal beside the database": (HeldSeal, "lost"),
    "the pulse": (Pulse, "_look_at_keys"),
}


PATIENCE = 30.0


@dataclass
class Work:
    """Work that fails as told, between sleeps that end as told."""

    failure: Exception | None = None
    done: int = 0
    asleep: asyncio.Queue[None] = field(default_factory=asyncio.Queue)
    woken: asyncio.Queue[None] = field(default_factory=asyncio.Queue)

    async def sleep(self, _: float) -> None:
        """Sleep until the next turn."""
        self.asleep.put_nowait(None)
        await self.woken.get()

    async def work(self) -> None:
        """Do it once."""
        if self.failure is not None:
            raise self.failure
        self.done += 1

    async def turn(self) -> None:
        """Let it be done once more."""
        async with asyncio.timeout(PATIENCE):
            await self.asleep.get()
            self.woken.put_nowait(None)
            await self.asleep.get()
            self.asleep.put_nowait(None)

    def round(self, *, last: bool = False, ended: Callable[[], None] | None = None) -> Round:
        """Return it as a round."""
        return Round("the work", self.work, 1.0, self.work if last else None, ended)


@pytest.mark.anyio
async def test_what_is_done_again_and_again_is_done_in_the_end_too() -> None:
    """A turn follows each interval, and a last one the end."""
    work = Work()
    async with Rounds(work.sleep, monotonic).keep(work.round(last=True)):
        assert work.done == 0
        for turn in (1, 2):
            await work.turn()
            assert work.done == turn
    assert work.done == 3


@pytest.mark.anyio
async def test_what_fails_goes_on_and_is_told() -> None:
    """A failure is logged with its reason and its place when it begins, told while it lasts, and over when it is."""
    work = Work()
    rounds = Rounds(work.sleep, monotonic)
    with capture_logs() as logs:
        async with rounds.keep(work.round()):
            work.failure = RuntimeError("of anne's")
            for _ in range(3):
                await work.turn()
                assert rounds.troubles == ["the work fails"]
            work.failure = OSError("of bob's")
            await work.turn()
            work.failure = None
            await work.turn()
            assert rounds.troubles == []
            assert work.done == 1
    assert [(line["log_level"], line.get("error")) for line in logs] == [
        ("error", "RuntimeError"),
        ("error", "OSError"),
        ("warning", None),
    ]
    assert "in work" in logs[0]["trace"]
    assert "anne" not in str(logs)


@pytest.mark.anyio
async def test_what_fails_in_the_end_keeps_nobody_from_ending() -> None:
    """The last turn may fail, or take too long, and what follows is done."""
    work = Work(failure=RuntimeError("a mistake"))
    with capture_logs() as logs:
        async with Rounds(work.sleep, monotonic).keep(work.round(last=True)):
            pass
    assert [line["error"] for line in logs] == ["RuntimeError"]


@pytest.mark.anyio
async def test_what_takes_too_long_in_the_end_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """A last turn that does not come to its end does not keep the process."""
    monkeypatch.setattr("delegation.app.rounds._LAST", 0.01)
    work = Work()
    with capture_logs() as logs:
        async with Rounds(work.sleep, monotonic).keep(Round("the work", work.work, 1.0, last=asyncio.Event().wait)):
            pass
    assert [line["log_level"] for line in logs] == ["warning"]


@pytest.mark.anyio
async def test_what_has_ended_is_told() -> None:
    """A round that comes to its end although the process goes on is logged, told, and whoever asked for it hears."""
    work, heard = Work(), asyncio.Event()
    rounds = Rounds(work.sleep, monotonic)
    with capture_logs() as logs:
        async with rounds.keep(work.round(ended=heard.set)):
            await work.turn()
            [task] = [each for each in asyncio.all_tasks() if each.get_name() == "the work"]
            task.cancel()
            await heard.wait()
            assert rounds.troubles == ["the work has ended"]
    assert [(line["log_level"], line["error"]) for line in logs] == [("critical", "cancelled")]


@pytest.mark.anyio
async def test_a_round_that_cannot_wait_has_ended() -> None:
    """Where even waiting fails there are no more turns, and the reason is logged."""

    async def broken(_: float) -> None:
        raise RuntimeError("no more time")

    heard, rounds = asyncio.Event(), Rounds(broken, monotonic)
    with capture_logs() as logs:
        async with rounds.keep(Work().round(ended=heard.set)):
            await heard.wait()
    assert [(line["log_level"], line["error"]) for line in logs] == [("critical", "RuntimeError")]


@pytest.mark.parametrize("name", IN_THE_APPLICATION)
def test_a_running_service_outlives_what_fails_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """What nobody waits for fails in a way that nobody thought of: the service says so, and it goes on when it can."""
    owner, method = IN_THE_APPLICATION[name]

    async def broken(_: object, *__: Store) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("delegation.app.pulse._KEYS", 2)
    with running(tmp_path / "data", Clock(), seal_interval=1) as house:
        until(house, sound)
        with monkeypatch.context() as patched:
            patched.setattr(owner, method, broken)
            until(house, lambda status, told: status == 200 and told["degraded"] == [f"{name} fails"])
        until(house, sound)


@pytest.mark.anyio
async def test_what_does_not_come_to_an_end_is_told() -> None:
    """A turn that takes longer than a minute is told until it ends."""
    work, blocked, clock = Work(), asyncio.Event(), Stopwatch()
    rounds = Rounds(work.sleep, clock)
    async with rounds.keep(Round("the work", blocked.wait, 1.0)):
        async with asyncio.timeout(PATIENCE):
            await work.asleep.get()
            work.woken.put_nowait(None)
        await asyncio.sleep(0)
        clock.now = 60.0
        assert rounds.troubles == []
        clock.now = 60.1
        assert rounds.troubles == ["the work does not come to an end"]
        blocked.set()
        async with asyncio.timeout(PATIENCE):
            await work.asleep.get()
        assert rounds.troubles == []
