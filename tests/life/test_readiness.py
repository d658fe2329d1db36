"""Readiness: whether requests may be sent here, and why not."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from delegation.app.key_keeping import with_keys
from delegation.tokens import KeyState, Purpose
from tests.clock import Clock
from tests.databases import execute
from tests.end_to_end.deployment import Deployment, running
from tests.end_to_end.sites import Sites

PATIENCE = 30.0
TOLD = frozenset({"type", "title", "status", "code", "detail"})
STUCK = "CREATE TRIGGER stuck BEFORE INSERT ON sealed_heads BEGIN SELECT RAISE(ABORT, 'stuck'); END"


def until(house: Deployment, wanted: Callable[[int, dict[str, Any]], bool]) -> dict[str, Any]:
    """Return what is told of readiness as soon as it is as wanted."""
    end = monotonic() + PATIENCE
    while True:
        answer = house.http.get("/readyz")
        told: dict[str, Any] = answer.json()
        if wanted(answer.status_code, told):
            return told
        assert monotonic() < end, told
        sleep(0.05)


def refused(status: int, _: dict[str, Any]) -> bool:
    """Tell whether an answer says that no requests may be sent here."""
    return status == 503


def sound(status: int, told: dict[str, Any]) -> bool:
    """Tell whether an answer says that everything works."""
    return status == 200 and told["degraded"] == []


@pytest.mark.threat("I18")
def test_tables_of_another_release_are_no_place_for_requests(sites: Sites) -> None:
    """Tables that become those of a release that says nothing of this one make it unready, until they are as before."""
    with sites() as site, site.running(Clock()) as house:
        until(house, sound)
        execute(site.database_url, "UPDATE alembic_version SET version_num = '9999'")
        execute(site.database_url, "UPDATE compatibility SET oldest = '9999'")
        told = until(house, refused)
        assert "release" in told["detail"]
        execute(site.database_url, "UPDATE compatibility SET oldest = '0001'")
        until(house, sound)


def test_without_a_key_to_sign_with_it_is_not_ready(tmp_path: Path) -> None:
    """After the withdrawal of the only key no tokens can be had here, and that is said without a name or a secret."""
    with running(tmp_path / "data", Clock()) as house:
        until(house, sound)

        async def withdrawn() -> str:
            held = await with_keys(house.settings, lambda keeper: keeper.held(), clock=house.clock)
            active = (each.key for each in held if each.state is KeyState.ACTIVE)
            kid = next(key.kid for key in active if key.purpose is Purpose.ACCESS_TOKEN)
            await with_keys(house.settings, lambda keeper: keeper.withdraw(kid), clock=house.clock)
            return kid

        kid = asyncio.run(withdrawn())
        told = until(house, refused)
        assert told.keys() == TOLD
        assert kid not in str(told)
        assert house.http.get("/healthz").status_code == 200


def test_what_is_stuck_is_said_and_requests_are_welcome(tmp_path: Path) -> None:
    """A log that cannot be sealed leaves a process ready, and degraded until it can be."""
    with running(tmp_path / "data", Clock(), seal_interval=1) as house:
        url = house.settings.database
        execute(url, STUCK)
        house.must("POST", "/users", {"id": "anne"})
        told = until(house, lambda status, told: status == 200 and told["degraded"] != [])
        assert told["degraded"] == ["the log is not sealed"]
        execute(url, "DROP TRIGGER stuck")
        until(house, sound)


def test_health_is_no_readiness(tmp_path: Path) -> None:
    """Whatever is wrong with clock or tables, the process lives, and nobody has to start it anew."""
    with running(tmp_path / "data", Clock()) as house:
        execute(house.settings.database, "UPDATE alembic_version SET version_num = '0000'")
        until(house, refused)
        assert house.http.get("/healthz").json() == {"status": "alive"}
