"""The borders in time, at every entrance, with a clock that is passed in."""

from datetime import timedelta

import pytest

from delegation.tokens import Reason
from tests.clock import NOON
from tests.conformance import rfc
from tests.tokens.forging import CLIENT_ASSERTION, NOW, Entrance, refused

SECOND = timedelta(seconds=1)


@pytest.mark.threat("3")
@rfc("9068", "4", "expiry")
@rfc("7523", "3", "expiry")
@pytest.mark.parametrize("late", [0, 0.001, 1, 3600, 10**9])
def test_a_token_is_dead_from_its_expiry_on(naming: Entrance, late: float) -> None:
    """A second before `exp` a token is good, at `exp` and after it is not; no clock gets grace."""
    token = naming.token(claims={"exp": NOW + 60})
    expiry = NOON + timedelta(seconds=60)
    assert naming.enter(token, expiry - SECOND) is not None
    assert naming.enter(token, expiry - timedelta(microseconds=1)) is not None
    assert refused(naming, token, expiry + timedelta(seconds=late)) is Reason.EXPIRED


@pytest.mark.threat("K15")
@rfc("7523", "3", "not-before")
def test_a_clock_may_be_ten_seconds_ahead(entrance: Entrance) -> None:
    """`iat` and `nbf` up to ten seconds ahead are taken for a clock that differs; one second more is refused."""
    for claim in {"iat", "nbf"} & entrance.claims.keys():  # a receipt has no `nbf`: its delegation says when it begins
        assert entrance.enter(entrance.token(claims={claim: NOW + 10})) is not None
        for ahead in (11, 60, 61, 3000):
            token = entrance.token(claims={claim: NOW + ahead, "exp": NOW + 3600})
            assert refused(entrance, token) is Reason.NOT_YET_VALID


def test_old_tokens_are_good_until_they_expire(naming: Entrance) -> None:
    """How long ago a token was issued is of no account."""
    times = {name: 0 for name in ("iat", "nbf") if name in naming.claims}
    assert naming.enter(naming.token(claims=times)) is not None


@rfc("7523", "3", "expiry")
@pytest.mark.parametrize("life", [3600, 3599.5, 1])
def test_an_assertion_lives_an_hour_at_most(life: float) -> None:
    """An assertion whose expiry lies more than an hour ahead would have to be remembered for too long."""
    assert CLIENT_ASSERTION.enter(CLIENT_ASSERTION.token(claims={"exp": NOW + life})) is not None
    for ahead in (3600.5, 3601, 86_400):
        token = CLIENT_ASSERTION.token(claims={"exp": NOW + ahead})
        assert refused(CLIENT_ASSERTION, token) is Reason.CLAIM
