"""The life of a key: what it is at each moment, and what it can have signed."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

import pytest

from delegation.settings import Settings
from delegation.tokens import (
    AHEAD,
    LONGEST_LIFE,
    MAX_AGE,
    InvalidToken,
    KeyRing,
    KeyState,
    Life,
    Purpose,
    lives,
    read_access_token,
)
from tests.clock import NOON
from tests.tokens.forging import ACCESS_TOKEN, ISSUER, NOW, changed, sealed, signing_key

HOUR: Final = timedelta(hours=1)
SECOND: Final = timedelta(seconds=1)
OLD: Final = signing_key(Purpose.ACCESS_TOKEN)
NEW: Final = signing_key(Purpose.ACCESS_TOKEN, since=NOON + HOUR)
RING: Final = KeyRing([OLD, NEW])
GONE: Final = NOON + HOUR + HOUR + AHEAD


def read(issued: int, expires: int, now: datetime) -> bool:
    """Tell whether a token that the old key signed, with these times, is believed at `now`."""
    header = {"typ": "at+jwt", "alg": "ES256", "kid": OLD.kid}
    claims = changed(ACCESS_TOKEN.claims, {"iat": issued, "nbf": issued, "exp": expires})
    token = sealed(header, claims, OLD.private)
    with suppress(InvalidToken):
        read_access_token(token, ring=RING, issuer=ISSUER, now=now)
        return True
    return False


@pytest.mark.threat("K1")
def test_a_key_goes_through_its_states_by_the_clock() -> None:
    """Published, active, retired, gone: each begins at its second, and nobody switches anything."""
    life = lives([OLD, NEW])[OLD.kid]
    states = {
        NOON - SECOND: KeyState.PUBLISHED,
        NOON: KeyState.ACTIVE,
        NEW.not_before - SECOND: KeyState.ACTIVE,
        NEW.not_before: KeyState.RETIRED,
        GONE - SECOND: KeyState.RETIRED,
        GONE: KeyState.GONE,
    }
    assert {moment: life.state(moment) for moment in states} == states


@pytest.mark.threat("K1")
def test_the_newest_key_and_keys_of_seals_stay() -> None:
    """A key that none follows is active for ever, and what does not expire is verified for ever."""
    seals = [signing_key(Purpose.SEAL), signing_key(Purpose.SEAL, since=NOON + HOUR)]
    life = lives([*seals, NEW])
    assert life[NEW.kid] == Life(NEW.not_before)
    assert life[seals[0].kid].state(NOON + 10_000 * HOUR) is KeyState.RETIRED


@pytest.mark.threat("K1")
@pytest.mark.threat("60")
def test_a_key_that_is_gone_is_not_published() -> None:
    """The published set has a key from its first second on until nothing that it signed can be good."""

    def published(now: datetime) -> set[str]:
        keys = RING.jwks(now)["keys"]
        assert isinstance(keys, list)
        return {str(key["kid"]) for key in keys if isinstance(key, dict)}

    assert published(NOON - HOUR) == published(GONE - SECOND) == {OLD.kid, NEW.kid}
    assert published(GONE) == {NEW.kid}


@pytest.mark.threat("I16")
def test_a_token_was_issued_while_its_key_was_active() -> None:
    """Who has a retired key signs nothing with it: neither now, nor for an expiry that no token has."""
    hour, late = NOW + 3600, NOON + HOUR + SECOND
    assert read(hour - 1, hour + 3599, late)
    assert read(hour + 59, hour + 3599, NOON + HOUR + timedelta(minutes=2))  # another process's clock
    assert not read(hour + 60, hour + 3599, NOON + HOUR + timedelta(minutes=2))
    assert not read(NOW - 61, NOW + 300, NOON)
    assert read(hour - 1, int(GONE.timestamp()), late)
    assert not read(hour - 1, int(GONE.timestamp()) + 1, late)


@pytest.mark.threat("K1")
def test_no_deployment_issues_anything_that_outlives_its_key() -> None:
    """What a deployment may set at most is what keys are kept for."""

    def most(name: str) -> timedelta:
        schema = Settings.model_json_schema()["properties"][name]
        return timedelta(seconds=schema["maximum"])

    assert LONGEST_LIFE.keys() == {*Purpose}
    assert most("token_lifetime") == LONGEST_LIFE[Purpose.ACCESS_TOKEN]
    assert most("delegation_lifetime") == LONGEST_LIFE[Purpose.RECEIPT]
    assert AHEAD > MAX_AGE
