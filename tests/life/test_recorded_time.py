"""The time that was recorded last: what starts with a clock that stands before it judges nothing."""

import asyncio
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from delegation.app.preparation import prepare
from delegation.app.recorded_time import SLACK
from delegation.app.secrets_at_rest import NotPrepared
from delegation.app.serving import application
from delegation.app.timekeeping import LIMIT
from delegation.audit import time_in
from delegation.settings import Settings
from tests.clock import NOON, Clock
from tests.end_to_end.deployment import Deployment, running
from tests.life.clocks import HOUR

SECOND = timedelta(seconds=1)
TOLD = "the log tells of 2030-01-01T12:00:00Z: set the clock right; .* DELEGATION_TRUST_CLOCK=true"
pytestmark = pytest.mark.threat("53")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Those of a deployment that recorded something at noon."""
    with running(tmp_path / "data", Clock(NOON - HOUR)) as house:
        house.clock.advance(HOUR)
        house.must("POST", "/users", {"id": "anne"})
        return house.settings


def again(settings: Settings, step: timedelta, *, trusted: bool = False) -> AbstractContextManager[Deployment]:
    """Serve it again, until the block ends, when the clock stands off noon by a step."""
    return running(settings.data_directory, Clock(NOON + step), trust_clock=trusted)


@pytest.mark.parametrize("step", [-SLACK - SECOND, -HOUR, -24 * 365 * HOUR])
def test_a_clock_before_what_was_recorded_is_refused(settings: Settings, step: timedelta) -> None:
    """Nothing is prepared, and both times are told and what to do."""
    with pytest.raises(NotPrepared, match=TOLD):
        asyncio.run(prepare(settings, clock=Clock(NOON + step), instance="late"))


@pytest.mark.anyio
async def test_a_worker_that_starts_anew_refuses_it_too(settings: Settings) -> None:
    """Each process looks for itself: the parent of workers may have started them when the clock was right."""
    app = application(settings, clock=Clock(NOON - HOUR), skew=LIMIT)
    with pytest.raises(NotPrepared, match=TOLD):
        async with app.router.lifespan_context(app):
            pytest.fail("it serves")


@pytest.mark.parametrize("step", [-SLACK, -SECOND, HOUR])
def test_a_clock_that_is_about_right_is_gone_by(settings: Settings, step: timedelta) -> None:
    """A machine that was off for years, or whose clock is set right by seconds after its start, is no reason."""
    with again(settings, step) as house:
        assert house.http.get("/readyz").status_code == 200


def test_who_knows_better_is_believed_and_the_next_start_needs_no_more(settings: Settings) -> None:
    """Where the clock was wrong before, one start on somebody's word is enough: it records the right time."""
    with capture_logs() as logs, again(settings, -HOUR, trusted=True) as house:
        assert house.manage("POST", "/users", {"id": "bob"}).status_code == 201
    assert [line["log_level"] for line in logs if "trusted" in line["event"]] == ["warning"]
    with again(settings, -HOUR) as house:
        assert house.manage("POST", "/users", {"id": "carol"}).status_code == 201


@pytest.mark.parametrize(
    "body",
    ["", "[]", "{}", '{"at":1}', '{"at":"noon"}', '{"at":"2030-01-01T12:00:00"}', '{"at":"2030-01-01T12:00+01:00"}'],
)
def test_what_tells_no_time_is_none(body: str) -> None:
    """A body without a time in UTC tells none."""
    assert time_in(body) is None
