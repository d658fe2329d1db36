"""Nonces for proofs: every process finds those of the others, and nobody else can make one."""

import re
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delegation.tokens import Nonces
from tests.clock import NOON
from tests.conformance import rfc

KEY = b"k" * 32
NONCES = Nonces(KEY)
MINUTE = timedelta(minutes=1)


@rfc("9449", "8.1", "nonce-syntax")
@given(st.datetimes(timezones=st.just(NOON.tzinfo)))
def test_a_nonce_is_made_of_plain_characters(now: object) -> None:
    """Whenever it is given, a nonce holds nothing that a header would have to quote, and fits into one line."""
    assert isinstance(now, type(NOON))
    assert re.fullmatch(r"[A-Za-z0-9_-]{24}", NONCES.given(now))


def test_every_process_with_the_key_knows_it() -> None:
    """A nonce is found by whoever has the key, although nobody remembers it."""
    assert Nonces(KEY).knows(NONCES.given(NOON), NOON)


def test_it_is_good_for_at_least_two_minutes_and_for_less_than_four() -> None:
    """Whoever was given a nonce has time to use it; after that it is stale."""
    for seconds in range(0, 120, 7):
        given_at = NOON + timedelta(seconds=seconds)
        nonce = NONCES.given(given_at)
        assert NONCES.knows(nonce, given_at + 2 * MINUTE)
        assert not NONCES.knows(nonce, given_at + 4 * MINUTE)


def test_a_process_whose_clock_is_behind_knows_it_too() -> None:
    """A nonce given a moment ahead of this clock is taken, so that no two processes send a client back and forth."""
    turn = NOON.replace(minute=2)
    early, late = turn - timedelta(seconds=1), turn + timedelta(seconds=1)
    assert NONCES.given(early) != NONCES.given(late)
    assert NONCES.knows(NONCES.given(late), early)
    assert not NONCES.knows(NONCES.given(NOON + 10 * MINUTE), NOON)


@rfc("9449", "8", "unpredictable")
def test_nobody_foretells_it_without_the_key() -> None:
    """No nonce is like another's, neither under another key nor at another time."""
    series = [NONCES.given(NOON + number * 2 * MINUTE) for number in range(1000)]
    assert len({*series, *(Nonces(b"other").given(NOON + number * 2 * MINUTE) for number in range(1000))}) == 2000
    common = [sum(a == b for a, b in zip(one, other, strict=True)) for one, other in pairwise(series)]
    assert max(common) < 8


@rfc("9449", "8", "stale-nonce")
@pytest.mark.parametrize(
    "nonce", [None, "", " ", "x", "é", "\ud800", NONCES.given(NOON)[:-1], NONCES.given(NOON) + "A"]
)
def test_anything_else_is_unknown(nonce: str | None) -> None:
    """What was not given here is no nonce of ours, whatever it looks like."""
    assert not NONCES.knows(nonce, NOON)
    assert not NONCES.knows(Nonces(b"other").given(NOON), NOON)
